// SPDX-License-Identifier: Apache-2.0
#include "claustrum/verify/verifiers.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
#include "claustrum/simulator/aws_instance.h"

namespace claustrum::verify {
namespace {

std::string detect(std::uint16_t version, std::uint32_t tee, std::size_t more) {
  ByteWriter out;
  out.u16le(version).u16le(0).u32le(tee).zeros(more);
  return detect_platform(out.view());
}

TEST(DetectPlatform, KnowsAReportByItsLength) {
  EXPECT_EQ(detect_platform(Bytes(1184)), "amd-sev-snp");
  EXPECT_EQ(detect_platform(Bytes(1183)), "");
  EXPECT_EQ(detect_platform(Bytes(1185)), "");
}

TEST(DetectPlatform, KnowsTheAnswerOfAnIoctl) {
  EXPECT_EQ(detect(0, 1184, 4000), "amd-sev-snp");
  EXPECT_EQ(detect(0, 1184, 8), "");
  EXPECT_EQ(detect(0, 1185, 4000), "");
}

TEST(DetectPlatform, KnowsQuotesByVersionAndTee) {
  for (const std::uint16_t version : std::initializer_list<std::uint16_t>{3, 4, 5}) {
    EXPECT_EQ(detect(version, 0, 600), "intel-sgx");
    EXPECT_EQ(detect(version, 0x81, 600), "intel-tdx");
    EXPECT_EQ(detect(version, 0x80, 600), "");
  }
  EXPECT_EQ(detect(2, 0, 600), "");
  EXPECT_EQ(detect(6, 0x81, 600), "");
}

TEST(DetectPlatform, KnowsNitroDocumentsByTheirRegisterMap) {
  using evidence::nitro::Kind;
  const Instant now{1780272000};
  const auto authority = simulator::AwsAuthority::create(now, now + 86400).value();
  simulator::AwsInstanceSpec spec;
  spec.not_before = now;
  spec.not_after = now + 3600;
  const auto instance = simulator::AwsInstance::create(authority, spec).value();
  EXPECT_EQ(detect_platform(instance.sign(instance.blank_document(Kind::kEnclave))), "aws-nitro");
  EXPECT_EQ(detect_platform(instance.sign(instance.blank_document(Kind::kTpm))), "aws-nitrotpm");
  Bytes cut = instance.sign(instance.blank_document(Kind::kEnclave));
  cut.pop_back();
  EXPECT_EQ(detect_platform(cut), "aws-nitro");
}

TEST(DetectPlatform, AnythingShorterIsNothing) {
  for (std::size_t length = 0; length < 8; ++length) {
    EXPECT_EQ(detect_platform(Bytes(length, 3)), "");
  }
}

TEST(Verifiers, HaveTheDetectedPlatforms) {
  for (const char* platform :
       {"amd-sev-snp", "aws-nitro", "aws-nitrotpm", "intel-sgx", "intel-tdx"}) {
    EXPECT_TRUE(find_verifier(platform).ok());
  }
  EXPECT_EQ(find_verifier("").error().reason(), "verify.platform");
  EXPECT_EQ(find_verifier("amd-sev-snp ").error().code(), Code::kUnsupported);
}

TEST(Verifiers, EachNamesItsPlatform) {
  for (const auto& [name, verifier] : verifiers()) {
    const evidence::Collateral none;
    evidence::VerifyInput input;
    input.collateral = &none;
    const evidence::Verification out = verifier(input);
    EXPECT_EQ(out.platform, name);
    EXPECT_FALSE(out.claims.has_value());
  }
}

}  // namespace
}  // namespace claustrum::verify
