// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/messages.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::kbs {

namespace {

using codec::Json;

constexpr std::string_view kErrorPrefix = "https://github.com/confidential-containers/kbs/errors/";
constexpr std::size_t kMaxNonce = 128;
constexpr std::size_t kMaxDetail = 300;
constexpr std::size_t kMaxVersionShown = 32;
constexpr std::string_view kPlain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

Error malformed(std::string text) {
  return Error(Code::kMalformed, "kbs.message", std::move(text));
}

Result<Json> parse_object(BytesView body, std::size_t max_bytes) {
  codec::JsonLimits limits;
  limits.max_bytes = max_bytes;
  CLAUSTRUM_TRY_ASSIGN(Json value, codec::parse_json(body, limits));
  if (!value.is_object()) {
    return malformed("not a JSON object");
  }
  return value;
}

Result<std::optional<InitDataMessage>> parse_init_data(const Json& message) {
  const Json* init_data = message.find("init-data");
  if (init_data == nullptr || init_data->is_null()) {
    return std::optional<InitDataMessage>();
  }
  InitDataMessage out;
  CLAUSTRUM_TRY_ASSIGN(out.format, init_data->string_at("format"));
  CLAUSTRUM_TRY_ASSIGN(out.body, init_data->string_at("body"));
  if (out.format != "toml") {
    return Error(Code::kUnsupported, "kbs.init_data_format", "init-data must be toml");
  }
  return std::optional<InitDataMessage>(std::move(out));
}

bool segment_ok(std::string_view segment) {
  if (segment.empty() || segment.size() > 64 || segment == "." || segment == "..") {
    return false;
  }
  return segment.find_first_not_of(kPlain) == std::string_view::npos;
}

// Clients look for this sentence to explain themselves to their users.
Error version_mismatch(const std::string& version) {
  const bool plain = version.size() <= kMaxVersionShown &&
                     version.find_first_not_of(std::string(kPlain) + "+") == std::string::npos;
  return Error(Code::kUnsupported, "kbs.version",
               "KBS Client Protocol Version Mismatch: expect =" + std::string(kProtocolVersion) +
                   " while the request is " + (plain ? version : std::string("of no version")));
}

// Absent means SHA-384, as clients read it.
Status check_hash_algorithms(const Json* algorithms) {
  if (algorithms == nullptr) {
    return ok_status();
  }
  if (!algorithms->is_array()) {
    return malformed("supported-hash-algorithms is not an array");
  }
  for (const Json& name : algorithms->items()) {
    if (name.is_string() && name.string() == "sha384") {
      return ok_status();
    }
  }
  return Error(Code::kUnsupported, "kbs.hash_algorithm", "only sha384 is spoken here");
}

}  // namespace

Result<AuthRequest> parse_auth_request(BytesView body) {
  CLAUSTRUM_TRY_ASSIGN(const Json message, parse_object(body, kMaxSmallBody));
  AuthRequest out;
  CLAUSTRUM_TRY_ASSIGN(out.version, message.string_at("version"));
  CLAUSTRUM_TRY_ASSIGN(out.tee, message.string_at("tee"));
  if (out.version != kProtocolVersion) {
    return version_mismatch(out.version);
  }
  const Json* extra = message.find("extra-params");
  CLAUSTRUM_TRY(
      check_hash_algorithms(extra == nullptr ? nullptr : extra->find("supported-hash-algorithms")));
  return out;
}

std::string to_json(const AuthRequest& request) {
  Json extra = Json::object();
  extra.set("supported-hash-algorithms", Json(Json::Array{Json("sha384")}));
  Json message = Json::object();
  message.set("version", request.version).set("tee", request.tee).set("extra-params", extra);
  return codec::to_json(message);
}

Result<Challenge> parse_challenge(BytesView body) {
  CLAUSTRUM_TRY_ASSIGN(const Json message, parse_object(body, kMaxSmallBody));
  Challenge out;
  CLAUSTRUM_TRY_ASSIGN(out.nonce, message.string_at("nonce"));
  if (out.nonce.empty() || out.nonce.size() > kMaxNonce) {
    return malformed("nonce length");
  }
  // extra-params is the empty string for every TEE but IBM SE, or names the hash.
  const Json* extra = message.find("extra-params");
  const Json* selected = extra == nullptr ? nullptr : extra->find("selected-hash-algorithm");
  if (selected != nullptr && !(selected->is_string() && selected->string() == "sha384")) {
    return Error(Code::kUnsupported, "kbs.hash_algorithm", "the server selected another hash");
  }
  return out;
}

std::string to_json(const Challenge& challenge) {
  Json message = Json::object();
  message.set("nonce", challenge.nonce).set("extra-params", "");
  return codec::to_json(message);
}

Result<Attestation> parse_attestation(BytesView body) {
  CLAUSTRUM_TRY_ASSIGN(const Json message, parse_object(body, kMaxAttestationBody));
  Attestation out;
  CLAUSTRUM_TRY_ASSIGN(out.init_data, parse_init_data(message));
  CLAUSTRUM_TRY_ASSIGN(const Json runtime, message.object_at("runtime-data"));
  CLAUSTRUM_TRY_ASSIGN(out.nonce, runtime.string_at("nonce"));
  CLAUSTRUM_TRY_ASSIGN(out.tee_pubkey, runtime.object_at("tee-pubkey"));
  CLAUSTRUM_TRY_ASSIGN(const Json evidence, message.object_at("tee-evidence"));
  CLAUSTRUM_TRY_ASSIGN(out.primary_evidence, evidence.object_at("primary_evidence"));
  CLAUSTRUM_TRY_ASSIGN(out.additional_evidence, evidence.string_at("additional_evidence"));
  return out;
}

std::string to_json(const Attestation& attestation) {
  Json init_data;
  if (attestation.init_data.has_value()) {
    init_data.set("format", attestation.init_data->format).set("body", attestation.init_data->body);
  }
  Json runtime = Json::object();
  runtime.set("nonce", attestation.nonce).set("tee-pubkey", attestation.tee_pubkey);
  Json evidence = Json::object();
  evidence.set("primary_evidence", attestation.primary_evidence)
      .set("additional_evidence", attestation.additional_evidence);
  Json message = Json::object();
  message.set("init-data", init_data).set("runtime-data", runtime).set("tee-evidence", evidence);
  return codec::to_json(message);
}

ByteArray<64> report_data(std::string_view nonce, const Json& tee_pubkey,
                          std::string_view additional_evidence) {
  Json runtime = Json::object();
  runtime.set("additional-evidence", additional_evidence)
      .set("nonce", nonce)
      .set("tee-pubkey", tee_pubkey);
  const crypto::Sha384Digest digest = crypto::sha384(as_bytes(codec::to_jcs(runtime)));
  ByteArray<64> out{};
  std::ranges::copy(digest, out.begin());
  return out;
}

Result<crypto::PublicKey> tee_key_from_jwk(const Json& jwk) {
  const Status members = jwk.only_members({"kty", "crv", "alg", "x", "y"});
  const Json* algorithm = jwk.find("alg");
  if (!members.ok() || algorithm == nullptr || !algorithm->is_string() ||
      !CLAUSTRUM_GUARD("kbs.tee_key_alg", algorithm->string() == "ECDH-ES+A256KW")) {
    return Error(Code::kUnsupported, "kbs.tee_key",
                 "the workload's key must be EC P-256 or P-521 for ECDH-ES+A256KW");
  }
  CLAUSTRUM_TRY_ASSIGN(crypto::PublicKey key, crypto::public_key_from_jwk(jwk));
  if (key.kind() != crypto::KeyKind::kP256 && key.kind() != crypto::KeyKind::kP521) {
    return Error(Code::kUnsupported, "kbs.tee_key", "not P-256 or P-521");
  }
  return key;
}

Result<ResourcePath> parse_resource_path(std::string_view text) {
  std::string_view rest = text;
  for (int segment = 0; segment < 3; ++segment) {
    const std::size_t slash = rest.find('/');
    const bool last = segment == 2;
    if (last != (slash == std::string_view::npos) || !segment_ok(rest.substr(0, slash))) {
      return Error(Code::kMalformed, "kbs.resource_path", "want repository/type/tag");
    }
    rest = last ? std::string_view() : rest.substr(slash + 1);
  }
  return ResourcePath{std::string(text)};
}

std::string error_body(std::string_view variant, std::string_view detail) {
  Json body = Json::object();
  body.set("type", std::string(kErrorPrefix) + std::string(variant)).set("detail", detail);
  return codec::to_json(body);
}

std::string error_detail(BytesView body) {
  const Result<Json> message = parse_object(body, kMaxSmallBody);
  if (!message.ok()) {
    return {};
  }
  Result<std::string> detail = message->string_at("detail");
  if (!detail.ok()) {
    return {};
  }
  std::string out = std::move(detail).value().substr(0, kMaxDetail);
  std::ranges::replace_if(
      out, [](char c) { return c < 0x20 || c > 0x7E; }, '?');
  return out;
}

}  // namespace claustrum::kbs
