// SPDX-License-Identifier: Apache-2.0
// The order here is the promise: nothing is sealed before a verdict, nothing counts before its
// receipt, nothing is sent twice without being verified anew.
#include "claustrum/gateway/proxy/service.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/proxy/local_answer.h"
#include "claustrum/gateway/proxy/receipt_box.h"
#include "claustrum/policy/explain.h"

namespace claustrum::gateway {

namespace {

// Bodies a little too long get an answer that says so.
constexpr std::size_t kOverlong = std::size_t{64} << 10;

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(body);
  return response;
}

constexpr std::string_view kVerdictPath = "/claustrum/verdict";

net::Response no_such_path() {
  return json_response(
      404, openai_error("invalid_request_error", "engine.path", "not part of this service"));
}

// Towards the local client.
int status_for(const Error& error) {
  if (error.reason() == "exchange.request") {
    return 400;
  }
  const bool later = error.code() == Code::kUnavailable || error.code() == Code::kExhausted;
  return later ? 503 : 502;  // 502: refused, altered or malformed on the other side
}

// Verify anew and send again?
bool is_hint(const Error& error) {
  return error.reason() == "exchange.key" || error.reason() == "exchange.evidence";
}

net::Response error_response(int status, const Error& error, const std::string& text) {
  return json_response(status, openai_error("claustrum_error", error.reason(), text));
}

Status keep_receipt(const std::string& folder, const Attested& attested,
                    const std::string& request_id, const ExchangeResult& result) {
  if (folder.empty() || result.receipt_cose.empty()) {
    return ok_status();
  }
  return store_receipt(folder, {request_id, result.receipt_cose, result.salts,
                                codec::hex_encode(attested.document_sha256), attested.document});
}

// Only one replica knows whether the engine ran for this id already. The hint came in clear: it may
// be a lie told after the request was delivered. A sealed refusal is the replica's own word.
Status check_replica(const Error& hint, const Attested& before, const Attested& now) {
  const bool same = hint.reason() != "exchange.key" || before.keys.replica == now.keys.replica;
  if (!CLAUSTRUM_GUARD("gateway.proxy.same_replica", same)) {
    return Error(Code::kUnavailable, "exchange.replica_gone",
                 "the replica is gone and may have run the request; send it again if you want to");
  }
  return ok_status();
}

}  // namespace

ProxyService::ProxyService(ProxyOptions options, LocalGuard guard, AttestedService& service,
                           Log& log)
    : options_(std::move(options)), guard_(std::move(guard)), service_(service), log_(log) {}

std::optional<net::Response> ProxyService::refusal(const net::Request& head) const {
  const Status allowed = guard_.check(head);
  if (allowed.ok()) {
    return std::nullopt;
  }
  log_.event("connect.refused_local", {{"reason", Literal::reason_of(allowed.error())}});
  return json_response(
      401, openai_error("authentication_error", allowed.error().reason(), allowed.error().text()));
}

// A stranger on this machine sends heads only.
net::Admission ProxyService::admit(const net::Request& head) const {
  if (std::optional<net::Response> refused = refusal(head)) {
    return *std::move(refused);
  }
  if (!head.path().starts_with("/v1/") && head.path() != kVerdictPath) {
    return no_such_path();
  }
  return head.path() == kVerdictPath ? 0 : kMaxRequestBody + kOverlong;
}

void ProxyService::handle(const net::Request& request, net::ResponseWriter& out) {
  if (const std::optional<net::Response> refused = refusal(request)) {
    (void)out.respond(*refused);
    return;
  }
  if (request.method == "GET" && request.path() == kVerdictPath) {
    const std::shared_ptr<const policy::Appraisal> verdict = service_.last_verdict();
    (void)out.respond(verdict == nullptr
                          ? json_response(404, "{}")
                          : json_response(200, codec::to_json(policy::verdict_json(*verdict))));
    return;
  }
  if (!request.path().starts_with("/v1/")) {
    (void)out.respond(no_such_path());
    return;
  }
  forward(request, out);
}

void ProxyService::forward(const net::Request& request, net::ResponseWriter& out) {
  if (request.body.size() > kMaxRequestBody) {
    (void)out.respond(json_response(
        413, openai_error("invalid_request_error", "engine.size", "the body is too long")));
    return;
  }
  ExchangeRequest sealed;
  sealed.method = request.method;
  sealed.path = request.target;
  sealed.content_type = std::string(request.headers.find("Content-Type").value_or(""));
  sealed.body = request.body;
  sealed.id = crypto::random_array<16>();
  const Result<std::shared_ptr<const Attested>> attested = service_.current();
  if (!attested.ok()) {
    not_sent(attested.error(), "nothing was sent: ", out);
    return;
  }
  const std::optional<Error> hint = attempt(**attested, sealed, Last::kNo, out);
  if (!hint.has_value()) {
    return;
  }
  // A hint that the key or the document is gone: verify anew and send again, once.
  const Result<std::shared_ptr<const Attested>> again = service_.verify_again(*attested);
  if (!again.ok()) {
    not_sent(again.error(), "not sent again: ", out);
    return;
  }
  const Status same = check_replica(*hint, **attested, **again);
  if (!same.ok()) {
    not_sent(same.error(), "not sent again: ", out);
    return;
  }
  (void)attempt(**again, sealed, Last::kYes, out);
}

void ProxyService::not_sent(const Error& error, const char* what, net::ResponseWriter& out) {
  log_.event("connect.not_sent", {{"reason", Literal::reason_of(error)}});
  (void)out.respond(error_response(status_for(error), error, what + error.text()));
}

std::optional<Error> ProxyService::attempt(const Attested& attested, const ExchangeRequest& sealed,
                                           Last last, net::ResponseWriter& out) {
  const std::string id = codec::hex_encode(sealed.id);
  LocalAnswer answer(out, id, attested.appraisal.simulated());
  const Result<ExchangeResult> result =
      exchange(service_.endpoint(), attested, sealed, answer.sink());
  if (!result.ok()) {
    log_.event("connect.request_failed", {{"reason", Literal::reason_of(result.error())}});
    // Never again after a part of an answer was seen.
    if (is_hint(result.error()) && last == Last::kNo && !answer.seen()) {
      return result.error();
    }
    (void)answer.fail(status_for(result.error()), result.error().reason(), result.error().text());
    return std::nullopt;
  }
  const Status kept = keep_receipt(options_.receipt_folder, attested, id, *result);
  log_.event("connect.request", {{"status", result->status}, {"receipt_kept", kept.ok() ? 1 : 0}});
  (void)(kept.ok() ? answer.release()
                   : answer.fail(500, kept.error().reason(), kept.error().text()));
  return std::nullopt;
}

}  // namespace claustrum::gateway
