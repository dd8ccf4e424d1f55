// SPDX-License-Identifier: Apache-2.0
#include "claustrum/net/connection.h"

#include <algorithm>
#include <utility>

#include "claustrum/base/guard.h"
#include "claustrum/net/http_text.h"

namespace claustrum::net {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr int kLingerMs = 1'000;
constexpr int kRefusalMs = 300;

Bytes chunk_of(BytesView data) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string size;
  for (std::size_t rest = data.size(); rest != 0; rest >>= 4) {
    size.insert(size.begin(), kDigits[rest & 15]);
  }
  Bytes out;
  out.reserve(size.size() + data.size() + 4);
  append(out, size);
  append(out, "\r\n");
  append(out, data);
  append(out, "\r\n");
  return out;
}

class Answer final : public ResponseWriter {
 public:
  Answer(Socket& socket, const MessageHead& head, int timeout_ms, bool close)
      : socket_(socket),
        timeout_ms_(timeout_ms),
        chunked_(head.version == 11),
        bodiless_(head.method == "HEAD"),
        close_(close || !head.keep_alive) {}

  Status respond(const Response& response) override {
    CLAUSTRUM_TRY(begin(State::kAnswered));
    note_close(response.headers);
    const bool no_content = response.status == 204 || response.status == 304;
    Framing framing{Framing::Kind::kLength, response.body.size(), close_};
    if (no_content) {
      framing.kind = Framing::Kind::kNone;
    }
    CLAUSTRUM_TRY_ASSIGN(const std::string head,
                         response_head(response.status, response.headers, framing));
    Bytes out = to_bytes(head);
    if (!bodiless_ && !no_content) {
      append(out, response.body);
    }
    return put(out);
  }

  Status start(int status, const Headers& headers) override {
    CLAUSTRUM_TRY(begin(State::kStarted));
    note_close(headers);
    close_ = close_ || !chunked_;
    const Framing framing{chunked_ ? Framing::Kind::kChunked : Framing::Kind::kUntilClose, 0,
                          close_};
    CLAUSTRUM_TRY_ASSIGN(const std::string head, response_head(status, headers, framing));
    return put(as_bytes(head));
  }

  Status write(BytesView chunk) override {
    if (state_ != State::kStarted) {
      return out_of_order();
    }
    // An empty chunk would be the end mark.
    if (chunk.empty() || bodiless_) {
      return failed_ ? gone() : ok_status();
    }
    return chunked_ ? put(chunk_of(chunk)) : put(chunk);
  }

  Status finish() override {
    if (state_ != State::kStarted) {
      return out_of_order();
    }
    state_ = State::kAnswered;
    return chunked_ && !bodiless_ ? put(as_bytes("0\r\n\r\n")) : ok_status();
  }

  bool peer_gone() override { return failed_ || socket_.peer_gone(); }

  // The connection may carry another request.
  bool reusable() const { return state_ == State::kAnswered && !failed_ && !close_; }

 private:
  enum class State { kIdle, kStarted, kAnswered };

  static Error out_of_order() {
    return Error(Code::kInternal, "net.answer_order", "answer calls out of order");
  }
  static Error gone() {
    return Error(Code::kUnavailable, "net.peer_gone", "an earlier write failed");
  }
  Status begin(State next) {
    if (state_ != State::kIdle) {
      return out_of_order();
    }
    state_ = next;
    return ok_status();
  }
  void note_close(const Headers& headers) {
    const auto wish = headers.find("connection");
    close_ = close_ || (wish && equal_ignoring_case(*wish, "close"));
  }
  Status put(BytesView data) {
    if (failed_) {
      return gone();
    }
    Status sent = socket_.write_all(data, timeout_ms_);
    failed_ = !sent.ok();
    return sent;
  }

  Socket& socket_;
  int timeout_ms_;
  bool chunked_;
  bool bodiless_;
  bool close_;
  bool failed_ = false;
  State state_ = State::kIdle;
};

// Closing with unread input would reset the connection and could destroy our last answer on its
// way, so what still arrives is read for a short while.
void linger(Socket& socket, int milliseconds) {
  socket.shutdown_write();
  const Deadline deadline = Deadline::after_ms(milliseconds);
  Bytes scratch(kReadSize);
  while (deadline.remaining_ms() > 0) {
    const Result<std::size_t> got = socket.read_some(scratch, deadline);
    if (!got.ok() || *got == 0) {
      break;
    }
  }
}

void answer_and_linger(Socket& socket, int status, const Headers& headers, int milliseconds) {
  const std::string text = std::to_string(status) + " " + std::string(reason_phrase(status)) + "\n";
  const Result<std::string> head =
      response_head(status, headers, {Framing::Kind::kLength, text.size(), true});
  if (head.ok() && socket.write_all(as_bytes(*head + text), milliseconds).ok()) {
    linger(socket, milliseconds);
  }
}

// The status that tells a client why its request could not be read; 0: nobody to tell.
int status_for(const Error& error, bool started) {
  if (error.reason() == "net.body_limit") {
    return 413;
  }
  if (error.reason() == "net.header_limit") {
    return 431;
  }
  if (error.reason() == "net.pending_limit") {
    return 503;
  }
  if (error.reason() == "net.timeout") {
    return started ? 408 : 0;
  }
  if (error.code() == Code::kMalformed || error.code() == Code::kExhausted) {
    return 400;
  }
  return 0;
}

// Counts the bytes of one body among all that the server holds.
class PendingBody {
 public:
  explicit PendingBody(ServerState& server) : server_(server) {}
  ~PendingBody() { reset(); }
  PendingBody(const PendingBody&) = delete;
  PendingBody& operator=(const PendingBody&) = delete;
  Status add(std::size_t count) {
    count_ += count;
    const std::size_t all = server_.pending_bytes.fetch_add(count) + count;
    if (!CLAUSTRUM_GUARD("net.pending_bytes", all <= server_.options.max_pending_bytes)) {
      return Error(Code::kExhausted, "net.pending_limit", "too many bodies at once");
    }
    return ok_status();
  }
  void reset() { server_.pending_bytes.fetch_sub(std::exchange(count_, 0)); }

 private:
  ServerState& server_;
  std::size_t count_ = 0;
};

class RequestReader {
 public:
  RequestReader(Socket& socket, ServerState& server)
      : socket_(socket), server_(server), buffer_(kReadSize), pending_(server) {}

  struct Incoming {
    Request request;
    std::optional<Response> refusal;  // answer this; the body was not read
  };
  // nullopt when the peer left between requests.
  Result<std::optional<Incoming>> next(MessageHead& head) {
    pending_.reset();
    MessageParser parser(MessageParser::Kind::kRequest,
                         {server_.options.max_header_bytes, server_.options.max_body_bytes});
    Result<std::optional<Incoming>> out = read(parser, head);
    started_ = parser.started();
    return out;
  }
  bool started() const { return started_; }

 private:
  Result<std::optional<Incoming>> read(MessageParser& parser, MessageHead& head) {
    const Deadline deadline = Deadline::after_ms(server_.options.header_timeout_ms);
    while (!parser.head_done()) {
      CLAUSTRUM_TRY_ASSIGN(const bool more, fill(deadline));
      if (!more) {
        if (parser.started()) {
          CLAUSTRUM_TRY(parser.end_of_input());
        }
        return std::optional<Incoming>();
      }
      CLAUSTRUM_TRY(consume(parser));
    }
    head = parser.head();
    Incoming out{{head.method, head.target, head.headers, {}}, {}};
    std::size_t limit = server_.options.max_body_bytes;
    if (server_.options.admit) {
      Admission admission = server_.options.admit(out.request);
      if (auto* refusal = std::get_if<Response>(&admission)) {
        out.refusal = std::move(*refusal);
        return std::optional<Incoming>(std::move(out));
      }
      limit = std::min(limit, std::get<std::size_t>(admission));
    }
    CLAUSTRUM_TRY_ASSIGN(out.request.body, read_body(parser, limit));
    return std::optional<Incoming>(std::move(out));
  }

  Result<Bytes> read_body(MessageParser& parser, std::size_t limit) {
    Bytes body;
    if (!parser.done() && parser.head().expect_continue()) {
      CLAUSTRUM_TRY(socket_.write_all(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"),
                                      server_.options.write_timeout_ms));
    }
    const Deadline deadline = Deadline::after_ms(server_.options.body_timeout_ms);
    while (true) {
      const Bytes more = parser.take_body();
      if (!CLAUSTRUM_GUARD("net.admitted_body", body.size() + more.size() <= limit)) {
        return Error(Code::kExhausted, "net.body_limit", "body too long");
      }
      CLAUSTRUM_TRY(pending_.add(more.size()));
      append(body, more);
      if (parser.done()) {
        return body;
      }
      CLAUSTRUM_TRY_ASSIGN(const bool filled, fill(deadline));
      if (!filled) {
        return Error(Code::kUnavailable, "net.truncated", "request cut before its end");
      }
      CLAUSTRUM_TRY(consume(parser));
    }
  }

  // Makes unread_ non-empty, from what a pipelining client already sent or from the socket.
  Result<bool> fill(Deadline deadline) {
    if (unread_.empty()) {
      CLAUSTRUM_TRY_ASSIGN(const std::size_t got, socket_.read_some(buffer_, deadline));
      unread_ = BytesView(buffer_).first(got);
    }
    return !unread_.empty();
  }

  Status consume(MessageParser& parser) {
    CLAUSTRUM_TRY_ASSIGN(const std::size_t used, parser.feed(unread_));
    unread_ = unread_.subspan(used);
    return ok_status();
  }

  Socket& socket_;
  ServerState& server_;
  Bytes buffer_;
  BytesView unread_;  // into buffer_
  PendingBody pending_;
  bool started_ = false;
};

}  // namespace

void serve_connection(Socket& socket, ServerState& server, std::atomic<bool>& answering) {
  RequestReader reader(socket, server);
  while (!server.stopping.load()) {
    MessageHead head;
    const Result<std::optional<RequestReader::Incoming>> incoming = reader.next(head);
    if (!incoming.ok()) {
      const int status = status_for(incoming.error(), reader.started());
      if (status != 0 && !server.stopping.load()) {
        answer_and_linger(socket, status, {}, kLingerMs);
      }
      break;
    }
    if (!incoming->has_value()) {
      break;
    }
    const bool refused = (*incoming)->refusal.has_value();
    Answer answer(socket, head, server.options.write_timeout_ms, refused || server.stopping.load());
    answering.store(true);
    if (refused) {
      (void)answer.respond(*(*incoming)->refusal);
      linger(socket, kLingerMs);
    } else {
      server.handler((*incoming)->request, answer);
    }
    answering.store(false);
    if (!answer.reusable()) {
      break;
    }
  }
  socket.shutdown_both();
}

void refuse_connection(Socket& socket) {
  answer_and_linger(socket, 503, {{"Retry-After", "1"}}, kRefusalMs);
  socket.shutdown_both();
}

}  // namespace claustrum::net
