// SPDX-License-Identifier: Apache-2.0
// JWE: what Confidential Containers wrote and read, Wycheproof, and one test for each refusal.
#include <gtest/gtest.h>

#include "claustrum/crypto/aead.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/kdf.h"
#include "claustrum/crypto/test_wycheproof.h"

namespace claustrum::crypto {
namespace {

using codec::Json;

const Bytes kText = to_bytes("a secret");
const Bytes kCek(32, 7);
const Bytes kIv(12, 3);

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason);
}

const PrivateKey& recipient() {
  static const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  return key;
}

// A message with any protected header that still opens by its key: only the header is at fault.
struct Draft {
  PrivateKey ephemeral = PrivateKey::generate(KeyKind::kP256);
  Json epk = jwk_from_public_key(ephemeral.public_key());
  Json header = Json::object({{"alg", "ECDH-ES+A256KW"}, {"enc", "A256GCM"}, {"epk", epk}});

  Json seal() const {
    const std::string text = codec::base64url_encode(as_bytes(codec::to_json(header)));
    const SecretBytes z = diffie_hellman(ephemeral, recipient().public_key()).value();
    const SecretBytes kek = concat_kdf_sha256(z.reveal(), "ECDH-ES+A256KW", 256);
    const Bytes sealed = Aead(AeadAlg::kAes256Gcm, kCek).seal(kIv, as_bytes(text), kText);
    const BytesView view(sealed);
    return Json::object(
        {{"protected", text},
         {"encrypted_key", codec::base64url_encode(aes_key_wrap(kek.reveal(), kCek))},
         {"iv", codec::base64url_encode(kIv)},
         {"ciphertext", codec::base64url_encode(view.first(kText.size()))},
         {"tag", codec::base64url_encode(view.last(16))}});
  }
};

bool opens(const Json& jwe) {
  const Result<SecretBytes> opened = jwe_decrypt(jwe, recipient());
  return opened.ok() && equal(opened->reveal(), kText);
}

TEST(Jwe, RoundTrips) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP521}) {
    const PrivateKey key = PrivateKey::generate(kind);
    for (const std::size_t size : {0U, 1U, 16U, 5000U}) {
      const Bytes text(size, 9);
      const Json jwe = jwe_encrypt(key.public_key(), text).value();
      EXPECT_TRUE(equal(jwe_decrypt(jwe, key).value().reveal(), text));
    }
  }
  ASSERT_TRUE(opens(Draft().seal()));
}

TEST(Jwe, WritesTheHeaderInTheOrderGuestsRebuild) {
  const Json jwe = jwe_encrypt(recipient().public_key(), kText).value();
  const std::string header(as_text(base64url_of(jwe, "protected")));
  EXPECT_TRUE(header.starts_with(
      R"({"alg":"ECDH-ES+A256KW","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":")"));
  EXPECT_EQ(header.find(' '), std::string::npos);
}

TEST(Jwe, RefusesOtherKindsOfKeys) {
  for (const KeyKind kind : {KeyKind::kP384, KeyKind::kX25519, KeyKind::kEd25519, KeyKind::kRsa}) {
    const PrivateKey key = PrivateKey::generate(kind);
    expect_fault(jwe_encrypt(key.public_key(), kText), Code::kUnsupported, "jwe.key_kind");
    expect_fault(jwe_decrypt(Draft().seal(), key), Code::kUnsupported, "jwe.key_kind");
  }
}

TEST(Jwe, RefusesMembersBesideTheFive) {
  for (const char* name : {"header", "unprotected", "aad", "recipients", "x"}) {
    expect_fault(jwe_decrypt(Draft().seal().set(name, Json::object()), recipient()),
                 Code::kMalformed, "jwe.member");
  }
  expect_fault(jwe_decrypt(Json::array(), recipient()), Code::kMalformed, "jwe.member");
  for (const char* name : {"protected", "encrypted_key", "iv", "ciphertext", "tag"}) {
    EXPECT_FALSE(jwe_decrypt(Draft().seal().set(name, nullptr), recipient()).ok());
  }
}

TEST(Jwe, RefusesHeaderMembersBesideTheThree) {
  for (const char* name : {"zip", "crit", "b64", "apu", "apv", "kid", "jwk", "cty"}) {
    Draft draft;
    draft.header.set(name, "DEF");
    expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kMalformed, "jwe.member");
  }
  Draft draft;
  draft.header.set("epk", draft.epk.set("kid", "k"));
  expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kMalformed, "jwe.member");
}

TEST(Jwe, RefusesOtherAlgorithms) {
  for (const char* alg : {"ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256", "dir", "none"}) {
    Draft draft;
    draft.header.set("alg", alg);
    expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kUnsupported, "jwe.alg");
  }
  for (const char* enc : {"A128GCM", "A256CBC-HS512", ""}) {
    Draft draft;
    draft.header.set("enc", enc);
    expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kUnsupported, "jwe.enc");
  }
}

TEST(Jwe, RefusesAnEphemeralKeyOfAnotherCurve) {
  for (const KeyKind kind : {KeyKind::kP384, KeyKind::kP521, KeyKind::kX25519}) {
    Draft draft;
    Json epk = jwk_from_public_key(PrivateKey::generate(kind).public_key());
    draft.header.set("epk", std::move(epk));
    expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kMismatch, "jwe.curve");
  }
}

TEST(Jwe, RefusesAnEphemeralPointOffTheCurve) {
  Draft draft;
  Bytes y = base64url_of(draft.epk, "y");
  y.back() ^= 1;
  draft.header.set("epk", draft.epk.set("y", codec::base64url_encode(y)));
  expect_fault(jwe_decrypt(draft.seal(), recipient()), Code::kMalformed, "key.invalid");
}

TEST(Jwe, RefusesHeadersThatAreNoStrictJson) {
  for (const char* header : {"", "{", "[]", R"({"alg":"a","alg":"a"})"}) {
    Json jwe = Draft().seal();
    jwe.set("protected", codec::base64url_encode(as_bytes(header)));
    EXPECT_FALSE(jwe_decrypt(jwe, recipient()).ok());
  }
  Json jwe = Draft().seal();
  EXPECT_FALSE(
      jwe_decrypt(jwe.set("protected", jwe.find("protected")->string() + "="), recipient()).ok());
}

TEST(Jwe, RefusesBytesMovedBetweenCiphertextAndTag) {
  const Json good = Draft().seal();
  const Bytes all = concat({base64url_of(good, "ciphertext"), base64url_of(good, "tag")});
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    Json moved = good;
    moved.set("ciphertext", codec::base64url_encode(BytesView(all).first(cut)))
        .set("tag", codec::base64url_encode(BytesView(all).subspan(cut)));
    if (cut == kText.size()) {
      EXPECT_TRUE(opens(moved));
    } else {
      expect_fault(jwe_decrypt(moved, recipient()), Code::kMalformed, "jwe.size");
    }
  }
}

TEST(Jwe, RefusesOtherLengthsOfKeyAndIv) {
  for (const char* name : {"encrypted_key", "iv"}) {
    const Json good = Draft().seal();
    const Bytes bytes = base64url_of(good, name);
    for (const Bytes& other : {Bytes(), Bytes(bytes.begin(), bytes.end() - 1),
                               concat({bytes, Bytes{0}}), concat({bytes, bytes})}) {
      Json jwe = good;
      expect_fault(jwe_decrypt(jwe.set(name, codec::base64url_encode(other)), recipient()),
                   Code::kMalformed, "jwe.size");
    }
  }
}

TEST(Jwe, GivesOneAnswerForEveryWrongKeyOrByte) {
  const Json good = Draft().seal();
  expect_fault(jwe_decrypt(good, PrivateKey::generate(KeyKind::kP256)), Code::kBadSignature,
               "jwe.open");
  for (const char* name : {"encrypted_key", "iv", "ciphertext", "tag"}) {
    const Bytes bytes = base64url_of(good, name);
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
      Bytes flipped = bytes;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      Json jwe = good;
      expect_fault(jwe_decrypt(jwe.set(name, codec::base64url_encode(flipped)), recipient()),
                   Code::kBadSignature, "jwe.open");
    }
  }
  // The same members in another order: another AAD.
  Draft draft;
  const Json jwe = draft.seal();
  draft.header = Json::object({{"enc", "A256GCM"}, {"alg", "ECDH-ES+A256KW"}, {"epk", draft.epk}});
  Json reordered = jwe;
  reordered.set("protected", codec::base64url_encode(as_bytes(codec::to_json(draft.header))));
  expect_fault(jwe_decrypt(reordered, recipient()), Code::kBadSignature, "jwe.open");
  EXPECT_TRUE(opens(draft.seal()));  // sealed that way, it opens
}

// hex without leading zeros, as the generator wrote scalars
Bytes scalar_of(const Json& vector, std::string_view name, KeyKind kind) {
  const std::size_t width = kind == KeyKind::kP256 ? 64 : 132;
  const std::string& text = vector.find(name)->string();
  return codec::hex_decode(std::string(width - text.size(), '0') + text).value();
}

TEST(JweVectors, GuestsOfConfidentialContainers) {
  const std::optional<Json> vectors = shared_json("vectors/kbs/kbs_vectors.json");
  if (!vectors) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP521}) {
    const Json& vector = *vectors->find(to_string(kind));
    const PrivateKey key =
        PrivateKey::from_raw(kind, scalar_of(vector, "tee_private_d_hex", kind)).value();
    const PublicKey tee = public_key_from_jwk(*vector.find("tee_jwk")).value();
    EXPECT_TRUE(tee == key.public_key());
    EXPECT_EQ(jwk_from_public_key(tee, "ECDH-ES+A256KW"), *vector.find("tee_jwk"));
    const std::string& text = vector.find("plaintext_utf8")->string();
    const Json& golden = *vector.find("jwe");
    EXPECT_EQ(as_text(jwe_decrypt(golden, key).value().reveal()), text);
    const PrivateKey ephemeral =
        PrivateKey::from_raw(kind, scalar_of(vector, "ephemeral_d_hex", kind)).value();
    const Json again = jwe_encrypt_for_testing(tee, as_bytes(text), ephemeral,
                                               hex_of(vector, "cek_hex"), hex_of(vector, "iv_hex"))
                           .value();
    EXPECT_EQ(codec::to_json(again), codec::to_json(golden));
  }
}

TEST(JweVectors, ConcatKdfOfRfc7518) {
  const std::optional<Json> vector = shared_json("vectors/jose/rfc7518-appendix-c-ecdh-es.json");
  if (!vector) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  const Json& alice = *vector->find("alice_ephemeral");
  const Json& bob = *vector->find("bob_static");
  const PrivateKey key = PrivateKey::from_raw(KeyKind::kP256, base64url_of(bob, "d")).value();
  const PublicKey peer =
      PublicKey::from_xy(KeyKind::kP256, base64url_of(alice, "x"), base64url_of(alice, "y"))
          .value();
  const SecretBytes z = diffie_hellman(key, peer).value();
  EXPECT_TRUE(equal(z.reveal(), hex_of(*vector, "z_hex")));
}

// latchset's tool writes epk into the unprotected header, where a carrier could change it unseen;
// no KBS does. We refuse such messages; with epk moved where it belongs their AAD would differ.
TEST(JweVectors, LatchsetMessagesWithAnUnprotectedEpkAreRefused) {
  for (const char* curve : {"P-256", "P-521"}) {
    const std::string folder = "vectors/jose/generated-latchset/";
    const std::optional<Json> jwe = shared_json(folder + "jwe-ecdh-es-a256kw-" + curve + ".json");
    const std::optional<Json> jwk = shared_json(folder + std::string(curve) + ".jwk");
    if (!jwe || !jwk) {
      GTEST_SKIP() << "shared vectors are absent";
    }
    const KeyKind kind = std::string_view(curve) == "P-256" ? KeyKind::kP256 : KeyKind::kP521;
    const PrivateKey key = PrivateKey::from_raw(kind, base64url_of(*jwk, "d")).value();
    expect_fault(jwe_decrypt(*jwe, key), Code::kMalformed, "jwe.member");
  }
}

TEST(JweVectors, CookbookOtherAlgorithmsAreRefused) {
  const std::optional<Json> example = shared_json(
      "vectors/jose/jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_"
      "aes-gcm.json");
  if (!example) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  EXPECT_FALSE(jwe_decrypt(*example->find("output")->find("json_flat"), recipient()).ok());
}

// A compact message as the flattened one; missing parts stay missing.
Json flattened(const std::string& compact) {
  Json out = Json::object();
  std::size_t begin = 0;
  for (const char* name : {"protected", "encrypted_key", "iv", "ciphertext", "tag", "more"}) {
    if (begin > compact.size()) {
      break;
    }
    const std::size_t end = std::min(compact.find('.', begin), compact.size());
    out.set(name, compact.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

TEST(JweVectors, Wycheproof) {
  int opened = 0;
  const auto check = [&](const WycheproofCase& item) {
    const Json* jwk = item.group.find("private");
    const Json* jwe = item.test.find("jwe");
    if (jwe == nullptr || jwk == nullptr || jwk->find("crv") == nullptr || !jwe->is_string()) {
      return;
    }
    const std::string& curve = jwk->find("crv")->string();
    if (curve != "P-256" && curve != "P-521") {
      return;
    }
    const KeyKind kind = curve == "P-256" ? KeyKind::kP256 : KeyKind::kP521;
    const PrivateKey key = PrivateKey::from_raw(kind, base64url_of(*jwk, "d")).value();
    const Json message = flattened(jwe->string());
    const Bytes header = codec::base64url_decode(message.find("protected")->string()).value();
    const std::string_view text = as_text(header);
    const bool spoken = text.find(R"("alg":"ECDH-ES+A256KW","enc":"A256GCM")") != text.npos;
    const Result<SecretBytes> plaintext = jwe_decrypt(message, key);
    EXPECT_EQ(plaintext.ok(), spoken && item.expect == Expect::kValid)
        << (plaintext.ok() ? "" : plaintext.error().message());
    if (plaintext.ok() && item.test.find("pt") != nullptr) {
      EXPECT_TRUE(equal(plaintext->reveal(), item.hex("pt")));
    }
    opened += plaintext.ok() ? 1 : 0;
  };
  for (const char* file : {"json_web_encryption_test.json", "json_web_crypto_test.json"}) {
    if (!for_each_wycheproof(file, check)) {
      GTEST_SKIP() << "shared vectors are absent";
    }
  }
  EXPECT_GE(opened, 1);
}

}  // namespace
}  // namespace claustrum::crypto
