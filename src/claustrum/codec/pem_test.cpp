// SPDX-License-Identifier: Apache-2.0
#include "claustrum/codec/pem.h"

#include "claustrum/codec/test_support.h"

namespace claustrum::codec {
namespace {

Bytes sample(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<std::uint8_t>(i * 31 + 7));
  }
  return out;
}

Result<std::vector<PemBlock>> decode(std::string_view text) {
  return pem_decode(as_bytes(text));
}

TEST(Pem, WritesLinesOf64Characters) {
  EXPECT_EQ(pem_encode("CERTIFICATE", sample(2)),
            "-----BEGIN CERTIFICATE-----\nByY=\n-----END CERTIFICATE-----\n");
  const std::string text = pem_encode("X509 CRL", sample(100));
  EXPECT_EQ(text.find('\n', text.find('\n') + 1) - text.find('\n') - 1, 64U);
}

TEST(Pem, ReadsWhatItWrote) {
  for (const std::size_t size : {1U, 47U, 48U, 49U, 1000U, 65536U}) {
    const auto blocks = decode(pem_encode("PUBLIC KEY", sample(size)));
    ASSERT_TRUE(blocks.ok()) << size;
    ASSERT_EQ(blocks->size(), 1U);
    EXPECT_EQ(blocks->at(0).label, "PUBLIC KEY");
    EXPECT_EQ(blocks->at(0).der, sample(size));
  }
}

TEST(Pem, IgnoresTextOutsideBlocksAndKeepsOrder) {
  const auto blocks = decode("subject: a -----BEGIN X-----\n" + pem_encode("A", sample(3)) +
                             "\n# issuer\r\n" + pem_encode("B", sample(4)) + std::string(2, '\0'));
  ASSERT_TRUE(blocks.ok());
  ASSERT_EQ(blocks->size(), 2U);
  EXPECT_EQ(blocks->at(0).label, "A");
  EXPECT_EQ(blocks->at(1).der, sample(4));
}

TEST(Pem, TakesCarriageReturnsBlankLinesAndNoLastLineEnd) {
  const auto blocks = decode("-----BEGIN A-----\r\n\r\nBy\r\nY= \r\n-----END A-----");
  ASSERT_TRUE(blocks.ok());
  EXPECT_EQ(blocks->at(0).der, sample(2));
}

TEST(Pem, RefusesDamagedBlocks) {
  for (const char* text : {
           "-----BEGIN A-----\nByY=\n",
           "-----BEGIN A-----\nByY=\n-----END B-----\n",
           "-----BEGIN A-----\nByY=\n-----END A----\n",
           "-----BEGIN A-----\nByY=\n-----END A-----x\n",
           "-----BEGIN A-----\nByY=\n-----END A----------BEGIN A-----\nByY=\n-----END A-----\n",
           "-----BEGIN A-----\nByY=\n-----BEGIN A-----\nByY=\n-----END A-----\n",
           "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nByY=\n-----END A-----\n",
           "-----BEGIN A-----\nBy Y=\n-----END A-----\n",
           "-----BEGIN A-----\n ByY=\n-----END A-----\n",
           "-----BEGIN A-----\nByY\n-----END A-----\n",
           "-----BEGIN A-----\nByZ=\n-----END A-----\n",
           "-----BEGIN A-----\nByY=\nByY=\n-----END A-----\n",
           "-----BEGIN A-----\n-----END A-----\n",
           "-----BEGIN A----\nByY=\n-----END A-----\n",
           "-----BEGIN -----\nByY=\n-----END -----\n",
           "-----BEGIN a\x1b-----\nByY=\n-----END a\x1b-----\n",
           "-----END A-----\n",
       }) {
    expect_fault(decode(text), Code::kMalformed, "pem.malformed", text);
  }
  const std::string label(65, 'A');
  expect_fault(decode(pem_encode(label, sample(2))), Code::kMalformed, "pem.malformed");
}

TEST(Pem, RefusesTextWithoutABlock) {
  expect_fault(decode(""), Code::kMalformed, "pem.empty");
  expect_fault(decode("no block\n ----BEGIN A-----\n"), Code::kMalformed, "pem.empty");
  expect_fault(decode(" " + pem_encode("A", sample(2)).substr(0, 17)), Code::kMalformed,
               "pem.empty");
}

TEST(Pem, LimitsBlocksAndTheirSize) {
  std::string text;
  for (int i = 0; i < 16; ++i) {
    text += pem_encode("A", sample(2));
  }
  EXPECT_EQ(decode(text)->size(), 16U);
  expect_fault(decode(text + pem_encode("A", sample(2))), Code::kExhausted, "pem.count");
  for (const std::size_t more : {1U, 2U, 3U, 100U}) {
    expect_fault(decode(pem_encode("A", sample(65536 + more))), Code::kExhausted, "pem.size");
  }
}

TEST(Pem, EveryPrefixFailsCleanly) {
  const std::string text = pem_encode("A", sample(70));
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    EXPECT_FALSE(decode(text.substr(0, length)).ok()) << length;
  }
}

TEST(Pem, IsToldFromDer) {
  EXPECT_TRUE(looks_like_pem(as_bytes("-----BEGIN A-----\n")));
  EXPECT_TRUE(looks_like_pem(as_bytes("a comment\n-----BEGIN A-----\n")));
  EXPECT_FALSE(looks_like_pem(as_bytes("0\x03 -----BEGIN A-----\n")));
  EXPECT_FALSE(looks_like_pem({}));
}

}  // namespace
}  // namespace claustrum::codec
