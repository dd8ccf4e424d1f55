// SPDX-License-Identifier: Apache-2.0
// The operator carries every byte of this and may cut, delay, repeat or replace it.
#include "claustrum/gateway/proxy/sealed_exchange.h"

#include "claustrum/base/guard.h"
#include "claustrum/channel/ohttp.h"
#include "claustrum/channel/shaping.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"

namespace claustrum::gateway {

namespace {

constexpr std::size_t kMaxAnswer = std::size_t{64} << 20;
constexpr int kIdleMs = 600'000;
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kJson = "application/json";

struct SealedMessage {
  Bytes opened;  // BHTTP without padding: what the receipt commits to
  channel::SealedRequest sealed;
};

Result<SealedMessage> seal(const Attested& attested, const ExchangeRequest& request) {
  channel::BhttpRequest inner;
  inner.head.method = request.method;
  inner.head.scheme = "https";
  inner.head.authority = attested.keys.service;
  inner.head.path = request.path;
  inner.head.headers = {{"claustrum-request-id", codec::hex_encode(request.id)},
                        {"claustrum-evidence", codec::hex_encode(attested.document_sha256)}};
  if (!request.content_type.empty()) {
    inner.head.headers.push_back({"content-type", request.content_type});
  }
  inner.content = to_bytes(request.body);
  Result<Bytes> encoded = channel::encode_bhttp(inner);
  if (!encoded.ok()) {
    return Error(Code::kMalformed, "exchange.request", "this request cannot be sent");
  }
  Bytes message = std::move(encoded).value();
  Bytes opened = message;
  channel::pad_bhttp(message);
  CLAUSTRUM_TRY_ASSIGN(channel::SealedRequest sealed, channel::seal_request(attested.key, message));
  wipe(message.data(), message.size());
  return SealedMessage{std::move(opened), std::move(sealed)};
}

Result<net::IncomingResponse> post(const net::Endpoint& service, Bytes body,
                                   const std::function<bool()>& gone) {
  net::Request request;
  request.method = "POST";
  request.target = "/claustrum/ohttp";
  request.headers.add("Content-Type", "message/ohttp-chunked-req");
  request.headers.add("Incremental", "?1");
  request.body = std::move(body);
  net::ClientOptions options;
  options.max_body_bytes = kMaxAnswer * 2;
  options.idle_timeout_ms = kIdleMs;
  options.cancelled = gone;
  CLAUSTRUM_TRY_ASSIGN(net::IncomingResponse response,
                       net::send_streaming(service, request, options));
  if (response.status() == 400) {
    // In clear, so a hint only: the operator can cost one more verification, no more.
    return Error(Code::kStale, "exchange.key", "the service does not know the key any more");
  }
  if (response.status() != 200 ||
      response.headers().find("Content-Type") != "message/ohttp-chunked-res") {
    return Error(Code::kUnavailable, "exchange.refused",
                 "the service answered HTTP " + std::to_string(response.status()));
  }
  return response;
}

// The opened answer as it grows: inner head, content without filler, trailers at the end.
class Answer {
 public:
  explicit Answer(const ExchangeSink& sink) : sink_(sink) {}

  Status feed(BytesView plaintext) {
    CLAUSTRUM_TRY(decoder_.feed(plaintext));
    return drain();
  }
  Status finish() {
    CLAUSTRUM_TRY(decoder_.finish());
    return drain();
  }
  int status() const { return decoder_.head().status; }
  BytesView content() const { return content_.reveal(); }
  const channel::Fields& trailers() const { return decoder_.trailers(); }

 private:
  Status drain() {
    if (!decoder_.head_done()) {
      return ok_status();
    }
    if (!told_) {
      told_ = true;
      CLAUSTRUM_TRY(tell_head());
    }
    const Bytes piece = decoder_.take_content();
    const Bytes content = events_ ? unshaper_.feed(piece) : piece;
    if (content.empty()) {
      return ok_status();
    }
    if (content_.size() + content.size() > kMaxAnswer) {
      return Error(Code::kExhausted, "exchange.size", "the answer is too large");
    }
    content_.append(content);
    return sink_.content(content);
  }

  // The type goes on to a local client, which may be a browser or a shell: it is one of two, and
  // written by us.
  Status tell_head() {
    const std::string_view value =
        channel::find_field(decoder_.head().headers, "content-type").value_or("");
    const std::string_view type = value.substr(0, value.find(';'));
    events_ = type == kEvents;
    if (!CLAUSTRUM_GUARD("gateway.proxy.content_type", events_ || type == kJson)) {
      return Error(Code::kMalformed, "exchange.content_type",
                   "the answer is neither JSON nor an event stream");
    }
    return sink_.head(status(), events_ ? kEvents : kJson);
  }

  const ExchangeSink& sink_;
  channel::BhttpResponseDecoder decoder_{{.max_content_bytes = kMaxAnswer}};
  channel::SseUnshaper unshaper_;
  SecretBytes content_;
  bool told_ = false;
  bool events_ = false;
};

Result<Bytes> trailer(const channel::Fields& trailers, std::string_view name) {
  const std::optional<std::string_view> value = channel::find_field(trailers, name);
  if (!value.has_value()) {
    return Error(Code::kBadSignature, "receipt.missing", "the answer came without its receipt");
  }
  return codec::base64url_decode(*value);
}

Result<ExchangeResult> check_receipt(const Attested& attested, const ExchangeRequest& request,
                                     BytesView opened, const Answer& answer) {
  ExchangeResult result;
  result.status = answer.status();
  CLAUSTRUM_TRY_ASSIGN(result.receipt_cose, trailer(answer.trailers(), "claustrum-receipt"));
  CLAUSTRUM_TRY_ASSIGN(result.salts, trailer(answer.trailers(), "claustrum-receipt-salts"));
  if (result.salts.size() != 64) {
    return Error(Code::kMalformed, "receipt.salts", "two salts of 32 bytes");
  }
  CLAUSTRUM_TRY_ASSIGN(result.receipt,
                       document::verify_receipt(result.receipt_cose, attested.receipt_key));
  document::ReceiptExpectation expected = attested.receipt;
  expected.request_id = request.id;
  expected.request = document::Commitment::request(to_array<32>(BytesView(result.salts).first(32)))
                         .update(opened)
                         .finish();
  document::Commitment commitment = document::Commitment::answer(
      to_array<32>(BytesView(result.salts).subspan(32)), static_cast<std::uint16_t>(result.status));
  commitment.update(answer.content());
  expected.answer_length = commitment.length();
  expected.answer = commitment.finish();
  expected.status = result.status;
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("gateway.proxy.receipt",
                                       document::check_receipt(result.receipt, expected)));
  // A signed receipt may also say that the answer is not whole.
  const bool complete = result.receipt.outcome == document::Outcome::kComplete;
  if (!CLAUSTRUM_GUARD("gateway.proxy.outcome", complete)) {
    return Error(Code::kUnavailable, "exchange.incomplete", "the engine stopped before its end");
  }
  return result;
}

// A sealed refusal: authentic by its encryption, and the engine did not run.
bool document_forgotten(const Answer& answer) {
  if (answer.status() != 409) {
    return false;
  }
  const Result<codec::Json> body = codec::parse_json(answer.content());
  const codec::Json* error = body.ok() ? body->find("error") : nullptr;
  const codec::Json* code = error == nullptr ? nullptr : error->find("code");
  return code != nullptr && code->is_string() && code->string() == "unknown-evidence";
}

// Opens the answer as it arrives; returns once it is known to be whole.
Status receive(net::IncomingResponse& response, channel::ChunkedResponseOpener opener,
               Answer& answer) {
  for (;;) {
    CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> piece, response.read());
    if (!piece.has_value()) {
      break;
    }
    CLAUSTRUM_TRY_ASSIGN(const SecretBytes plaintext, opener.feed(*piece));
    CLAUSTRUM_TRY(answer.feed(plaintext.reveal()));
  }
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes last, std::move(opener).finish());
  CLAUSTRUM_TRY(answer.feed(last.reveal()));
  return answer.finish();
}

Result<ExchangeResult> conclude(const Attested& attested, const ExchangeRequest& request,
                                BytesView opened, const Answer& answer) {
  const bool engine_ran = channel::find_field(answer.trailers(), "claustrum-receipt").has_value();
  if (engine_ran || answer.status() < 400) {
    return check_receipt(attested, request, opened, answer);
  }
  if (document_forgotten(answer)) {
    return Error(Code::kStale, "exchange.evidence", "the service forgot the document we verified");
  }
  ExchangeResult result;
  result.status = answer.status();
  return result;
}

}  // namespace

Result<ExchangeResult> exchange(const net::Endpoint& service, const Attested& attested,
                                const ExchangeRequest& request, const ExchangeSink& sink) {
  CLAUSTRUM_TRY_ASSIGN(SealedMessage message, seal(attested, request));
  CLAUSTRUM_TRY_ASSIGN(net::IncomingResponse response,
                       post(service, std::move(message.sealed.body), sink.gone));
  Answer answer(sink);
  const Status received = receive(response, std::move(message.sealed.opener), answer);
  Result<ExchangeResult> result = received.ok()
                                      ? conclude(attested, request, message.opened, answer)
                                      : Result<ExchangeResult>(received.error());
  wipe(message.opened.data(), message.opened.size());
  return result;
}

}  // namespace claustrum::gateway
