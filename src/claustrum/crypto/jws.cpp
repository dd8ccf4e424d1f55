// SPDX-License-Identifier: Apache-2.0
// JSON Web Signatures (RFC 7515). Guards against the classic forgeries: "none" and HMAC under a
// public key (the algorithm is the key's), a key carried by the token itself, and headers that
// change what is signed (crit, b64).
#include "claustrum/base/guard.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/jws_foreign.h"

namespace claustrum::crypto {

namespace {

using codec::Json;

constexpr std::size_t kMaxHeaderLen = 64 << 10;

struct Encoded {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
};

struct Algorithm {
  std::string_view name;
  SigAlg alg;
};

Error malformed(std::string_view what) {
  return Error(Code::kMalformed, "jws.shape", std::string(what));
}

Result<Algorithm> algorithm_of(KeyKind kind) {
  if (kind == KeyKind::kP256) {
    return Algorithm{"ES256", SigAlg::kEcdsaP256Sha256};
  }
  if (kind == KeyKind::kP384) {
    return Algorithm{"ES384", SigAlg::kEcdsaP384Sha384};
  }
  return Error(Code::kUnsupported, "jws.key_kind", "only P-256 and P-384 keys sign tokens");
}

Result<Encoded> split(std::string_view token) {
  if (token.size() > kMaxJoseLen) {
    return Error(Code::kExhausted, "jws.size", "token too long");
  }
  const std::size_t first = token.find('.');
  const std::size_t second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return malformed("not three parts");
  }
  return Encoded{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1)};
}

enum class HeaderKey { kRefused, kOverlooked };

Status check_header(const Json& header, HeaderKey header_key) {
  // [RFC 7515 4.1.11, RFC 7797] We know no extension. "b64" alone changes the signed bytes.
  const bool extended = header.find("crit") != nullptr || header.find("b64") != nullptr;
  if (!CLAUSTRUM_GUARD("crypto.jws.crit", !extended)) {
    return Error(Code::kUnsupported, "jws.crit", "a header extension we do not know");
  }
  // A key that travels with the token proves nothing; refused so that nobody is tempted. A link to
  // one asks to be followed, and is refused always.
  for (const std::string_view name : {"jwk", "jku", "x5u", "x5c"}) {
    const bool link = name == "jku" || name == "x5u";
    const bool overlooked = header_key == HeaderKey::kOverlooked && !link;
    if (!CLAUSTRUM_GUARD("crypto.jws.header_key", overlooked || header.find(name) == nullptr)) {
      return Error(Code::kUnsupported, "jws.header_key", "the header brings its own key");
    }
  }
  return ok_status();
}

Result<JwsVerified> decode(const Encoded& parts, HeaderKey header_key = HeaderKey::kRefused) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes header_text, codec::base64url_decode(parts.header));
  codec::JsonLimits limits;
  limits.max_bytes = kMaxHeaderLen;
  JwsVerified out;
  CLAUSTRUM_TRY_ASSIGN(out.header, codec::parse_json(header_text, limits));
  CLAUSTRUM_TRY_ASSIGN(const std::string alg, out.header.string_at("alg"));
  CLAUSTRUM_TRY(check_header(out.header, header_key));
  CLAUSTRUM_TRY_ASSIGN(out.payload, codec::base64url_decode(parts.payload));
  return out;
}

std::string signing_input(std::string_view header, std::string_view payload) {
  std::string input(header);
  input += '.';
  input += payload;
  return input;
}

Result<JwsVerified> verify_parts(const Encoded& parts, const PublicKey& key,
                                 HeaderKey header_key = HeaderKey::kRefused) {
  CLAUSTRUM_TRY_ASSIGN(JwsVerified out, decode(parts, header_key));
  CLAUSTRUM_TRY_ASSIGN(const Algorithm algorithm, algorithm_of(key.kind()));
  // [RFC 8725 3.1] The key decides; the header may only agree.
  if (!CLAUSTRUM_GUARD("crypto.jws.alg", out.header.find("alg")->string() == algorithm.name)) {
    return Error(Code::kMismatch, "jws.alg", "the header's algorithm is not the key's");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes signature, codec::base64url_decode(parts.signature));
  const std::string input = signing_input(parts.header, parts.payload);
  const Status verified = verify(key, algorithm.alg, as_bytes(input), signature);
  if (!CLAUSTRUM_GUARD("crypto.jws.signature", verified.ok())) {
    return Error(Code::kBadSignature, "jws.signature", "the signature does not verify");
  }
  return out;
}

struct Signed {
  std::string header;
  std::string payload;
  std::string signature;
};

Signed sign_parts(const PrivateKey& key, const Json& header, BytesView payload) {
  const Algorithm algorithm = algorithm_of(key.kind()).value();
  Json with_alg = Json::object();
  with_alg.set("alg", algorithm.name);
  if (header.is_object()) {
    for (const Json::Member& member : header.members()) {
      if (member.first != "alg") {
        with_alg.set(member.first, member.second);
      }
    }
  }
  Signed out;
  out.header = codec::base64url_encode(as_bytes(codec::to_json(with_alg)));
  out.payload = codec::base64url_encode(payload);
  const std::string input = signing_input(out.header, out.payload);
  out.signature = codec::base64url_encode(sign(key, algorithm.alg, as_bytes(input)));
  return out;
}

}  // namespace

std::string jws_sign_compact(const PrivateKey& key, Json header, BytesView payload) {
  const Signed parts = sign_parts(key, header, payload);
  return signing_input(parts.header, parts.payload) + '.' + parts.signature;
}

Result<JwsVerified> jws_verify_compact(std::string_view token, const PublicKey& key) {
  CLAUSTRUM_TRY_ASSIGN(const Encoded parts, split(token));
  return verify_parts(parts, key);
}

Result<JwsVerified> jws_verify_compact_despite_header_key(std::string_view token,
                                                          const PublicKey& key) {
  CLAUSTRUM_TRY_ASSIGN(const Encoded parts, split(token));
  return verify_parts(parts, key, HeaderKey::kOverlooked);
}

Json jws_sign_flattened(const PrivateKey& key, Json header, BytesView payload) {
  const Signed parts = sign_parts(key, header, payload);
  return Json::object(
      {{"payload", parts.payload}, {"protected", parts.header}, {"signature", parts.signature}});
}

Result<JwsVerified> jws_verify_flattened(const Json& jws, const PublicKey& key) {
  // An unprotected header would be signed by nobody.
  if (!jws.only_members({"payload", "protected", "signature"}).ok()) {
    return malformed("members other than payload, protected and signature");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string header, jws.string_at("protected"));
  CLAUSTRUM_TRY_ASSIGN(const std::string payload, jws.string_at("payload"));
  CLAUSTRUM_TRY_ASSIGN(const std::string signature, jws.string_at("signature"));
  return verify_parts({header, payload, signature}, key);
}

Result<JwsVerified> jws_parse_compact_unverified(std::string_view token) {
  CLAUSTRUM_TRY_ASSIGN(const Encoded parts, split(token));
  CLAUSTRUM_TRY_ASSIGN(const Bytes signature, codec::base64url_decode(parts.signature));
  return decode(parts);
}

}  // namespace claustrum::crypto
