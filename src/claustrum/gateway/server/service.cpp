// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/service.h"

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

net::Response problem(int status, std::string_view type) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/problem+json");
  response.body = to_bytes(codec::to_json(Json::object().set("type", type)));
  return response;
}

Result<document::Nonce> parse_nonce(BytesView body) {
  codec::JsonLimits limits;
  limits.max_bytes = 1024;
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

template <std::size_t N>
Result<ByteArray<N>> hex_field(const channel::Fields& fields, std::string_view name) {
  const std::optional<std::string_view> text = channel::find_field(fields, name);
  if (text.has_value()) {
    const Result<Bytes> bytes = codec::hex_decode(*text);
    if (bytes.ok() && bytes->size() == N) {
      return to_array<N>(*bytes);
    }
  }
  return Error(Code::kMalformed, "gateway.field", "missing or malformed request field");
}

void respond_error(SealedAnswer& answer, int status, std::string_view code,
                   std::string_view message) {
  (void)answer.respond(status, "application/json",
                       as_bytes(openai_error("invalid_request_error", code, message)));
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
    const bool key = opened.error().reason() == "ohttp.key_id";
    (void)out.respond(problem(400, key ? kKeyProblem : "claustrum:ohttp"));
    return;
  }
  answer(std::move(opened->message), SealedAnswer(std::move(opened->sealer), out));
}

void Service::answer(SecretBytes message, SealedAnswer answer) {
  const Result<channel::BhttpRequest> request = channel::parse_bhttp_request(message.reveal());
  if (!request.ok()) {
    respond_error(answer, 400, "bhttp", "the sealed request is malformed");
    return;
  }
  const Result<ByteArray<16>> id = hex_field<16>(request->head.headers, "claustrum-request-id");
  const Result<ByteArray<32>> document = hex_field<32>(request->head.headers, "claustrum-evidence");
  if (!id.ok() || !document.ok()) {
    respond_error(answer, 400, "fields",
                  "claustrum-request-id and claustrum-evidence are required");
    return;
  }
  // The receipt will name this document: only one that this replica issued may stand there.
  if (!CLAUSTRUM_GUARD("gateway.server.issued", desk_.issued(*document))) {
    respond_error(answer, 409, "unknown-evidence", "verify this replica's evidence again");
    return;
  }
  const Status allowed = check_engine_request(options_.engine_profile, request->head.method,
                                              request->head.path, request->content);
  if (!allowed.ok()) {
    const bool path = allowed.error().code() == Code::kNotFound;
    respond_error(answer, path ? 404 : 400, allowed.error().reason(), allowed.error().text());
    return;
  }
  const Status first = keys_.request_ids().claim(*id);
  if (!first.ok()) {
    respond_error(answer, first.error().code() == Code::kConflict ? 409 : 503,
                  first.error().reason(), "this request id was used before");
    return;
  }
  document::ReceiptClaims claims;
  claims.service = keys_.service();
  claims.replica = keys_.replica();
  claims.request_id = *id;
  claims.evidence_document = *document;
  claims.init_data = options_.init_data;
  claims.manifest = options_.manifest;
  claims.software = options_.software;
  claims.release_policy = options_.release_policy;
  run_engine(*request, message.reveal().first(request->message_len), std::move(claims),
             std::move(answer));
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
  log_.event("serve.request",
             {{"status", result.status},
              {"complete", result.outcome == document::Outcome::kComplete ? 1 : 0}});
  if (!answer.started()) {
    respond_error(answer, 502, "engine-failed", "the model engine did not answer");
    return;
  }
  claims.outcome = result.outcome;
  claims.clock = clock_.now();
  (void)answer.finish(std::move(claims), salt, keys_.receipt_key(),
                      result.shaped ? options_.block : 0);
}

}  // namespace claustrum::gateway
