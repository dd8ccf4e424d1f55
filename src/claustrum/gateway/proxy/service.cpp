// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/service.h"

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/proxy/local_answer.h"
#include "claustrum/gateway/proxy/receipt_box.h"
#include "claustrum/policy/explain.h"

namespace claustrum::gateway {

namespace {

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(body);
  return response;
}

int status_for(const Error& error) {
  if (error.code() == Code::kConflict) {
    return 409;
  }
  const bool later = error.code() == Code::kUnavailable || error.code() == Code::kExhausted;
  return later ? 503 : 502;  // 502: refused, altered or malformed on the other side
}

Status keep_receipt(const std::string& folder, const Attested& attested,
                    const std::string& request_id, const ExchangeResult& result) {
  if (folder.empty() || result.receipt_cose.empty()) {
    return ok_status();
  }
  return store_receipt(folder, {request_id, result.receipt_cose, result.salts,
                                codec::hex_encode(attested.document_sha256), attested.document});
}

}  // namespace

ProxyService::ProxyService(ProxyOptions options, LocalGuard guard, AttestedService& service,
                           Log& log)
    : options_(std::move(options)), guard_(std::move(guard)), service_(service), log_(log) {}

void ProxyService::handle(const net::Request& request, net::ResponseWriter& out) {
  const Status allowed = guard_.check(request);
  if (!allowed.ok()) {
    log_.event("connect.refused_local", {{"reason", Literal::reason_of(allowed.error())}});
    (void)out.respond(json_response(
        401,
        openai_error("authentication_error", allowed.error().reason(), allowed.error().text())));
    return;
  }
  if (request.method == "GET" && request.path() == "/claustrum/verdict") {
    const std::shared_ptr<const policy::Appraisal> verdict = service_.last_verdict();
    (void)out.respond(verdict == nullptr
                          ? json_response(404, "{}")
                          : json_response(200, codec::to_json(policy::verdict_json(*verdict))));
    return;
  }
  if (!request.path().starts_with("/v1/")) {
    (void)out.respond(json_response(
        404, openai_error("invalid_request_error", "engine.path", "not part of this service")));
    return;
  }
  forward(request, out);
}

void ProxyService::forward(const net::Request& request, net::ResponseWriter& out) {
  const ByteArray<16> id = crypto::random_array<16>();
  const std::string id_text = codec::hex_encode(id);
  ExchangeRequest sealed;
  sealed.method = request.method;
  sealed.path = std::string(request.path());
  sealed.content_type = std::string(request.headers.find("Content-Type").value_or(""));
  sealed.body = request.body;
  sealed.id = id;
  Result<std::shared_ptr<const Attested>> attested = service_.current();
  for (int attempt = 0; attested.ok(); ++attempt) {
    LocalAnswer answer(out, id_text, (*attested)->appraisal.simulated());
    const Result<ExchangeResult> result =
        exchange(service_.endpoint(), **attested, sealed, answer.sink());
    if (result.ok()) {
      const Status kept = keep_receipt(options_.receipt_folder, **attested, id_text, *result);
      log_.event("connect.request",
                 {{"status", result->status}, {"receipt_kept", kept.ok() ? 1 : 0}});
      (void)(kept.ok() ? answer.release() : answer.fail(500, "receipt.store", kept.error().text()));
      return;
    }
    // A hint that the key is gone: verify anew and send again once, under the same request id, for
    // which the service runs the engine at most once. Never after a part of an answer was seen.
    if (result.error().reason() == "exchange.key" && attempt == 0 && !answer.seen()) {
      attested = service_.verify_again();
      continue;
    }
    log_.event("connect.request_failed", {{"reason", Literal::reason_of(result.error())}});
    (void)answer.fail(status_for(result.error()), result.error().reason(), result.error().text());
    return;
  }
  log_.event("connect.not_sent", {{"reason", Literal::reason_of(attested.error())}});
  (void)out.respond(json_response(status_for(attested.error()),
                                  openai_error("claustrum_error", attested.error().reason(),
                                               "nothing was sent: " + attested.error().text())));
}

}  // namespace claustrum::gateway
