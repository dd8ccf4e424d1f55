// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/local_answer.h"

#include "claustrum/gateway/core/engine_profile.h"

namespace claustrum::gateway {

ExchangeSink LocalAnswer::sink() {
  return {[this](int status, const std::string& type) { return head(status, type); },
          [this](BytesView bytes) { return content(bytes); }};
}

net::Headers LocalAnswer::headers() const {
  net::Headers headers;
  headers.add("Content-Type", content_type_);
  headers.add("Cache-Control", "no-store");
  headers.add("Claustrum-Request-Id", request_id_);
  headers.add("Claustrum-Verdict", simulated_ ? "simulated: no protection" : "accepted");
  return headers;
}

Status LocalAnswer::head(int status, const std::string& content_type) {
  status_ = status;
  content_type_ = content_type;
  if (content_type.starts_with("text/event-stream")) {
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
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    line_.append(bytes.subspan(i, 1));
    if (bytes[i] != '\n') {
      continue;
    }
    at_end_mark_ = at_end_mark_ || as_text(line_.reveal()).starts_with("data: [DONE]");
    (at_end_mark_ ? held_ : ready).append(line_.reveal());
    line_ = SecretBytes();
  }
  return ready.empty() ? ok_status() : out_.write(ready.reveal());
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
    (void)out_.write(as_bytes("data: " + body + "\n\n"));
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
