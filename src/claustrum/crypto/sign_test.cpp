// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/sign.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/openssl.h"
#include "claustrum/crypto/test_der.h"
#include "claustrum/crypto/test_wycheproof.h"

#include <openssl/rsa.h>

namespace claustrum::crypto {
namespace {

struct Case {
  KeyKind kind;
  SigAlg alg;
};

constexpr Case kCases[] = {
    {KeyKind::kP256, SigAlg::kEcdsaP256Sha256}, {KeyKind::kP384, SigAlg::kEcdsaP384Sha384},
    {KeyKind::kP521, SigAlg::kEcdsaP521Sha512}, {KeyKind::kRsa, SigAlg::kRsaPssSha256},
    {KeyKind::kRsa, SigAlg::kRsaPssSha384},     {KeyKind::kRsa, SigAlg::kRsaPkcs1Sha256},
    {KeyKind::kRsa, SigAlg::kRsaPkcs1Sha384},   {KeyKind::kEd25519, SigAlg::kEd25519}};

// One key of each kind for the whole program: RSA keys are slow to make.
const PrivateKey& key_of(KeyKind kind) {
  static const auto& keys = *new std::map<KeyKind, PrivateKey>([] {
    std::map<KeyKind, PrivateKey> made;
    for (const KeyKind each : {KeyKind::kP256, KeyKind::kP384, KeyKind::kP521, KeyKind::kEd25519}) {
      made.emplace(each, PrivateKey::generate(each));
    }
    made.emplace(KeyKind::kRsa, PrivateKey::generate_rsa(2048));
    return made;
  }());
  return keys.at(kind);
}

void expect_bad(const Status& status) {
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code(), Code::kBadSignature);
  EXPECT_EQ(status.error().reason(), "signature.invalid");
}

void check_vectors(const char* file, SigAlg alg, EcdsaForm form) {
  const bool found = for_each_wycheproof(file, [&](const WycheproofCase& c) {
    const Result<PublicKey> key = PublicKey::from_spki(c.group_hex("publicKeyDer"));
    ASSERT_TRUE(key.ok());
    const Status status = verify(*key, alg, c.hex("msg"), c.hex("sig"), form);
    c.expect_verdict(status.ok());
  });
  if (!found) {
    GTEST_SKIP() << "no vectors";
  }
}

TEST(Sign, WycheproofEcdsaP256Raw) {
  check_vectors("ecdsa_secp256r1_sha256_p1363_test.json", SigAlg::kEcdsaP256Sha256,
                EcdsaForm::kRaw);
}
TEST(Sign, WycheproofEcdsaP384Raw) {
  check_vectors("ecdsa_secp384r1_sha384_p1363_test.json", SigAlg::kEcdsaP384Sha384,
                EcdsaForm::kRaw);
}
TEST(Sign, WycheproofEcdsaP256Der) {
  check_vectors("ecdsa_secp256r1_sha256_test.json", SigAlg::kEcdsaP256Sha256, EcdsaForm::kDer);
}
TEST(Sign, WycheproofEcdsaP384Der) {
  check_vectors("ecdsa_secp384r1_sha384_test.json", SigAlg::kEcdsaP384Sha384, EcdsaForm::kDer);
}
TEST(Sign, WycheproofEd25519) {
  check_vectors("ed25519_test.json", SigAlg::kEd25519, EcdsaForm::kRaw);
}
TEST(Sign, WycheproofPss2048) {
  check_vectors("rsa_pss_2048_sha256_mgf1_32_test.json", SigAlg::kRsaPssSha256, EcdsaForm::kRaw);
}
TEST(Sign, WycheproofPss4096) {
  check_vectors("rsa_pss_4096_sha384_mgf1_48_test.json", SigAlg::kRsaPssSha384, EcdsaForm::kRaw);
}
TEST(Sign, WycheproofPkcs1) {
  check_vectors("rsa_signature_2048_sha256_test.json", SigAlg::kRsaPkcs1Sha256, EcdsaForm::kRaw);
}

TEST(Sign, RoundTripsAndRefusesAnotherMessageOrKey) {
  for (const Case& it : kCases) {
    for (const EcdsaForm form : {EcdsaForm::kRaw, EcdsaForm::kDer}) {
      const PrivateKey& key = key_of(it.kind);
      const PublicKey public_key = key.public_key();
      const Bytes signature = sign(key, it.alg, as_bytes("message"), form);
      EXPECT_TRUE(verify(public_key, it.alg, as_bytes("message"), signature, form).ok());
      expect_bad(verify(public_key, it.alg, as_bytes("messagf"), signature, form));
      expect_bad(verify(public_key, it.alg, {}, signature, form));
      expect_bad(verify(public_key, it.alg, as_bytes("message"), {}, form));
      if (it.kind != KeyKind::kRsa) {
        const PublicKey other = PrivateKey::generate(it.kind).public_key();
        expect_bad(verify(other, it.alg, as_bytes("message"), signature, form));
      }
    }
  }
}

TEST(Sign, SignsTheEmptyMessage) {
  for (const Case& it : kCases) {
    const Bytes signature = sign(key_of(it.kind), it.alg, {});
    EXPECT_TRUE(verify(key_of(it.kind).public_key(), it.alg, {}, signature).ok());
  }
}

TEST(Sign, RefusesEveryFlippedByte) {
  for (const Case& it : kCases) {
    const PublicKey public_key = key_of(it.kind).public_key();
    Bytes signature = sign(key_of(it.kind), it.alg, as_bytes("message"));
    for (std::uint8_t& byte : signature) {
      byte ^= 0x01;
      expect_bad(verify(public_key, it.alg, as_bytes("message"), signature));
      byte ^= 0x01;
    }
  }
}

TEST(Sign, RefusesEveryPrefixAndTrailingByte) {
  for (const Case& it : kCases) {
    for (const EcdsaForm form : {EcdsaForm::kRaw, EcdsaForm::kDer}) {
      const PublicKey public_key = key_of(it.kind).public_key();
      Bytes signature = sign(key_of(it.kind), it.alg, as_bytes("m"), form);
      for (std::size_t size = 0; size < signature.size(); ++size) {
        expect_bad(
            verify(public_key, it.alg, as_bytes("m"), BytesView(signature).first(size), form));
      }
      signature.push_back(0);
      expect_bad(verify(public_key, it.alg, as_bytes("m"), signature, form));
    }
  }
}

TEST(Sign, RefusesAnotherKindOfKey) {
  for (const Case& it : kCases) {
    for (const Case& other : kCases) {
      if (it.kind == other.kind) {
        continue;
      }
      const Status status =
          verify(key_of(other.kind).public_key(), it.alg, as_bytes("m"), Bytes(64));
      ASSERT_FALSE(status.ok());
      EXPECT_EQ(status.error().code(), Code::kMismatch);
      EXPECT_EQ(status.error().reason(), "signature.key_kind");
    }
  }
}

TEST(Sign, RefusesAnotherRsaSchemeOrHash) {
  const PrivateKey& key = key_of(KeyKind::kRsa);
  for (const Case& made : kCases) {
    for (const Case& checked : kCases) {
      if (made.kind == KeyKind::kRsa && checked.kind == KeyKind::kRsa && made.alg != checked.alg) {
        expect_bad(verify(key.public_key(), checked.alg, as_bytes("m"),
                          sign(key, made.alg, as_bytes("m"))));
      }
    }
  }
}

TEST(Sign, RawEcdsaHasExactlyTwoFieldLengths) {
  const struct {
    Case it;
    std::size_t field;
  } sizes[] = {{kCases[0], 32}, {kCases[1], 48}, {kCases[2], 66}};
  for (const auto& size : sizes) {
    const PublicKey public_key = key_of(size.it.kind).public_key();
    const Bytes signature = sign(key_of(size.it.kind), size.it.alg, as_bytes("m"));
    ASSERT_EQ(signature.size(), 2 * size.field);
    // The same numbers with a zero before each: another spelling of a good signature.
    const BytesView view(signature);
    const Bytes padded =
        concat({Bytes{0}, view.first(size.field), Bytes{0}, view.last(size.field)});
    expect_bad(verify(public_key, size.it.alg, as_bytes("m"), padded));
    const Bytes der = sign(key_of(size.it.kind), size.it.alg, as_bytes("m"), EcdsaForm::kDer);
    expect_bad(verify(public_key, size.it.alg, as_bytes("m"), der));
    expect_bad(verify(public_key, size.it.alg, as_bytes("m"), signature, EcdsaForm::kDer));
  }
}

// r and s must lie in 1..n-1: zeros, n and r+n are refused.
TEST(Sign, RefusesScalarsOutOfRange) {
  const PublicKey public_key = key_of(KeyKind::kP256).public_key();
  const Bytes order =
      *codec::hex_decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Bytes good = sign(key_of(KeyKind::kP256), SigAlg::kEcdsaP256Sha256, as_bytes("m"));
  const Bytes r = to_bytes(BytesView(good).first(32));
  const Bytes s = to_bytes(BytesView(good).last(32));
  for (const Bytes& bad : {Bytes(32), order, Bytes(32, 0xff)}) {
    for (const Bytes& signature : {concat({bad, s}), concat({r, bad}), concat({bad, bad})}) {
      expect_bad(verify(public_key, SigAlg::kEcdsaP256Sha256, as_bytes("m"), signature));
    }
  }
}

TEST(Sign, DerEcdsaHasOneSpelling) {
  const PublicKey public_key = key_of(KeyKind::kP256).public_key();
  const Bytes raw = sign(key_of(KeyKind::kP256), SigAlg::kEcdsaP256Sha256, as_bytes("m"));
  const Bytes r = concat({Bytes{0, 0}, BytesView(raw).first(32)});  // one zero too many
  const Bytes s = concat({Bytes{0, 0}, BytesView(raw).last(32)});
  expect_bad(verify(public_key, SigAlg::kEcdsaP256Sha256, as_bytes("m"),
                    tlv(0x30, concat({tlv(0x02, r), tlv(0x02, s)})), EcdsaForm::kDer));
}

// A PSS signature that is good but for its salt length or its MGF1 hash.
Bytes odd_pss(const PrivateKey& key, BytesView message, int salt_len, HashAlg mgf1) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestSignInit(context.get(), &key_context, evp_md(HashAlg::kSha256), nullptr,
                     key.impl().pkey.get());
  EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_mgf1_md(key_context, evp_md(mgf1));
  EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, salt_len);
  Bytes out(256);
  std::size_t length = out.size();
  EXPECT_EQ(EVP_DigestSign(context.get(), out.data(), &length, message.data(), message.size()), 1);
  return out;
}

TEST(Sign, PssParametersAreNotTheSigners) {
  const PrivateKey& key = key_of(KeyKind::kRsa);
  const PublicKey public_key = key.public_key();
  const BytesView message = as_bytes("m");
  EXPECT_TRUE(verify(public_key, SigAlg::kRsaPssSha256, message,
                     odd_pss(key, message, 32, HashAlg::kSha256))
                  .ok());
  for (const int salt_len : {0, 20, 31, 33, 48}) {
    expect_bad(verify(public_key, SigAlg::kRsaPssSha256, message,
                      odd_pss(key, message, salt_len, HashAlg::kSha256)));
  }
  expect_bad(verify(public_key, SigAlg::kRsaPssSha256, message,
                    odd_pss(key, message, 32, HashAlg::kSha384)));
}

// The TLS layer reads the same queue: it must never find our leftovers.
TEST(Sign, LeavesTheErrorQueueEmpty) {
  for (const Case& it : kCases) {
    (void)verify(key_of(it.kind).public_key(), it.alg, as_bytes("m"), Bytes(64));
    (void)verify(key_of(it.kind).public_key(), it.alg, as_bytes("m"), Bytes(9), EcdsaForm::kDer);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
}

}  // namespace
}  // namespace claustrum::crypto
