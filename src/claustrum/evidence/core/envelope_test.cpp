// SPDX-License-Identifier: Apache-2.0
// What evidence is taken out of, and that what was taken is named.
#include "claustrum/evidence/core/envelope.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence {
namespace {

const Bytes kEvidence = {4, 0, 2, 0, 0x81, 0, 0, 0, 0xfb, 0xff, 0xfe, 1};

std::string container(std::string_view file) {
  const Result<Unwrapped> out = unwrap_evidence(as_bytes(file));
  if (!out.ok()) {
    return out.error().reason().data();
  }
  EXPECT_EQ(out->evidence, kEvidence) << file;
  return out->container;
}

TEST(Envelope, BinaryIsTakenAsItIs) {
  const Result<Unwrapped> out = unwrap_evidence(kEvidence);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ(out->evidence, kEvidence);
  EXPECT_EQ(out->container, "raw");
  EXPECT_EQ(unwrap_evidence({})->container, "raw");
}

TEST(Envelope, TextIsHexOrBase64) {
  const std::string hex = codec::hex_encode(kEvidence);
  EXPECT_EQ(container(hex), "hex");
  EXPECT_EQ(container("0x" + hex.substr(0, 8) + "\n" + hex.substr(8) + "\n"), "hex");
  EXPECT_EQ(container("04000200810000 00FBFFFE01"), "hex");
  EXPECT_EQ(container(codec::base64_encode(kEvidence) + "\n"), "base64");
  EXPECT_EQ(container(codec::base64url_encode(kEvidence)), "base64url");
}

TEST(Envelope, JsonNamesItsEvidence) {
  const std::string text = codec::base64_encode(kEvidence);
  EXPECT_EQ(container(R"({"quote":")" + text + R"(","n":1.5})"), "JSON member quote, base64");
  EXPECT_EQ(container(" {\"evidence\":\"" + codec::hex_encode(kEvidence) + "\"}"),
            "JSON member evidence, hex");
  EXPECT_EQ(container(R"(["application/x","BAACAIEAAAD7__4B",4])"), "CMW record, base64url");
}

TEST(Envelope, NothingIsGuessed) {
  const std::string text = codec::base64_encode(kEvidence);
  EXPECT_EQ(container("not evidence!"), "envelope.text");
  EXPECT_EQ(container("abc"), "envelope.text");  // half a byte of hex
  EXPECT_EQ(container(R"({"quote":")" + text + R"(","report":")" + text + R"("})"),
            "envelope.json");
  EXPECT_EQ(container(R"({"other":")" + text + R"("})"), "envelope.json");
  EXPECT_EQ(container(R"(["application/x"])"), "envelope.cmw");
  EXPECT_EQ(container(R"(["application/x","!"])"), "envelope.cmw");
  EXPECT_EQ(container(R"(["application/x","BAAC","4"])"), "envelope.cmw");
}

}  // namespace
}  // namespace claustrum::evidence
