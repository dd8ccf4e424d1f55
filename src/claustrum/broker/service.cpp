// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/service.h"

#include "claustrum/base/guard.h"
#include "claustrum/broker/answers.h"
#include "claustrum/broker/caller.h"
#include "claustrum/broker/ledger_api.h"
#include "claustrum/broker/token.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/broker_signature.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kPrefix = "/kbs/v0/";
constexpr std::string_view kResource = "/kbs/v0/resource/";
constexpr std::chrono::seconds kKeeperPause{1};

std::string cookie_of(const Session& session) {
  return std::string(kbs::kSessionCookie) + "=" + session.id +
         "; Path=/; HttpOnly; Max-Age=" + std::to_string(Sessions::kLifeSeconds);
}

net::Response busy(const Error& error) {
  net::Response response = error_response(503, "Busy", error);
  response.headers.add("Retry-After", "5");
  return response;
}

net::Response no_such_path(std::string_view path) {
  return error_response(404, path.starts_with(kPrefix) ? "PluginNotFound" : "InvalidRequestPath",
                        Error(Code::kNotFound, "broker.path"));
}

}  // namespace

Service::Service(ServiceOptions options, State& state, const document::Verifiers& verifiers,
                 const Clock& clock, Log& log)
    : options_(std::move(options)),
      state_(state),
      verifiers_(verifiers),
      clock_(clock),
      log_(log),
      sessions_(options_.max_sessions),
      decisions_(state, clock, log),
      keeper_([this](const std::stop_token& stop) { keep_writing(stop); }) {}

Service::~Service() {
  keeper_.request_stop();
  keeper_.join();
  decisions_.close();
}

void Service::keep_writing(const std::stop_token& stop) {
  std::unique_lock lock(keeper_mutex_);
  while (!stop.stop_requested()) {
    (void)keeper_wake_.wait_for(lock, stop, kKeeperPause, [] { return false; });
    decisions_.write_counted();
  }
}

void Service::handle(const net::Request& request, net::ResponseWriter& out) {
  const net::Response response = answer(request);
  log_.event("broker.request", {{"status", response.status}});
  (void)out.respond(response);
}

net::Admission Service::admit(const net::Request& head) const {
  const std::string_view path = head.path();
  if (head.method == "POST" && path == "/kbs/v0/attest") {
    return kbs::kMaxAttestationBody;
  }
  if (head.method == "POST" && path == "/kbs/v0/auth") {
    return kbs::kMaxSmallBody;
  }
  if (head.method == "POST") {
    return no_such_path(path);
  }
  return std::size_t{0};
}

net::Response Service::answer(const net::Request& request) {
  const std::string_view path = request.path();
  if (request.method == "POST" && path == "/kbs/v0/auth") {
    return auth(request);
  }
  if (request.method == "POST" && path == "/kbs/v0/attest") {
    return attest(request);
  }
  if (request.method == "GET" && path.starts_with(kResource)) {
    return resource(request, path.substr(kResource.size()));
  }
  if (request.method == "GET" && path.starts_with("/ledger/")) {
    return ledger_answer(state_, options_.ledger_signer, options_.ledger_origin, path,
                         request.query());
  }
  if (request.method == "GET" && path == "/healthz") {
    return json_response(200, R"({"status":"ok","rollback":"not protected"})");
  }
  return no_such_path(path);
}

net::Response Service::auth(const net::Request& request) {
  const Result<kbs::AuthRequest> message = kbs::parse_auth_request(request.body);
  if (!message.ok()) {
    return error_response(401, "ProtocolVersion", message.error());
  }
  if (message->tee != "snp") {
    return error_response(
        401, "UnsupportedTee",
        Error(Code::kUnsupported, "broker.tee", "this broker verifies tee snp only"));
  }
  const Result<std::shared_ptr<Session>> session = sessions_.open(message->tee, clock_.now());
  if (!session.ok()) {
    return busy(session.error());
  }
  net::Response response = json_response(200, kbs::to_json(kbs::Challenge{(*session)->nonce}));
  response.headers.add("Set-Cookie", cookie_of(**session));
  return response;
}

net::Response Service::attest(const net::Request& request) {
  const std::optional<std::string_view> id = session_cookie(request.headers);
  const Result<std::shared_ptr<Session>> found = sessions_.find(id.value_or(""), clock_.now());
  if (!found.ok()) {
    return error_response(401, "InvalidCookie", found.error());
  }
  Session& session = **found;
  const std::lock_guard lock(session.mutex);
  if (session.presented == nullptr) {
    // Else one challenge would pay for any number of verifications.
    if (!CLAUSTRUM_GUARD("broker.challenge_used", !session.challenge_used)) {
      return error_response(401, "InvalidCookie",
                            Error(Code::kUnauthorised, "broker.challenge_used"));
    }
    session.challenge_used = true;
    std::optional<net::Response> refusal = judge_attestation(session, request.body);
    if (refusal.has_value()) {
      return std::move(*refusal);
    }
  }
  net::Response response =
      json_response(200, codec::to_json(codec::Json::object().set("token", session.token)));
  response.headers.add("Set-Cookie", cookie_of(session));
  return response;
}

std::optional<net::Response> Service::judge_attestation(Session& session, BytesView body) {
  Result<Presented> presented = parse_presented(session.tee, body);
  if (!presented.ok()) {
    return refuse_unread(presented.error());
  }
  const Result<crypto::PublicKey> key = kbs::tee_key_from_jwk(presented->message.tee_pubkey);
  if (!key.ok()) {
    return refuse_unread(key.error());
  }
  const Instant now = clock_.now();
  const policy::Appraisal appraisal =
      judge(options_.baseline, *presented, session.nonce, verifiers_, now);
  const std::optional<WorkloadId> workload = proven_workload(appraisal);
  const bool accepted = appraisal.accepted() && workload.has_value();
  if (!CLAUSTRUM_GUARD("broker.baseline", accepted)) {
    return refuse({session.id, "", &appraisal, workload});
  }
  session.token =
      make_token({&appraisal, &*presented, session.id, now, session.expires}, options_.identity);
  session.presented = std::make_shared<const Presented>(std::move(presented).value());
  session.workload = workload;
  if (workload.has_value()) {
    sessions_.keep(session.id, *workload);
  }
  return std::nullopt;
}

net::Response Service::resource(const net::Request& request, std::string_view path) {
  const Result<std::shared_ptr<Session>> found =
      find_caller(sessions_, request.headers, clock_.now());
  if (!found.ok()) {
    return error_response(401, "InvalidCookie", found.error());
  }
  Session& session = **found;
  const std::lock_guard lock(session.mutex);
  if (!CLAUSTRUM_GUARD("broker.attested", session.presented != nullptr)) {
    return error_response(401, "UnAuthenticated",
                          Error(Code::kUnauthorised, "broker.not_attested"));
  }
  const Result<kbs::ResourcePath> name = kbs::parse_resource_path(path);
  if (!name.ok()) {
    return error_response(404, "InvalidRequestPath", name.error());
  }
  Result<SecretRecord> secret = state_.find_secret(name->text);
  if (secret.ok()) {
    return release(session, *name, std::move(secret).value());
  }
  if (secret.error().code() == Code::kNotFound) {
    // The caller passed the baseline policy, so it may learn that there is nothing: stock clients
    // treat 404 as final, where a 401 would make them attest again and again.
    return error_response(404, "PluginInternalError", Error(Code::kNotFound, "broker.resource"));
  }
  log_.event("broker.secret_unreadable", {{"reason", Literal::reason_of(secret.error())}});
  return error_response(500, "Internal", Error(Code::kInternal, "broker.resource"));
}

net::Response Service::release(const Session& session, const kbs::ResourcePath& path,
                               SecretRecord secret) {
  const Presented& presented = *session.presented;
  const policy::Appraisal appraisal =
      judge(secret.policy, presented, session.nonce, verifiers_, clock_.now());
  if (!CLAUSTRUM_GUARD("broker.policy", appraisal.accepted())) {
    return refuse({session.id, path.text, &appraisal, session.workload});
  }
  const Result<crypto::PublicKey> key = kbs::tee_key_from_jwk(presented.message.tee_pubkey);
  if (!key.ok()) {
    return refuse_unread(key.error());
  }
  const Result<codec::Json> jwe = crypto::jwe_encrypt(*key, secret.value.reveal());
  if (!jwe.ok()) {
    log_.event("broker.encrypt_failed", {{"reason", Literal::reason_of(jwe.error())}});
    return error_response(500, "Internal", Error(Code::kInternal, "broker.resource"));
  }
  // Written down first: a grant that is not in the ledger is not given.
  const Result<std::string> audit_id =
      decisions_.grant({session.id, path.text, &appraisal, session.workload});
  if (!CLAUSTRUM_GUARD("broker.recorded", audit_id.ok())) {
    return busy(Error(Code::kUnavailable, "broker.ledger"));
  }
  return signed_answer(session, path, secret, *jwe);
}

net::Response Service::signed_answer(const Session& session, const kbs::ResourcePath& path,
                                     const SecretRecord& secret, const codec::Json& jwe) const {
  net::Response response = json_response(200, codec::to_json(jwe));
  const kbs::Grant grant{session.nonce, path.text, std::to_string(secret.version),
                         to_bytes(BytesView(secret.policy.digest())), response.body};
  response.headers.add(std::string(kbs::kBrokerKeyHeader),
                       codec::base64_encode(options_.identity.public_key().spki()));
  response.headers.add(std::string(kbs::kBrokerSignatureHeader),
                       codec::base64url_encode(kbs::sign_grant(options_.identity, grant)));
  response.headers.add(std::string(kbs::kResourceVersionHeader), grant.version);
  response.headers.add(std::string(kbs::kReleasePolicyHeader),
                       codec::hex_encode(grant.policy_digest));
  return response;
}

net::Response Service::refuse(const Decision& decision) {
  log_.event("broker.refused");
  // Factor ids and reasons are literals of ours.
  const evidence::Factor* first = decision.appraisal->first_failed();
  const std::string audit_id = decisions_.refuse(decision);
  return denied_response(first == nullptr ? "" : first->id, first_reason(*decision.appraisal),
                         audit_id);
}

net::Response Service::refuse_unread(const Error& error) {
  log_.event("broker.refused", {{"reason", Literal::reason_of(error)}});
  return error_response(401, "AttestationFailed", error, decisions_.refuse(error));
}

}  // namespace claustrum::broker
