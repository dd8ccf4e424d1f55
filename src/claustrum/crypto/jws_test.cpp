// SPDX-License-Identifier: Apache-2.0
// JWS: Wycheproof, latchset and RFC 7520 tokens, and one test for each forgery refused.
#include <gtest/gtest.h>

#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/jws_foreign.h"
#include "claustrum/crypto/test_wycheproof.h"

namespace claustrum::crypto {
namespace {

using codec::Json;

const Bytes kPayload = to_bytes("payload");

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason);
}

const PrivateKey& test_key() {
  static const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  return key;
}
PublicKey public_key() {
  return test_key().public_key();
}

// Any header text, correctly signed.
std::string token_with_header(std::string_view header) {
  const std::string input =
      codec::base64url_encode(as_bytes(header)) + "." + codec::base64url_encode(kPayload);
  return input + "." +
         codec::base64url_encode(sign(test_key(), SigAlg::kEcdsaP256Sha256, as_bytes(input)));
}

TEST(Jws, RoundTripsInBothForms) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP384}) {
    const PrivateKey key = PrivateKey::generate(kind);
    const Json header = Json::object({{"typ", "t"}, {"alg", "none"}, {"kid", "k"}});
    const std::string token = jws_sign_compact(key, header, kPayload);
    const JwsVerified verified = jws_verify_compact(token, key.public_key()).value();
    EXPECT_EQ(verified.payload, kPayload);
    EXPECT_EQ(codec::to_json(verified.header), kind == KeyKind::kP256
                                                   ? R"({"alg":"ES256","typ":"t","kid":"k"})"
                                                   : R"({"alg":"ES384","typ":"t","kid":"k"})");
    const Json flattened = jws_sign_flattened(key, header, kPayload);
    EXPECT_EQ(jws_verify_flattened(flattened, key.public_key()).value().payload, kPayload);
    EXPECT_EQ(jws_parse_compact_unverified(token).value().payload, kPayload);
  }
}

TEST(Jws, RefusesOtherKindsOfKeys) {
  const std::string token = jws_sign_compact(test_key(), {}, kPayload);
  for (const KeyKind kind : {KeyKind::kP521, KeyKind::kEd25519, KeyKind::kX25519, KeyKind::kRsa}) {
    expect_fault(jws_verify_compact(token, PrivateKey::generate(kind).public_key()),
                 Code::kUnsupported, "jws.key_kind");
  }
}

TEST(Jws, RefusesAnAlgorithmThatIsNotTheKeys) {
  for (const char* alg : {"none", "HS256", "ES384", "es256", "RS256", ""}) {
    const std::string header = std::string(R"({"alg":")") + alg + R"("})";
    expect_fault(jws_verify_compact(token_with_header(header), public_key()), Code::kMismatch,
                 "jws.alg");
  }
  ASSERT_TRUE(jws_verify_compact(token_with_header(R"({"alg":"ES256"})"), public_key()).ok());
}

TEST(Jws, RefusesHeadersThatBringAKey) {
  for (const char* name : {"jwk", "jku", "x5u", "x5c"}) {
    const std::string token =
        token_with_header(std::string(R"({"alg":"ES256",")") + name + R"(":"https://x"})");
    expect_fault(jws_verify_compact(token, public_key()), Code::kUnsupported, "jws.header_key");
    expect_fault(jws_parse_compact_unverified(token), Code::kUnsupported, "jws.header_key");
  }
}

// A key in the header of another service's token is neither used nor in the way; a link is refused.
TEST(Jws, OverlooksAHeaderKeyWhereAskedAndNeverUsesIt) {
  const PrivateKey stranger = PrivateKey::generate(KeyKind::kP256);
  Json own = Json::object();
  own.set("jwk", jwk_from_public_key(stranger.public_key()));
  own.set("x5c", Json::Array{"MIIB"});
  const std::string good = jws_sign_compact(test_key(), own, kPayload);
  EXPECT_EQ(jws_verify_compact_despite_header_key(good, public_key()).value().payload, kPayload);
  expect_fault(jws_verify_compact(good, public_key()), Code::kUnsupported, "jws.header_key");
  const std::string forged = jws_sign_compact(stranger, own, kPayload);
  expect_fault(jws_verify_compact_despite_header_key(forged, public_key()), Code::kBadSignature,
               "jws.signature");
  for (const char* name : {"jku", "x5u"}) {
    Json link = Json::object();
    link.set(name, "https://example.org/key");
    expect_fault(jws_verify_compact_despite_header_key(jws_sign_compact(test_key(), link, kPayload),
                                                       public_key()),
                 Code::kUnsupported, "jws.header_key");
  }
}

TEST(Jws, RefusesCriticalExtensions) {
  for (const char* extension : {R"("crit":["exp"],"exp":1)", R"("crit":[])", R"("b64":false)"}) {
    const std::string token =
        token_with_header(std::string(R"({"alg":"ES256",)") + extension + "}");
    expect_fault(jws_verify_compact(token, public_key()), Code::kUnsupported, "jws.crit");
  }
}

TEST(Jws, RefusesHeadersThatAreNoStrictJson) {
  for (const char* header :
       {"", "[]", "null", "{}", R"({"alg":1})", R"({"alg":"ES256","alg":"ES256"})",
        R"({"alg":"ES256"} )"
        "x",
        "{\"alg\":\"ES256\",\"x\":\"\xff\"}"}) {
    EXPECT_FALSE(jws_verify_compact(token_with_header(header), public_key()).ok()) << header;
  }
}

TEST(Jws, RefusesAnotherSignature) {
  const std::string token = jws_sign_compact(test_key(), {}, kPayload);
  expect_fault(jws_verify_compact(token, PrivateKey::generate(KeyKind::kP256).public_key()),
               Code::kBadSignature, "jws.signature");
  Json flattened = jws_sign_flattened(test_key(), {}, kPayload);
  flattened.set("payload", codec::base64url_encode(to_bytes("another")));
  expect_fault(jws_verify_flattened(flattened, public_key()), Code::kBadSignature, "jws.signature");
}

TEST(Jws, RefusesEveryPrefixAndEveryChangedCharacter) {
  const std::string token = jws_sign_compact(test_key(), {}, kPayload);
  for (std::size_t at = 0; at < token.size(); ++at) {
    EXPECT_FALSE(jws_verify_compact(token.substr(0, at), public_key()).ok());
    for (const char other : {'A', 'B', '.', '=', '/', ' ', '\n'}) {
      std::string changed = token;
      changed[at] = changed[at] == other ? 'C' : other;
      EXPECT_FALSE(jws_verify_compact(changed, public_key()).ok()) << at << other;
    }
  }
  EXPECT_FALSE(jws_verify_compact(token + "=", public_key()).ok());
  EXPECT_FALSE(jws_verify_compact(token + ".", public_key()).ok());
}

TEST(Jws, RefusesMembersBesideTheThree) {
  const Json good = jws_sign_flattened(test_key(), {}, kPayload);
  Json with_header = good;
  with_header.set("header", Json::object({{"kid", "k"}}));
  expect_fault(jws_verify_flattened(with_header, public_key()), Code::kMalformed, "jws.shape");
  expect_fault(jws_verify_flattened(Json::array(), public_key()), Code::kMalformed, "jws.shape");
  for (const char* name : {"payload", "protected", "signature"}) {
    Json wrong = good;
    EXPECT_FALSE(jws_verify_flattened(wrong.set(name, 1), public_key()).ok());
  }
}

TEST(Jws, BoundsTheSizeOfTokens) {
  expect_fault(jws_verify_compact(std::string(kMaxJoseLen + 1, 'A'), public_key()),
               Code::kExhausted, "jws.size");
}

// The verdict of our verifier for a Wycheproof case: the key first, then the token.
bool accepts(const WycheproofCase& item) {
  const Json* keys = item.group.find("public");
  if (keys == nullptr) {
    return false;  // a symmetric key: nothing here takes one
  }
  const Json* set = keys->find("keys");
  if (set != nullptr && set->items().size() != 1) {
    return false;
  }
  const Result<PublicKey> key =
      public_key_from_jwk(set != nullptr ? set->items()[0] : *keys, JwkUse::kSignature);
  const Json* jws = item.test.find("jws");
  return key.ok() && jws->is_string() && jws_verify_compact(jws->string(), *key).ok();
}

// Good tokens that we do not speak (RSA, HMAC, P-521, JSON serialisation of many signers) are
// refused; of those for P-256 and P-384, every good one is accepted and every bad one refused.
void check_wycheproof(const WycheproofCase& item, int& spoken) {
  const Json* keys = item.group.find("public");
  const Json* set = keys == nullptr ? nullptr : keys->find("keys");
  const Json* jwk = set != nullptr && !set->items().empty() ? &set->items()[0] : keys;
  const Json* curve = jwk == nullptr ? nullptr : jwk->find("crv");
  const bool ours = curve != nullptr && (curve->string() == "P-256" || curve->string() == "P-384");
  const bool accepted = accepts(item);
  if (ours) {
    item.expect_verdict(accepted);
    ++spoken;
  } else {
    EXPECT_FALSE(accepted);
  }
}

TEST(JwsVectors, Wycheproof) {
  int spoken = 0;
  const auto check = [&](const WycheproofCase& item) {
    if (item.test.find("jws") != nullptr) {
      check_wycheproof(item, spoken);
    }
  };
  for (const char* file :
       {"json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"}) {
    if (!for_each_wycheproof(file, check)) {
      GTEST_SKIP() << "shared vectors are absent";
    }
  }
  EXPECT_GE(spoken, 55);
}

TEST(JwsVectors, LatchsetTokens) {
  for (const char* alg : {"ES256", "ES384"}) {
    const std::string folder = "vectors/jose/generated-latchset/";
    const std::optional<Json> jwk = shared_json(folder + alg + ".jwk");
    const std::optional<std::string> file = shared_text(folder + "jwt-" + alg + ".txt");
    if (!jwk || !file) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    // The file holds the private key too, which must not pass for a public one.
    expect_fault(public_key_from_jwk(*jwk), Code::kMalformed, "jwk.private");
    Json public_part = Json::object();
    for (const std::string_view name : {"kty", "crv", "x", "y"}) {
      public_part.set(name, *jwk->find(name));
    }
    const std::string token = file->substr(0, file->find_last_not_of("\r\n") + 1);
    const PublicKey key = public_key_from_jwk(public_part, JwkUse::kSignature).value();
    const JwsVerified verified = jws_verify_compact(token, key).value();
    EXPECT_EQ(as_text(verified.payload),
              R"({"iss":"https://verifier.example","iat":1700000000,"exp":4102444800})");
  }
}

TEST(JwsVectors, CookbookFormsWeDoNotSpeakAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"4_3.ecdsa_signature", "jws.key_kind"},
      {"4_6.protecting_specific_header_fields", "jws.shape"},
      {"4_7.protecting_content_only", "jws.shape"},
      {"4_8.multiple_signatures", "jws.shape"},
  };
  const PublicKey p521 = PrivateKey::generate(KeyKind::kP521).public_key();
  for (const auto& [name, reason] : cases) {
    const std::optional<Json> example =
        shared_json("vectors/jose/jws/" + std::string(name) + ".json");
    if (!example) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    const Json& output = *example->find("output");
    const Json* form =
        output.find("json_flat") != nullptr ? output.find("json_flat") : output.find("json");
    const Result<JwsVerified> verified = jws_verify_flattened(*form, p521);
    ASSERT_FALSE(verified.ok()) << name;
    EXPECT_EQ(verified.error().reason(), reason) << name;
  }
}

}  // namespace
}  // namespace claustrum::crypto
