// SPDX-License-Identifier: Apache-2.0
// The HTTP client: one request, one connection. An answer that stops before its own end is an
// error, never a short answer: cutting a reply is the easiest thing a host can do to it.
#include "claustrum/net/http_parse.h"
#include "claustrum/net/http_text.h"
#include "claustrum/net/socket.h"

namespace claustrum::net {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;
constexpr int kAskMs = 100;

std::string host_field(const Endpoint& to) {
  if (to.kind == Endpoint::Kind::kUnix) {
    return "localhost";
  }
  return to.text().substr(std::string_view("http://").size());
}

bool method_has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Result<Bytes> wire_request(const Endpoint& to, const Request& request) {
  Framing framing{Framing::Kind::kNone, 0, true};
  if (!request.body.empty() || method_has_body(request.method)) {
    framing = {Framing::Kind::kLength, request.body.size(), true};
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string head, request_head(request, host_field(to), framing));
  Bytes out = to_bytes(head);
  append(out, request.body);
  return out;
}

MessageParser::Kind answer_kind(const Request& request) {
  return request.method == "HEAD" ? MessageParser::Kind::kResponseToHead
                                  : MessageParser::Kind::kResponse;
}

}  // namespace

struct IncomingResponse::Impl {
  Impl(Socket s, MessageParser p, const ClientOptions& options)
      : socket(std::move(s)),
        parser(std::move(p)),
        idle_timeout_ms(options.idle_timeout_ms),
        cancelled(options.cancelled) {}

  // As Socket::read_some, unless the caller loses interest.
  Result<std::size_t> read_patiently() {
    const Deadline idle = Deadline::after_ms(idle_timeout_ms);
    if (!cancelled) {
      return socket.read_some(buffer, idle);
    }
    for (;;) {
      if (cancelled()) {
        return Error(Code::kUnavailable, "net.cancelled", "the answer is not wanted any more");
      }
      const int left = idle.remaining_ms();
      Result<std::size_t> got =
          socket.read_some(buffer, Deadline::after_ms(std::min(left, kAskMs)));
      if (got.ok() || got.error().reason() != "net.timeout" || left <= kAskMs) {
        return got;
      }
    }
  }

  // Reads once from the socket into the parser.
  Status advance() {
    CLAUSTRUM_TRY_ASSIGN(const std::size_t got, read_patiently());
    if (got == 0) {
      return parser.end_of_input();
    }
    CLAUSTRUM_TRY(parser.feed(BytesView(buffer).first(got)));
    return ok_status();
  }

  Socket socket;
  MessageParser parser;
  int idle_timeout_ms;
  std::function<bool()> cancelled;
  Bytes buffer = Bytes(kReadSize);
  std::optional<Error> failed;
};

IncomingResponse::IncomingResponse(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
IncomingResponse::~IncomingResponse() = default;
IncomingResponse::IncomingResponse(IncomingResponse&&) noexcept = default;
IncomingResponse& IncomingResponse::operator=(IncomingResponse&&) noexcept = default;

int IncomingResponse::status() const {
  return impl_->parser.head().status;
}

const Headers& IncomingResponse::headers() const {
  return impl_->parser.head().headers;
}

Result<std::optional<Bytes>> IncomingResponse::read() {
  for (;;) {
    Bytes piece = impl_->parser.take_body();
    if (!piece.empty()) {
      return std::optional<Bytes>(std::move(piece));
    }
    if (impl_->failed) {
      return *impl_->failed;
    }
    if (impl_->parser.done()) {
      return std::optional<Bytes>();
    }
    // Bytes decoded before the fault are handed out first.
    Status read = impl_->advance();
    if (!read.ok()) {
      const bool cut = read.error().reason() == "net.peer_gone";
      impl_->failed = cut ? Error(Code::kUnavailable, "net.truncated", "connection broke in a body")
                          : std::move(read).error();
    }
  }
}

Result<IncomingResponse> send_streaming(const Endpoint& to, const Request& request,
                                        const ClientOptions& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes wire, wire_request(to, request));
  CLAUSTRUM_TRY_ASSIGN(Socket socket,
                       Socket::connect(to, Deadline::after_ms(options.connect_timeout_ms)));
  Status sent = socket.write_all(wire, options.idle_timeout_ms);
  if (!sent.ok() && sent.error().reason() != "net.peer_gone") {
    return std::move(sent).error();
  }
  auto impl = std::make_unique<IncomingResponse::Impl>(
      std::move(socket),
      MessageParser(answer_kind(request), {options.max_header_bytes, options.max_body_bytes}),
      options);
  while (!impl->parser.head_done()) {
    Status read = impl->advance();
    if (!read.ok()) {
      // A server may answer and close before it read all of a request; without an answer the
      // failed write is the better explanation.
      return sent.ok() ? std::move(read).error() : std::move(sent).error();
    }
  }
  return IncomingResponse(std::move(impl));
}

Result<Response> send(const Endpoint& to, const Request& request, const ClientOptions& options) {
  CLAUSTRUM_TRY_ASSIGN(IncomingResponse incoming, send_streaming(to, request, options));
  Response out{incoming.status(), incoming.headers(), {}};
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> piece, incoming.read());
    if (!piece) {
      return out;
    }
    append(out.body, *piece);
  }
}

}  // namespace claustrum::net
