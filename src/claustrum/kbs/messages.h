// SPDX-License-Identifier: Apache-2.0
// Messages of the Confidential Containers KBS protocol ("RCAR", version 0.4.0), exactly as real
// clients write them: mixed kebab and snake case, an opaque nonce string, `additional_evidence` as
// JSON text inside a string. Parsing is strict on what we judge and lenient on nothing.
#pragma once

#include <optional>

#include "claustrum/codec/json.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::kbs {

inline constexpr std::string_view kProtocolVersion = "0.4.0";
inline constexpr std::string_view kSessionCookie = "kbs-session-id";
// Longest bodies: of /auth and all other messages, and of /attest, which carries the evidence.
inline constexpr std::size_t kMaxSmallBody = 16 * 1024;
inline constexpr std::size_t kMaxAttestationBody = 1024 * 1024;

// POST /kbs/v0/auth
struct AuthRequest {
  std::string version;
  std::string tee;  // "snp"
};
// Another protocol version: unsupported "kbs.version", with the text that clients test for. A
// client without SHA-384: unsupported "kbs.hash_algorithm".
Result<AuthRequest> parse_auth_request(BytesView body);
std::string to_json(const AuthRequest& request);

// Its answer. `nonce` is base64 of 32 bytes, for everybody but its maker an opaque string.
struct Challenge {
  std::string nonce;
};
Result<Challenge> parse_challenge(BytesView body);
std::string to_json(const Challenge& challenge);

// POST /kbs/v0/attest
struct InitDataMessage {
  std::string format;  // "toml"
  std::string body;
};
struct Attestation {
  std::optional<InitDataMessage> init_data;
  std::string nonce;
  codec::Json tee_pubkey;           // JWK, members as received
  codec::Json primary_evidence;     // TEE specific
  std::string additional_evidence;  // JSON text, or empty
};
Result<Attestation> parse_attestation(BytesView body);
std::string to_json(const Attestation& attestation);

// The digest the TEE puts into its report: SHA-384 over JCS of {additional-evidence, nonce,
// tee-pubkey}, right-padded with zeros to 64 bytes. `tee_pubkey` must carry only the members that
// existing verifiers know, or their digest would differ from ours (checked by tee_key_from_jwk).
ByteArray<64> report_data(std::string_view nonce, const codec::Json& tee_pubkey,
                          std::string_view additional_evidence);

// The workload's key for wrapping secrets: EC P-256 or P-521 with alg ECDH-ES+A256KW and exactly
// the members kty, crv, alg, x, y. RSA1_5 and everything else: unsupported "kbs.tee_key".
Result<crypto::PublicKey> tee_key_from_jwk(const codec::Json& jwk);

// "repository/type/tag": three segments of [A-Za-z0-9._-], 1..64 characters, none "." or "..".
struct ResourcePath {
  std::string text;
};
Result<ResourcePath> parse_resource_path(std::string_view text);

// {"type": ".../errors/<variant>", "detail": text}
std::string error_body(std::string_view variant, std::string_view detail);
// The detail of such a body, or empty. Whoever answers is not authenticated: at most 300 characters
// of printable ASCII are kept, so that nothing in it can act on a terminal or fill a log.
std::string error_detail(BytesView body);

}  // namespace claustrum::kbs
