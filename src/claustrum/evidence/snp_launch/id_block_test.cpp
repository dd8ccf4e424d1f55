// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/id_block.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp_launch {
namespace {

constexpr std::size_t kBlockSignatureAt = 0x40;
constexpr std::size_t kIdKeyAt = 0x240;
constexpr std::size_t kKeySignatureAt = 0x680;
constexpr std::size_t kAuthorKeyAt = 0x880;

IdBlock test_block() {
  IdBlock out;
  out.launch_digest.fill(0xA1);
  out.family_id.fill(0xF0);
  out.image_id.fill(0x1D);
  out.guest_svn = 7;
  out.policy = 0x3001F;
  return out;
}

struct Signed {
  crypto::PrivateKey id_key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  crypto::PrivateKey author = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  Bytes block = encode_id_block(test_block());
  Bytes auth = sign_id_block(test_block(), id_key, &author);
};

void expect_error(const Bytes& block, const Bytes& auth, Code code, std::string_view reason) {
  const Result<IdSigners> found = verify_id_auth(block, auth);
  ASSERT_FALSE(found.ok()) << reason;
  EXPECT_EQ(found.error().code(), code) << found.error().text();
  EXPECT_EQ(found.error().reason(), reason) << found.error().text();
}

void expect_error_with_byte(const Signed& s, std::size_t at, std::uint8_t value, Code code,
                            std::string_view reason) {
  Bytes auth = s.auth;
  auth[at] = value;
  expect_error(s.block, auth, code, reason);
}

TEST(SnpIdBlock, IsTheFirmwaresLayout) {
  const Bytes block = encode_id_block(test_block());
  ASSERT_EQ(block.size(), kIdBlockLen);
  EXPECT_TRUE(equal(BytesView(block).first(48), Bytes(48, 0xA1)));
  EXPECT_EQ(codec::hex_encode(BytesView(block).subspan(48)),
            "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"
            "1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d"
            "01000000"
            "07000000"
            "1f00030000000000");
  const IdBlock again = parse_id_block(block).value();
  EXPECT_EQ(encode_id_block(again), block);
  EXPECT_EQ(again.guest_svn, 7U);
  EXPECT_EQ(again.policy, 0x3001FU);
}

TEST(SnpIdBlock, RefusesOtherLengthsAndVersions) {
  Bytes block = encode_id_block(test_block());
  for (std::size_t size = 0; size < block.size(); ++size) {
    ASSERT_EQ(parse_id_block(BytesView(block).first(size)).error().reason(), "id_block.length");
  }
  block[0x50] = 2;
  EXPECT_EQ(parse_id_block(block).error().code(), Code::kUnsupported);
  EXPECT_EQ(parse_id_block(block).error().reason(), "id_block.version");
  block.push_back(0);
  EXPECT_EQ(parse_id_block(block).error().reason(), "id_block.length");
}

// Every field where the firmware looks for it, the signatures checked without our reader.
TEST(SnpIdBlock, SignaturesVerifyOverTheBytesTheFirmwareHashes) {
  const Signed s;
  ASSERT_EQ(s.auth.size(), kIdAuthLen);
  const auto number = [&s](std::size_t at) {
    const BytesView little = BytesView(s.auth).subspan(at, 48);
    return Bytes(little.rbegin(), little.rend());
  };
  const auto signature = [&](std::size_t at) { return concat({number(at), number(at + 72)}); };
  const auto key = [&](std::size_t at) {
    return crypto::PublicKey::from_xy(crypto::KeyKind::kP384, number(at + 4), number(at + 76))
        .value();
  };
  const auto alg = crypto::SigAlg::kEcdsaP384Sha384;
  EXPECT_EQ(key(kIdKeyAt), s.id_key.public_key());
  EXPECT_EQ(key(kAuthorKeyAt), s.author.public_key());
  EXPECT_TRUE(crypto::verify(key(kIdKeyAt), alg, s.block, signature(kBlockSignatureAt)).ok());
  const BytesView id_key = BytesView(s.auth).subspan(kIdKeyAt, 0x404);
  EXPECT_TRUE(crypto::verify(key(kAuthorKeyAt), alg, id_key, signature(kKeySignatureAt)).ok());
  EXPECT_EQ(key_digest(s.id_key.public_key()), crypto::sha384(id_key));
  EXPECT_EQ(codec::hex_encode(BytesView(s.auth).first(8)), "0100000001000000");
}

TEST(SnpIdBlock, VerifiesWhatItSigned) {
  const Signed s;
  const IdSigners found = verify_id_auth(s.block, s.auth).value();
  EXPECT_EQ(found.id_key, s.id_key.public_key());
  ASSERT_TRUE(found.author_key.has_value());
  EXPECT_EQ(*found.author_key, s.author.public_key());
}

TEST(SnpIdBlock, AnAuthorKeyIsOptional) {
  const Signed s;
  const Bytes auth = sign_id_block(test_block(), s.id_key, nullptr);
  EXPECT_TRUE(all_zero(BytesView(auth).subspan(0x680)));
  EXPECT_FALSE(verify_id_auth(s.block, auth).value().author_key.has_value());
}

TEST(SnpIdBlock, KeyDigestsAreThoseOfOtherTools) {
  // The base point of P-384, whose digest an independent tool computed as well.
  const auto key = crypto::PrivateKey::from_raw(crypto::KeyKind::kP384, [] {
    Bytes one(48);
    one.back() = 1;
    return one;
  }());
  EXPECT_EQ(
      codec::hex_encode(key_digest(key->public_key())),
      "01ce77b697886b46c6e363a9d02bbee2506e4b21ca4b3085f35f20e4cf66ac780e01e38aad53f973cbcea56e"
      "59a7b382");
}

TEST(SnpIdBlock, RefusesAnotherBlock) {
  const Signed s;
  IdBlock other = test_block();
  other.policy |= snp::kPolicyDebug;
  expect_error(encode_id_block(other), s.auth, Code::kBadSignature, "id_auth.block_signature");
}

TEST(SnpIdBlock, RefusesAnIdKeyThatTheAuthorDidNotSign) {
  const Signed s;
  const Signed other;
  Bytes auth = s.auth;
  std::copy(other.auth.begin() + kKeySignatureAt, other.auth.begin() + kKeySignatureAt + 512,
            auth.begin() + kKeySignatureAt);
  expect_error(s.block, auth, Code::kBadSignature, "id_auth.key_signature");
}

TEST(SnpIdBlock, RefusesAlgorithmsCurvesAndPointsItDoesNotKnow) {
  const Signed s;
  expect_error_with_byte(s, 0, 2, Code::kUnsupported, "id_auth.algorithm");
  expect_error_with_byte(s, 4, 0, Code::kUnsupported, "id_auth.algorithm");
  expect_error_with_byte(s, kIdKeyAt, 1, Code::kUnsupported, "id_auth.curve");
  expect_error_with_byte(s, kAuthorKeyAt, 1, Code::kUnsupported, "id_auth.curve");
  expect_error_with_byte(s, kIdKeyAt + 4, static_cast<std::uint8_t>(s.auth[kIdKeyAt + 4] ^ 1),
                         Code::kMalformed, "id_auth.key");
}

TEST(SnpIdBlock, AnAuthorCannotBeHalfThere) {
  const Signed s;
  Bytes auth = s.auth;
  std::fill(auth.begin() + kAuthorKeyAt, auth.end(), std::uint8_t{0});
  expect_error(s.block, auth, Code::kUnsupported, "id_auth.curve");
}

TEST(SnpIdBlock, ReservedBytesAreZero) {
  const Signed s;
  for (const std::size_t at :
       {std::size_t{8}, std::size_t{0x3F}, kBlockSignatureAt + 48, kBlockSignatureAt + 144,
        kIdKeyAt + 4 + 48, kIdKeyAt + 148, std::size_t{0x644}, kKeySignatureAt + 511,
        kAuthorKeyAt + 0x403, std::size_t{0xC84}, kIdAuthLen - 1}) {
    expect_error_with_byte(s, at, 1, Code::kMalformed, "id_auth.layout");
  }
}

TEST(SnpIdBlock, NoByteOfTheAuthenticationCanChange) {
  const Signed s;
  for (std::size_t at = 0; at < s.auth.size(); at += 3) {
    Bytes auth = s.auth;
    auth[at] ^= static_cast<std::uint8_t>(1U << at % 8);
    ASSERT_FALSE(verify_id_auth(s.block, auth).ok()) << at;
    ASSERT_EQ(verify_id_auth(s.block, BytesView(auth).first(at)).error().reason(),
              "id_auth.layout");
  }
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
