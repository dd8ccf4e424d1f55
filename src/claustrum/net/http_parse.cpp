// SPDX-License-Identifier: Apache-2.0
// The only file that includes Boost: Beast's basic_parser, fed by us and reporting to us. Beast
// tolerates folded lines, repeated equal Content-Length values and unknown transfer codings and
// bounds only single reads; the limits and checks around it are ours.
#include "claustrum/net/http_parse.h"

// Beast 1.81 asserts "n >= 5" where the four bytes of a last chunk that came one by one make it
// false (harmlessly: the code below it does not rely on it). A peer must not be able to abort us.
#define BOOST_DISABLE_ASSERTS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#pragma GCC diagnostic pop

#include "claustrum/base/guard.h"

namespace claustrum::net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr int kMaxInterim = 8;  // 1xx answers before the final one

std::string text_of(beast::string_view text) {
  return std::string(text.data(), text.size());
}

struct Sink {
  MessageHead head;
  Bytes body;
  std::uint64_t body_total = 0;
  bool in_head = true;
};

// What MessageParser needs of a Beast parser of either direction.
class Grammar {
 public:
  virtual ~Grammar() = default;
  // Consumes one element; `starved` when more bytes are needed first.
  virtual Result<std::size_t> put(BytesView data, bool& starved) = 0;
  virtual Status put_eof() = 0;
  virtual bool head_done() const = 0;
  virtual bool done() const = 0;
  virtual bool keep_alive() const = 0;
};

Status to_status(const beast::error_code& fault) {
  if (!fault) {
    return ok_status();
  }
  if (fault == http::error::body_limit) {
    return Error(Code::kExhausted, "net.body_limit", "body too long");
  }
  if (fault == http::error::header_limit) {
    return Error(Code::kExhausted, "net.header_limit", "head too long");
  }
  if (fault == http::error::partial_message) {
    return Error(Code::kUnavailable, "net.truncated", "message cut before its end");
  }
  return Error(Code::kMalformed, "net.http", "not HTTP/1.1 as we accept it");
}

template <bool kIsRequest>
class BeastGrammar final : public Grammar, private http::basic_parser<kIsRequest> {
  using Base = http::basic_parser<kIsRequest>;

 public:
  BeastGrammar(Sink& sink, const ParseLimits& limits, bool no_body) : sink_(sink) {
    // The collector enforced the head's limit; what remains for Beast's are trailers.
    Base::header_limit(
        static_cast<std::uint32_t>(std::min<std::size_t>(limits.max_header_bytes, 1u << 30) + 4));
    Base::body_limit(std::uint64_t{limits.max_body_bytes});
    Base::skip(no_body);
  }

  Result<std::size_t> put(BytesView data, bool& starved) override {
    beast::error_code fault;
    const std::size_t used = Base::put(boost::asio::const_buffer(data.data(), data.size()), fault);
    starved = fault == http::error::need_more;
    if (!starved) {
      CLAUSTRUM_TRY(to_status(fault));
    }
    return used;
  }
  Status put_eof() override {
    beast::error_code fault;
    Base::put_eof(fault);
    return to_status(fault);
  }
  bool head_done() const override { return Base::is_header_done(); }
  bool done() const override { return Base::is_done(); }
  bool keep_alive() const override { return Base::keep_alive(); }

 private:
  using Text = beast::string_view;
  using Fault = beast::error_code;

  void on_request_impl(http::verb, Text method, Text target, int version, Fault&) override {
    sink_.head.method = text_of(method);
    sink_.head.target = text_of(target);
    sink_.head.version = version;
  }
  void on_response_impl(int code, Text, int version, Fault&) override {
    sink_.head.status = code;
    sink_.head.version = version;
  }
  void on_field_impl(http::field, Text name, Text value, Fault&) override {
    if (sink_.in_head) {
      sink_.head.headers.add(text_of(name), text_of(value));
    }
  }
  void on_header_impl(Fault&) override { sink_.in_head = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Fault&) override {}
  std::size_t on_body_impl(Text body, Fault&) override {
    append(sink_.body, std::string_view(body.data(), body.size()));
    sink_.body_total += body.size();
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Fault&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Fault& fault) override {
    return on_body_impl(body, fault);
  }
  void on_finish_impl(Fault&) override {}

  Sink& sink_;
};

}  // namespace

struct MessageParser::Impl {
  Impl(Kind k, const ParseLimits& l) : kind(k), limits(l), collector(l.max_header_bytes) {
    restart();
  }

  void restart() {
    collector = HeadCollector(limits.max_header_bytes);
    sink = Sink{};
    if (kind == Kind::kRequest) {
      grammar = std::make_unique<BeastGrammar<true>>(sink, limits, false);
    } else {
      grammar = std::make_unique<BeastGrammar<false>>(sink, limits, kind == Kind::kResponseToHead);
    }
  }

  Status take_head();
  Result<std::size_t> feed_body(BytesView data);
  Status check_overhead() const;

  Kind kind;
  ParseLimits limits;
  HeadCollector collector;
  Sink sink;
  std::unique_ptr<Grammar> grammar;
  Bytes pending;  // start of an element whose end has not come yet
  std::uint64_t wire_total = 0;
  int interim = 0;
  bool started = false;
  bool head_done = false;
};

Status MessageParser::Impl::take_head() {
  bool starved = false;
  CLAUSTRUM_TRY_ASSIGN(const std::size_t used, grammar->put(collector.bytes(), starved));
  if (starved || used != collector.bytes().size() || !grammar->head_done()) {
    return Error(Code::kMalformed, "net.http", "the head does not end where its empty line is");
  }
  CLAUSTRUM_TRY(check_framing(sink.head));
  if (kind == Kind::kRequest) {
    CLAUSTRUM_TRY(check_request(sink.head));
  } else if (sink.head.status < 200) {
    if (sink.head.status < 100 || sink.head.status == 101 || ++interim > kMaxInterim) {
      return Error(Code::kMalformed, "net.interim", "unexpected 1xx answer");
    }
    restart();
    return ok_status();
  }
  sink.head.keep_alive = sink.head.version == 11 && grammar->keep_alive();
  head_done = true;
  return ok_status();
}

// Chunk sizes, extensions and trailers carry no body. A peer that sends little else would keep a
// thread busy below every body limit.
Status MessageParser::Impl::check_overhead() const {
  const std::uint64_t allowed = sink.body_total * 9 + limits.max_header_bytes;
  if (!CLAUSTRUM_GUARD("net.chunk_overhead", wire_total <= allowed)) {
    return Error(Code::kExhausted, "net.chunk_overhead", "chunked body is mostly framing");
  }
  return ok_status();
}

Result<std::size_t> MessageParser::Impl::feed_body(BytesView data) {
  append(pending, data);
  std::size_t at = 0;
  bool starved = false;
  while (at < pending.size() && !grammar->done() && !starved) {
    CLAUSTRUM_TRY_ASSIGN(const std::size_t used,
                         grammar->put(BytesView(pending).subspan(at), starved));
    if (used == 0 && !starved) {
      return Error(Code::kInternal, "net.http", "the parser stands still");
    }
    at += used;
    wire_total += used;
    CLAUSTRUM_TRY(check_overhead());
  }
  const std::size_t left = pending.size() - at;
  if (grammar->done()) {
    pending.clear();
    return data.size() - left;
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(at));
  if (pending.size() > limits.max_header_bytes) {
    return Error(Code::kExhausted, "net.header_limit", "chunk header or trailer too long");
  }
  return data.size();
}

MessageParser::MessageParser(Kind kind, const ParseLimits& limits)
    : impl_(std::make_unique<Impl>(kind, limits)) {}
MessageParser::~MessageParser() = default;
MessageParser::MessageParser(MessageParser&&) noexcept = default;
MessageParser& MessageParser::operator=(MessageParser&&) noexcept = default;

Result<std::size_t> MessageParser::feed(BytesView data) {
  impl_->started = impl_->started || !data.empty();
  std::size_t used = 0;
  while (!impl_->head_done && used < data.size()) {
    CLAUSTRUM_TRY_ASSIGN(const std::size_t taken, impl_->collector.feed(data.subspan(used)));
    used += taken;
    if (impl_->collector.done()) {
      CLAUSTRUM_TRY(impl_->take_head());
    }
  }
  if (used < data.size() && !done()) {
    CLAUSTRUM_TRY_ASSIGN(const std::size_t taken, impl_->feed_body(data.subspan(used)));
    used += taken;
  }
  return used;
}

Status MessageParser::end_of_input() {
  if (!impl_->head_done) {
    return Error(Code::kUnavailable, "net.truncated", "connection closed before a whole head");
  }
  return done() ? ok_status() : impl_->grammar->put_eof();
}

bool MessageParser::started() const {
  return impl_->started;
}

bool MessageParser::head_done() const {
  return impl_->head_done;
}

bool MessageParser::done() const {
  return impl_->head_done && impl_->grammar->done();
}

MessageHead& MessageParser::head() {
  return impl_->sink.head;
}

Bytes MessageParser::take_body() {
  return std::exchange(impl_->sink.body, Bytes());
}

std::string_view reason_phrase(int status) {
  const beast::string_view phrase =
      http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {phrase.data(), phrase.size()};
}

}  // namespace claustrum::net
