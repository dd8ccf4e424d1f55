// SPDX-License-Identifier: Apache-2.0
// Event streams are handed on line by line [WHATWG HTML 9.2.5: LF, CR or CR LF ends a line].
#include "claustrum/gateway/proxy/local_answer.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/gateway/core/engine_profile.h"

namespace claustrum::gateway {

namespace {

bool is_line_end(std::uint8_t c) {
  return c == '\n' || c == '\r';
}

// "data: [DONE]", with or without the space that event streams allow.
bool is_end_mark(std::string_view line) {
  constexpr std::string_view kField = "data:";
  if (!line.starts_with(kField)) {
    return false;
  }
  line.remove_prefix(kField.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.starts_with("[DONE]");
}

}  // namespace

ExchangeSink LocalAnswer::sink() {
  return {[this](int status, std::string_view type) { return head(status, type); },
          [this](BytesView bytes) { return content(bytes); }, [this] { return out_.peer_gone(); }};
}

net::Headers LocalAnswer::headers() const {
  net::Headers headers;
  headers.add("Content-Type", content_type_);
  headers.add("Cache-Control", "no-store");
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("Claustrum-Request-Id", request_id_);
  headers.add("Claustrum-Verdict", simulated_ ? "simulated: no protection" : "accepted");
  return headers;
}

Status LocalAnswer::head(int status, std::string_view content_type) {
  status_ = status;
  content_type_ = content_type;
  if (content_type == "text/event-stream") {
    streaming_ = true;
    return out_.start(status, headers());
  }
  return ok_status();
}

Status LocalAnswer::content(BytesView bytes) {
  if (!streaming_) {
    held_.append(bytes);
    return ok_status();
  }
  SecretBytes ready;
  while (!bytes.empty()) {
    const auto end = std::ranges::find_if(bytes, [](std::uint8_t c) { return is_line_end(c); });
    const bool whole = end != bytes.end();
    const auto count = static_cast<std::size_t>(end - bytes.begin()) + (whole ? 1 : 0);
    line_.append(bytes.first(count));
    bytes = bytes.subspan(count);
    if (whole) {
      end_line(ready);
    }
  }
  return ready.empty() ? ok_status() : out_.write(ready.reveal());
}

// The end mark and whatever follows it wait for the receipt.
void LocalAnswer::end_line(SecretBytes& ready) {
  at_end_mark_ = at_end_mark_ || is_end_mark(as_text(line_.reveal()));
  const bool wait = !CLAUSTRUM_GUARD("gateway.proxy.end_mark", !at_end_mark_);
  (wait ? held_ : ready).append(line_.reveal());
  line_ = SecretBytes();
}

Status LocalAnswer::release() {
  held_.append(line_.reveal());
  line_ = SecretBytes();
  if (streaming_) {
    if (!held_.empty()) {
      CLAUSTRUM_TRY(out_.write(held_.reveal()));
    }
    return out_.finish();
  }
  net::Response response;
  response.status = status_;
  response.headers = headers();
  response.body = to_bytes(held_.reveal());
  return out_.respond(response);
}

Status LocalAnswer::fail(int status, std::string_view code, std::string_view message) {
  const std::string body = openai_error("claustrum_error", code, message);
  if (streaming_) {
    // No end mark and no proper end: the client library reports an error, after this one.
    // What was begun and not ended is closed first, so that this event stands alone.
    (void)out_.write(as_bytes("\n\ndata: " + body + "\n\n"));
    return Error(Code::kUnavailable, "local.cut", "the stream was cut");
  }
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Claustrum-Request-Id", request_id_);
  response.body = to_bytes(body);
  return out_.respond(response);
}

}  // namespace claustrum::gateway
