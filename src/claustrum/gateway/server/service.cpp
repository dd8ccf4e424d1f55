// SPDX-License-Identifier: Apache-2.0
// Order matters in claim(): what is checked before the request id is claimed can be sent again.
#include "claustrum/gateway/server/service.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/random.h"
#include "claustrum/gateway/core/engine_profile.h"
#include "claustrum/gateway/server/engine_relay.h"

namespace claustrum::gateway {

namespace {

using codec::Json;

constexpr std::string_view kKeyProblem =
    "https://iana.org/assignments/http-problem-types#ohttp-key";

// A body of kMaxRequestBody with its heads, in chunks of any size.
constexpr std::size_t kMaxSealedRequest = kMaxRequestBody + (std::size_t{256} << 10);
constexpr std::size_t kMaxNonceRequest = 1024;

net::Response problem(int status, std::string_view type) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/problem+json");
  response.body = to_bytes(codec::to_json(Json::object().set("type", type)));
  return response;
}

Result<document::Nonce> parse_nonce(BytesView body) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxNonceRequest;
  CLAUSTRUM_TRY_ASSIGN(const Json message, codec::parse_json(body, limits));
  CLAUSTRUM_TRY(message.only_members({"version", "nonce"}));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, message.integer_at("version"));
  CLAUSTRUM_TRY_ASSIGN(const Bytes nonce, message.base64_at("nonce"));
  if (version != 1 || nonce.size() != std::tuple_size_v<document::Nonce>) {
    return Error(Code::kMalformed, "gateway.nonce", "want version 1 and a nonce of 32 bytes");
  }
  return to_array<32>(nonce);
}

// The whole body of a sealed request, opened; the sealer is for its answer.
struct Opened {
  SecretBytes message;
  channel::ChunkedResponseSealer sealer;
};

Result<Opened> open_request(channel::OhttpKeys keys, BytesView body) {
  channel::ChunkedRequestOpener opener(std::move(keys));
  CLAUSTRUM_TRY_ASSIGN(SecretBytes message, opener.feed(body));
  CLAUSTRUM_TRY_ASSIGN(channel::ChunkedRequestOpener::Opened opened, std::move(opener).finish());
  message.append(opened.last.reveal());
  return Opened{std::move(message), std::move(opened.sealer)};
}

// A client that uses a retired or spent key can do something about it; all else is a fault.
bool needs_new_key(const Error& error) {
  return error.reason() == "ohttp.key_id" || error.reason() == "ohttp.key_spent";
}

template <std::size_t N>
Result<ByteArray<N>> hex_field(const channel::Fields& fields, std::string_view name) {
  const auto count =
      std::ranges::count_if(fields, [&](const channel::Field& f) { return f.name == name; });
  const std::optional<std::string_view> text = channel::find_field(fields, name);
  if (text.has_value() && count == 1) {
    const Result<Bytes> bytes = codec::hex_decode(*text);
    if (bytes.ok() && bytes->size() == N) {
      return to_array<N>(*bytes);
    }
  }
  return Error(Code::kMalformed, "fields",
               "claustrum-request-id and claustrum-evidence are required, once each");
}

// Meant for this service, and in the one shape that documents it.
Status check_address(const channel::BhttpRequest& request, std::string_view service) {
  const bool here = request.head.scheme == "https" && request.head.authority == service;
  if (!CLAUSTRUM_GUARD("gateway.server.authority", here)) {
    return Error(Code::kMismatch, "authority", "this request is for another service");
  }
  if (!request.trailers.empty()) {
    return Error(Code::kMalformed, "trailers", "a request has no trailers");
  }
  return ok_status();
}

int http_status(const Error& error) {
  switch (error.code()) {
    case Code::kNotFound:
      return 404;
    case Code::kConflict:
      return 409;
    case Code::kMismatch:
      return 421;
    case Code::kExhausted:
      return error.reason() == "engine.size" ? 413 : 503;
    case Code::kMalformed:
    case Code::kUnsupported:
    case Code::kBadSignature:
    case Code::kUntrustedRoot:
    case Code::kNotYetValid:
    case Code::kExpired:
    case Code::kRevoked:
    case Code::kPolicyDenied:
    case Code::kStale:
    case Code::kUnauthorised:
    case Code::kUnavailable:
    case Code::kInternal:
      break;
  }
  return 400;
}

void respond_error(SealedAnswer& answer, const Error& error) {
  (void)answer.respond(
      http_status(error), "application/json",
      as_bytes(openai_error("invalid_request_error", error.reason(), error.text())));
}

}  // namespace

Service::Service(ServiceOptions options, KeyRing& keys, EvidenceDesk& desk, const Clock& clock,
                 Log& log)
    : options_(std::move(options)), keys_(keys), desk_(desk), clock_(clock), log_(log) {}

void Service::handle(const net::Request& request, net::ResponseWriter& out) {
  const std::string_view path = request.path();
  if (request.method == "GET" && path == "/.well-known/claustrum") {
    well_known(out);
  } else if (request.method == "POST" && path == "/claustrum/evidence") {
    evidence(request, out);
  } else if (request.method == "POST" && path == "/claustrum/ohttp") {
    sealed_request(request, out);
  } else {
    (void)out.respond(problem(404, "about:blank"));
  }
}

net::Admission Service::admit(const net::Request& head) const {
  const std::string_view path = head.path();
  if (head.method == "GET" && path == "/.well-known/claustrum") {
    return std::size_t{0};
  }
  if (head.method == "POST" && path == "/claustrum/evidence") {
    return kMaxNonceRequest;
  }
  if (head.method == "POST" && path == "/claustrum/ohttp") {
    return kMaxSealedRequest;
  }
  return problem(404, "about:blank");
}

void Service::well_known(net::ResponseWriter& out) {
  Json body = Json::object();
  body.set("version", 1)
      .set("service", keys_.service())
      .set("documents", Json::Array{Json(1)})
      .set("evidence", "/claustrum/evidence")
      .set("ohttp", "/claustrum/ohttp");
  net::Response response;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(codec::to_json(body));
  (void)out.respond(response);
}

void Service::evidence(const net::Request& request, net::ResponseWriter& out) {
  const Result<document::Nonce> nonce = parse_nonce(request.body);
  if (!nonce.ok()) {
    (void)out.respond(problem(400, "claustrum:nonce"));
    return;
  }
  const Result<std::string> document = desk_.document_for(*nonce);
  if (!document.ok()) {
    log_.event("serve.evidence_failed", {{"reason", Literal::reason_of(document.error())}});
    net::Response busy = problem(503, "claustrum:busy");
    busy.headers.add("Retry-After", "1");
    (void)out.respond(busy);
    return;
  }
  net::Response response;
  response.headers.add("Content-Type", std::string(document::kDocumentMediaType));
  response.headers.add("Cache-Control", "no-store");
  response.body = to_bytes(*document);
  (void)out.respond(response);
}

void Service::sealed_request(const net::Request& request, net::ResponseWriter& out) {
  if (request.headers.find("Content-Type") != "message/ohttp-chunked-req") {
    (void)out.respond(problem(415, "claustrum:ohttp"));
    return;
  }
  Result<Opened> opened = open_request(keys_.open_keys(), request.body);
  if (!opened.ok()) {
    log_.event("serve.request_refused", {{"reason", Literal::reason_of(opened.error())}});
    const bool key = needs_new_key(opened.error());
    (void)out.respond(problem(400, key ? kKeyProblem : "claustrum:ohttp"));
    return;
  }
  answer(std::move(opened->message), SealedAnswer(std::move(opened->sealer), out));
}

void Service::answer(SecretBytes message, SealedAnswer answer) {
  Result<channel::BhttpRequest> request = channel::parse_bhttp_request(message.reveal());
  if (!request.ok()) {
    log_.event("serve.request_denied");
    respond_error(answer, Error(Code::kMalformed, "bhttp", "the sealed request is malformed"));
    return;
  }
  Result<document::ReceiptClaims> claims = claim(*request);
  if (claims.ok()) {
    run_engine(*request, message.reveal().first(request->message_len), std::move(claims).value(),
               std::move(answer));
  } else {
    log_.event("serve.request_denied");  // why is the client's to know
    respond_error(answer, claims.error());
  }
  wipe(request->content.data(), request->content.size());
}

Result<document::ReceiptClaims> Service::claim(const channel::BhttpRequest& request) {
  CLAUSTRUM_TRY(check_address(request, keys_.service()));
  document::ReceiptClaims claims;
  CLAUSTRUM_TRY_ASSIGN(claims.request_id,
                       hex_field<16>(request.head.headers, "claustrum-request-id"));
  CLAUSTRUM_TRY_ASSIGN(claims.evidence_document,
                       hex_field<32>(request.head.headers, "claustrum-evidence"));
  // The receipt will name this document: only one that this replica issued may stand there.
  if (!CLAUSTRUM_GUARD("gateway.server.issued", desk_.issued(claims.evidence_document))) {
    return Error(Code::kConflict, "unknown-evidence", "verify this replica's evidence again");
  }
  CLAUSTRUM_TRY(check_engine_request(options_.engine_profile, request.head.method,
                                     request.head.path, request.content));
  CLAUSTRUM_TRY(keys_.request_ids().claim(claims.request_id));
  claims.service = keys_.service();
  claims.replica = keys_.replica();
  claims.init_data = options_.init_data;
  claims.manifest = options_.manifest;
  claims.software = options_.software;
  claims.release_policy = options_.release_policy;
  return claims;
}

void Service::run_engine(const channel::BhttpRequest& request, BytesView opened,
                         document::ReceiptClaims claims, SealedAnswer answer) {
  const ByteArray<32> salt = crypto::random_array<32>();
  document::Commitment commitment = document::Commitment::request(salt);
  claims.request = commitment.update(opened).finish();
  RelayOptions relay;
  relay.engine = options_.engine;
  relay.tick_ms = options_.tick_ms;
  relay.block = options_.block;
  const RelayResult result = relay_to_engine(relay, request, answer);
  const bool complete = result.outcome == document::Outcome::kComplete;
  const bool cut = result.outcome == document::Outcome::kCut;
  log_.event("serve.request", {{"complete", complete ? 1 : 0}, {"cut", cut ? 1 : 0}});
  if (!answer.started()) {
    if (cut) {
      return;
    }
    const std::string body =
        openai_error("server_error", "engine-failed", "the model engine did not answer");
    (void)answer.start_whole(502, "application/json");
    (void)answer.content(as_bytes(body), as_bytes(body));
  }
  claims.outcome = result.outcome;
  claims.clock = clock_.now();
  (void)answer.finish(std::move(claims), salt, keys_.receipt_key());
}

}  // namespace claustrum::gateway
