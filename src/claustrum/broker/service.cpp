// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/service.h"

#include "claustrum/base/guard.h"
#include "claustrum/broker/audit.h"
#include "claustrum/broker/ledger_api.h"
#include "claustrum/broker/token.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/broker_signature.h"

namespace claustrum::broker {

namespace {

constexpr std::string_view kPrefix = "/kbs/v0";
constexpr std::string_view kResource = "/kbs/v0/resource/";
constexpr int kMaxRefusalsLogged = 32;  // per session: refusals must not crowd out others' entries

net::Response json_response(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = to_bytes(body);
  return response;
}

// The caller gets code and reason; texts stay in the owner's audit trail, except for faults of
// form, which a client's author has to see.
net::Response error_response(int status, std::string_view variant, const Error& error,
                             std::string_view audit_id = {}) {
  std::string detail(to_string(error.code()));
  detail.append(" ").append(error.reason());
  if (error.code() == Code::kMalformed || error.code() == Code::kUnsupported) {
    detail.append(": ").append(error.text());
  }
  if (!audit_id.empty()) {
    detail.append(" (audit ").append(audit_id).append(")");
  }
  return json_response(status, kbs::error_body(variant, detail));
}

std::optional<std::string_view> session_cookie(const net::Headers& headers) {
  std::optional<std::string_view> cookies = headers.find("Cookie");
  while (cookies.has_value() && !cookies->empty()) {
    const std::size_t end = cookies->find(';');
    std::string_view pair = cookies->substr(0, end);
    while (pair.starts_with(' ')) {
      pair.remove_prefix(1);
    }
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == kbs::kSessionCookie) {
      return pair.substr(equals + 1);
    }
    cookies =
        end == std::string_view::npos ? std::nullopt : std::optional(cookies->substr(end + 1));
  }
  return std::nullopt;
}

std::string cookie_header(const Session& session) {
  return std::string(kbs::kSessionCookie) + "=" + session.id +
         "; Path=/; HttpOnly; Max-Age=" + std::to_string(Sessions::kLifeSeconds);
}

}  // namespace

Service::Service(ServiceOptions options, State& state, const document::Verifiers& verifiers,
                 const Clock& clock, Log& log)
    : options_(std::move(options)),
      state_(state),
      verifiers_(verifiers),
      clock_(clock),
      log_(log) {}

void Service::handle(const net::Request& request, net::ResponseWriter& out) {
  const net::Response response = answer(request);
  log_.event("broker.request", {{"status", response.status}});
  (void)out.respond(response);
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
    return json_response(200, "{\"status\":\"ok\",\"rollback\":\"not protected\"}");
  }
  return error_response(404, path.starts_with(kPrefix) ? "PluginNotFound" : "InvalidRequestPath",
                        Error(Code::kNotFound, "broker.path", "no such path"));
}

net::Response Service::auth(const net::Request& request) {
  const Result<kbs::AuthRequest> message = kbs::parse_auth_request(request.body);
  if (!message.ok()) {
    return error_response(401, "ProtocolVersion", message.error());
  }
  if (message->tee != "snp") {
    return error_response(401, "UnsupportedTee",
                          Error(Code::kUnsupported, "broker.tee", "tee snp only"));
  }
  const Result<std::shared_ptr<Session>> session = sessions_.open(message->tee, clock_.now());
  if (!session.ok()) {
    net::Response busy = error_response(503, "Busy", session.error());
    busy.headers.add("Retry-After", "5");
    return busy;
  }
  net::Response response = json_response(200, kbs::to_json(kbs::Challenge{(*session)->nonce}));
  response.headers.add("Set-Cookie", cookie_header(**session));
  return response;
}

Result<std::shared_ptr<Session>> Service::session_of(const net::Request& request) {
  const std::optional<std::string_view> id = session_cookie(request.headers);
  if (!id.has_value()) {
    return Error(Code::kUnauthorised, "broker.session", "no session cookie");
  }
  return sessions_.find(*id, clock_.now());
}

net::Response Service::attest(const net::Request& request) {
  const Result<std::shared_ptr<Session>> found = session_of(request);
  if (!found.ok()) {
    return error_response(401, "InvalidCookie", found.error());
  }
  Session& session = **found;
  const std::lock_guard lock(session.mutex);
  if (session.presented == nullptr) {
    Result<Presented> presented = parse_presented(session.tee, request.body);
    if (!presented.ok()) {
      return error_response(401, "AttestationFailed", presented.error());
    }
    const Result<crypto::PublicKey> key = kbs::tee_key_from_jwk(presented->message.tee_pubkey);
    if (!key.ok()) {
      return error_response(401, "AttestationFailed", key.error());
    }
    const policy::Appraisal appraisal =
        judge(options_.baseline, *presented, session.nonce, verifiers_, clock_.now());
    if (!CLAUSTRUM_GUARD("broker.baseline", appraisal.accepted())) {
      return refuse(session, "", appraisal);
    }
    session.token = make_token(appraisal, *presented, options_.identity, clock_.now());
    session.presented = std::make_shared<const Presented>(std::move(presented).value());
  }
  codec::Json body = codec::Json::object();
  body.set("token", session.token);
  net::Response response = json_response(200, codec::to_json(body));
  response.headers.add("Set-Cookie", cookie_header(session));
  return response;
}

net::Response Service::resource(const net::Request& request, std::string_view path) {
  const Result<std::shared_ptr<Session>> found = session_of(request);
  if (!found.ok()) {
    return error_response(401, "InvalidCookie", found.error());
  }
  Session& session = **found;
  const std::lock_guard lock(session.mutex);
  if (!CLAUSTRUM_GUARD("broker.attested", session.presented != nullptr)) {
    return error_response(401, "UnAuthenticated",
                          Error(Code::kUnauthorised, "broker.not_attested", "attest first"));
  }
  const Result<kbs::ResourcePath> name = kbs::parse_resource_path(path);
  if (!name.ok()) {
    return error_response(404, "InvalidRequestPath", name.error());
  }
  Result<SecretRecord> secret = state_.find_secret(name->text);
  if (!secret.ok()) {
    // The caller passed the baseline policy, so it may learn that there is nothing: stock clients
    // treat 404 as final, where a 401 would make them attest again and again.
    const bool absent = secret.error().code() == Code::kNotFound;
    log_.event("broker.secret_unreadable", {{"reason", Literal::reason_of(secret.error())}});
    return error_response(absent ? 404 : 500, absent ? "PluginInternalError" : "Internal",
                          Error(absent ? Code::kNotFound : Code::kInternal, "broker.resource", ""));
  }
  return release(session, *name, std::move(secret).value());
}

net::Response Service::release(Session& session, const kbs::ResourcePath& path,
                               SecretRecord secret) {
  const Presented& presented = *session.presented;
  const policy::Appraisal appraisal =
      judge(secret.policy, presented, session.nonce, verifiers_, clock_.now());
  if (!CLAUSTRUM_GUARD("broker.policy", appraisal.accepted())) {
    return refuse(session, path.text, appraisal);
  }
  const Result<crypto::PublicKey> key = kbs::tee_key_from_jwk(presented.message.tee_pubkey);
  if (!key.ok()) {
    return error_response(401, "AttestationFailed", key.error());
  }
  const Result<codec::Json> jwe = crypto::jwe_encrypt(*key, secret.value.reveal());
  if (!jwe.ok()) {
    return error_response(500, "Internal", jwe.error());
  }
  // Written down first: a grant that is not in the ledger is not given.
  const Result<std::string> audit_id = record(session, path.text, appraisal, true);
  if (!audit_id.ok()) {
    log_.event("broker.ledger_failed", {{"reason", Literal::reason_of(audit_id.error())}});
    return error_response(503, "Internal",
                          Error(Code::kUnavailable, "broker.ledger", "decision not recorded"));
  }
  net::Response response = json_response(200, codec::to_json(*jwe));
  kbs::Grant grant{session.nonce, path.text, std::to_string(secret.version),
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

Result<std::string> Service::record(Session& session, std::string_view resource,
                                    const policy::Appraisal& appraisal, bool granted) {
  const AuditRecord audit = make_audit(session.id, resource, appraisal, granted, clock_.now());
  CLAUSTRUM_TRY(state_.record(as_bytes(audit.ledger_entry), audit.id, audit.record));
  return audit.id;
}

net::Response Service::refuse(Session& session, std::string_view resource,
                              const policy::Appraisal& appraisal) {
  const evidence::Factor* first = appraisal.first_failed();
  log_.event("broker.refused");
  std::string audit_id;
  if (session.refusals_logged < kMaxRefusalsLogged) {
    ++session.refusals_logged;
    Result<std::string> id = record(session, resource, appraisal, false);
    if (id.ok()) {
      audit_id = std::move(id).value();
    }
  }
  // Factor ids and reasons are literals of ours; what was expected stays with the owner.
  std::string detail = "policy_denied";
  if (first != nullptr) {
    detail += " " + first->id + " " + first->reason;
  }
  if (!audit_id.empty()) {
    detail += " (audit " + audit_id + ")";
  }
  return json_response(401, kbs::error_body("PolicyDeny", detail));
}

}  // namespace claustrum::broker
