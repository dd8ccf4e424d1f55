// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/client.h"

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/broker_signature.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::kbs {

namespace {

using codec::Json;

constexpr std::string_view kPrefix = "/kbs/v0";

net::Request post(std::string_view path, const std::string& body) {
  net::Request request;
  request.method = "POST";
  request.target = std::string(kPrefix) + std::string(path);
  request.headers.add("Content-Type", "application/json");
  request.body = to_bytes(body);
  return request;
}

// "kbs-session-id=<32 hex>; ..." to its value.
Result<std::string> session_of(const net::Headers& headers) {
  const std::optional<std::string_view> cookie = headers.find("Set-Cookie");
  if (cookie.has_value()) {
    const std::size_t equals = cookie->find('=');
    if (equals != std::string_view::npos && cookie->substr(0, equals) == kSessionCookie) {
      const std::string_view value = cookie->substr(equals + 1, cookie->find(';') - equals - 1);
      if (!value.empty() && value.size() <= 64 &&
          value.find_first_not_of("0123456789abcdefABCDEF-") == std::string_view::npos) {
        return std::string(value);
      }
    }
  }
  return Error(Code::kMalformed, "kbs.session", "the broker set no usable session cookie");
}

Error refused(const net::Response& response) {
  const std::string detail = error_detail(response.body);
  if (response.status == 404) {
    return Error(Code::kNotFound, "kbs.not_found", detail);
  }
  if (response.status == 503) {
    return Error(Code::kUnavailable, "kbs.unavailable", detail);
  }
  return Error(Code::kUnauthorised, "kbs.refused",
               detail.empty() ? "HTTP status " + std::to_string(response.status) : detail);
}

Result<std::string> required_header(const net::Response& response, std::string_view name) {
  const std::optional<std::string_view> value = response.headers.find(name);
  if (!value.has_value()) {
    return Error(Code::kUnauthorised, "kbs.broker_identity",
                 "the answer carries no broker signature: not a broker we may trust");
  }
  return std::string(*value);
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
  return net::send(broker_, request);
}

Status Client::attest(attest::Attester& attester) {
  if (attester.platform() != "amd-sev-snp") {
    return Error(Code::kUnsupported, "kbs.tee", "no KBS evidence form for this platform yet");
  }
  AuthRequest auth;
  auth.version = kProtocolVersion;
  auth.tee = "snp";
  cookie_.clear();
  CLAUSTRUM_TRY_ASSIGN(const net::Response challenge_response, call(post("/auth", to_json(auth))));
  if (challenge_response.status != 200) {
    return refused(challenge_response);
  }
  CLAUSTRUM_TRY_ASSIGN(const Challenge challenge, parse_challenge(challenge_response.body));
  CLAUSTRUM_TRY_ASSIGN(cookie_, session_of(challenge_response.headers));
  nonce_ = challenge.nonce;

  Attestation attestation;
  attestation.nonce = nonce_;
  attestation.tee_pubkey = crypto::jwk_from_public_key(key_.public_key(), "ECDH-ES+A256KW");
  attestation.init_data = InitDataMessage{"toml", init_data_};
  CLAUSTRUM_TRY_ASSIGN(const attest::RawEvidence evidence,
                       attester.collect(report_data(nonce_, attestation.tee_pubkey, "")));
  attestation.primary_evidence = make_snp_evidence(evidence);
  CLAUSTRUM_TRY_ASSIGN(const net::Response response, call(post("/attest", to_json(attestation))));
  if (response.status != 200) {
    return refused(response);
  }
  return ok_status();
}

Result<Secret> Client::fetch(const ResourcePath& resource) {
  net::Request request;
  request.target = std::string(kPrefix) + "/resource/" + resource.text;
  CLAUSTRUM_TRY_ASSIGN(net::Response response, call(std::move(request)));
  if (response.status != 200) {
    return refused(response);
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string key_text, required_header(response, kBrokerKeyHeader));
  CLAUSTRUM_TRY_ASSIGN(const std::string signature_text,
                       required_header(response, kBrokerSignatureHeader));
  CLAUSTRUM_TRY_ASSIGN(const std::string policy_text,
                       required_header(response, kReleasePolicyHeader));
  Grant grant;
  CLAUSTRUM_TRY_ASSIGN(grant.version, required_header(response, kResourceVersionHeader));
  CLAUSTRUM_TRY_ASSIGN(grant.policy_digest, codec::hex_decode(policy_text));
  CLAUSTRUM_TRY_ASSIGN(const Bytes broker_key, codec::base64_decode(key_text));
  CLAUSTRUM_TRY_ASSIGN(const Bytes signature, codec::base64url_decode(signature_text));
  grant.nonce = nonce_;
  grant.resource = resource.text;
  grant.body = std::move(response.body);
  CLAUSTRUM_TRY(verify_grant(grant, broker_key, signature, broker_identity_));

  CLAUSTRUM_TRY_ASSIGN(const Json jwe, codec::parse_json(grant.body));
  CLAUSTRUM_TRY_ASSIGN(SecretBytes value, crypto::jwe_decrypt(jwe, key_));
  return Secret{std::move(value), std::move(grant.version), std::move(grant.policy_digest)};
}

}  // namespace claustrum::kbs
