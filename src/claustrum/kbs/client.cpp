// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/client.h"

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/broker_signature.h"
#include "claustrum/kbs/snp_evidence.h"
#include "claustrum/net/http_text.h"

namespace claustrum::kbs {

namespace {

using codec::Json;

constexpr std::string_view kPrefix = "/kbs/v0";
constexpr std::size_t kMaxSessionId = 64;
constexpr std::size_t kMaxAnswer = 4 << 20;

net::Request post(std::string_view path, const std::string& body) {
  net::Request request;
  request.method = "POST";
  request.target = std::string(kPrefix) + std::string(path);
  request.headers.add("Content-Type", "application/json");
  request.body = to_bytes(body);
  return request;
}

codec::JsonLimits answer_limits() {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxAnswer;
  return limits;
}

// "kbs-session-id=<32 hex>; ..." to its value.
std::optional<std::string> session_in(std::string_view cookie) {
  const std::size_t equals = cookie.find('=');
  if (equals == std::string_view::npos || cookie.substr(0, equals) != kSessionCookie) {
    return std::nullopt;
  }
  const std::string_view value = cookie.substr(equals + 1, cookie.find(';') - equals - 1);
  const bool plain = !value.empty() && value.size() <= kMaxSessionId &&
                     value.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos;
  return plain ? std::optional(std::string(value)) : std::nullopt;
}

// A proxy on the way may set cookies of its own; only the session's is looked for.
Result<std::string> session_of(const net::Headers& headers) {
  for (const net::HeaderField& field : headers.list()) {
    if (net::equal_ignoring_case(field.name, "Set-Cookie")) {
      std::optional<std::string> session = session_in(field.value);
      if (session.has_value()) {
        return std::move(*session);
      }
    }
  }
  return Error(Code::kMalformed, "kbs.session", "the broker set no usable session cookie");
}

Error refused(const net::Response& response) {
  std::string detail = error_detail(response.body);
  if (detail.empty()) {
    detail = "HTTP status " + std::to_string(response.status);
  }
  if (response.status == 404) {
    return Error(Code::kNotFound, "kbs.not_found", detail);
  }
  if (response.status >= 500) {
    return Error(Code::kUnavailable, "kbs.unavailable", detail);
  }
  return Error(Code::kUnauthorised, "kbs.refused", detail);
}

Result<std::string> required_header(const net::Response& response, std::string_view name) {
  const std::optional<std::string_view> value = response.headers.find(name);
  if (!value.has_value()) {
    return Error(Code::kUnauthorised, "kbs.broker_identity",
                 "the answer carries no broker signature: not a broker we may trust");
  }
  return std::string(*value);
}

// What the answer says it is; nothing of it counts before verify_grant.
struct SignedGrant {
  Grant grant;
  Bytes broker_spki;
  Bytes signature;
};

Result<SignedGrant> parse_grant(net::Response response) {
  SignedGrant out;
  CLAUSTRUM_TRY_ASSIGN(const std::string key, required_header(response, kBrokerKeyHeader));
  CLAUSTRUM_TRY_ASSIGN(const std::string signature,
                       required_header(response, kBrokerSignatureHeader));
  CLAUSTRUM_TRY_ASSIGN(const std::string policy, required_header(response, kReleasePolicyHeader));
  CLAUSTRUM_TRY_ASSIGN(out.grant.version, required_header(response, kResourceVersionHeader));
  CLAUSTRUM_TRY_ASSIGN(out.grant.policy_digest, codec::hex_decode(policy));
  CLAUSTRUM_TRY_ASSIGN(out.broker_spki, codec::base64_decode(key));
  CLAUSTRUM_TRY_ASSIGN(out.signature, codec::base64url_decode(signature));
  out.grant.body = std::move(response.body);
  return out;
}

}  // namespace

Client::Client(net::Endpoint broker, Bytes broker_identity, std::string init_data)
    : broker_(std::move(broker)),
      broker_identity_(std::move(broker_identity)),
      init_data_(std::move(init_data)),
      key_(crypto::PrivateKey::generate(crypto::KeyKind::kP256)) {}

Result<net::Response> Client::call(net::Request request) {
  if (!cookie_.empty()) {
    request.headers.add("Cookie", std::string(kSessionCookie) + "=" + cookie_);
  }
  net::ClientOptions options;
  options.max_body_bytes = kMaxAnswer;
  return net::send(broker_, request, options);
}

Status Client::attest(attest::Attester& attester) {
  if (attester.platform() != "amd-sev-snp") {
    return Error(Code::kUnsupported, "kbs.tee", "no KBS evidence form for this platform yet");
  }
  AuthRequest auth;
  auth.version = kProtocolVersion;
  auth.tee = "snp";
  cookie_.clear();
  nonce_.clear();
  CLAUSTRUM_TRY_ASSIGN(const net::Response challenge_response, call(post("/auth", to_json(auth))));
  if (challenge_response.status != 200) {
    return refused(challenge_response);
  }
  CLAUSTRUM_TRY_ASSIGN(const Challenge challenge, parse_challenge(challenge_response.body));
  CLAUSTRUM_TRY_ASSIGN(cookie_, session_of(challenge_response.headers));

  Attestation attestation;
  attestation.nonce = challenge.nonce;
  attestation.tee_pubkey = crypto::jwk_from_public_key(key_.public_key(), "ECDH-ES+A256KW");
  attestation.init_data = InitDataMessage{"toml", init_data_};
  CLAUSTRUM_TRY_ASSIGN(
      const attest::RawEvidence evidence,
      attester.collect(report_data(attestation.nonce, attestation.tee_pubkey, "")));
  attestation.primary_evidence = make_snp_evidence(evidence);
  CLAUSTRUM_TRY_ASSIGN(const net::Response response, call(post("/attest", to_json(attestation))));
  if (response.status != 200) {
    return refused(response);
  }
  nonce_ = challenge.nonce;
  return ok_status();
}

Result<Secret> Client::fetch(const ResourcePath& resource) {
  if (nonce_.empty()) {
    return Error(Code::kUnauthorised, "kbs.not_attested", "attest first");
  }
  net::Request request;
  request.target = std::string(kPrefix) + "/resource/" + resource.text;
  CLAUSTRUM_TRY_ASSIGN(net::Response response, call(std::move(request)));
  if (response.status != 200) {
    return refused(response);
  }
  CLAUSTRUM_TRY_ASSIGN(SignedGrant answer, parse_grant(std::move(response)));
  answer.grant.nonce = nonce_;
  answer.grant.resource = resource.text;
  CLAUSTRUM_TRY(verify_grant(answer.grant, answer.broker_spki, answer.signature, broker_identity_));
  CLAUSTRUM_TRY_ASSIGN(const Json jwe, codec::parse_json(answer.grant.body, answer_limits()));
  CLAUSTRUM_TRY_ASSIGN(SecretBytes value, crypto::jwe_decrypt(jwe, key_));
  return Secret{std::move(value), std::move(answer.grant.version),
                std::move(answer.grant.policy_digest)};
}

}  // namespace claustrum::kbs
