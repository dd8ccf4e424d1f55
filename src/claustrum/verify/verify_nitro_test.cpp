// SPDX-License-Identifier: Apache-2.0
// AWS Nitro through the library: a policy by register names, and the caller's nonce in the field
// where the document carries it.
#include <gtest/gtest.h>

#include "claustrum/simulator/aws_instance.h"
#include "claustrum/verify/test_scene.h"

namespace claustrum::verify {
namespace {

using evidence::nitro::Document;
using evidence::nitro::Kind;
using test::factor;
using test::kSimNow;

const simulator::AwsAuthority& aws() {
  static const simulator::AwsAuthority authority =
      simulator::AwsAuthority::create(kSimNow + -86400, kSimNow + 86400).value();
  return authority;
}

const simulator::AwsInstance& instance() {
  static const simulator::AwsInstance made = [] {
    simulator::AwsInstanceSpec spec;
    spec.not_before = kSimNow + -60;
    spec.not_after = kSimNow + 3600;
    return simulator::AwsInstance::create(aws(), spec).value();
  }();
  return made;
}

// Names PCR0 and what the others must be; no other register is extended.
std::string policy_for(const Document& d) {
  const auto exact = [&d](unsigned index) {
    return "measurements.PCR" + std::to_string(index) + " = { exact = \"" +
           codec::hex_encode(d.registers.at(index)) + "\" }\n";
  };
  return "version = 2\nname = \"nitro\"\n[platform.aws-nitro]\n"
         "product = { exact = \"Nitro Enclave\" }\ndebug = { exact = false }\n"
         "hardware-id = { ignore = \"AWS names none\" }\ntcb = { ignore = \"AWS names none\" }\n" +
         exact(0) + exact(1) + exact(2) + exact(3) +
         "measurements.PCR4 = { ignore = \"any instance\" }\n" + exact(8) +
         "claims.\"region\" = { exact = \"us-east-1\" }\n"
         "[init-data]\ndigest = { exact = \"" +
         std::string(96, '0') + "\" }\n" + test::named_root(aws().root());
}

Verdict judge(const Document& d, const std::string& policy,
              const std::optional<BytesView>& nonce = std::nullopt) {
  const Bytes evidence = instance().sign(d);
  Input input;
  input.evidence = evidence;
  input.policy = policy;
  input.report_data = nonce;
  input.time = kSimNow.seconds;
  return verify(input);
}

TEST(VerifyNitro, TheCallersBytesStandInUserDataAlone) {
  Document d = instance().blank_document(Kind::kEnclave);
  const Bytes wanted(64, 0x5a);
  d.user_data = wanted;
  EXPECT_EQ(factor(judge(d, policy_for(d), wanted), "nonce").status, "pass");
  EXPECT_EQ(factor(judge(d, policy_for(d), Bytes(64, 1)), "nonce").status, "fail");
}

TEST(VerifyNitro, TheCallersBytesStandInTheNonceWhereThereIsOne) {
  Document d = instance().blank_document(Kind::kEnclave);
  const Bytes wanted(40, 0x5a);
  d.nonce = wanted;
  d.user_data = Bytes(64, 1);
  EXPECT_EQ(factor(judge(d, policy_for(d), wanted), "nonce").status, "pass");
  EXPECT_EQ(factor(judge(d, policy_for(d), Bytes(64, 1)), "nonce").status, "fail");
}

TEST(VerifyNitro, APolicyNamesRegisters) {
  const Document d = instance().blank_document(Kind::kEnclave);
  const std::string policy = policy_for(d);
  const Verdict taken = judge(d, policy);
  EXPECT_TRUE(taken.accepted()) << taken.text();
  EXPECT_EQ(factor(taken, "measurement.PCR0").status, "pass");
  EXPECT_EQ(factor(taken, "claim.region").status, "pass");
  EXPECT_EQ(factor(taken, "revocation").status, "not-offered");
  Document other = d;
  other.registers[2] = Bytes(48, 1);
  EXPECT_EQ(factor(judge(other, policy), "measurement.PCR2").status, "fail");
  other = d;
  other.registers[16] = Bytes(48, 1);
  EXPECT_EQ(factor(judge(other, policy), "measurement.PCR16").reason, "policy.measurement_unruled");
}

std::string ignoring(std::string policy, const Document& d, std::initializer_list<unsigned> list) {
  for (const unsigned index : list) {
    const std::string name = "measurements.PCR" + std::to_string(index) + " = ";
    policy = policy::test::replaced(
        policy, name + "{ exact = \"" + codec::hex_encode(d.registers.at(index)) + "\" }",
        name + "{ ignore = \"r\" }");
  }
  return policy;
}

// PCR0 is the whole image, PCR1 and PCR2 are its two parts; fewer leave some program open.
TEST(VerifyNitro, APolicyNamesTheWholeImage) {
  const Document d = instance().blank_document(Kind::kEnclave);
  EXPECT_TRUE(judge(d, ignoring(policy_for(d), d, {1, 2, 3, 8})).accepted());
  EXPECT_TRUE(judge(d, ignoring(policy_for(d), d, {0, 3, 8})).accepted());
  EXPECT_EQ(factor(judge(d, ignoring(policy_for(d), d, {0, 1})), "program").reason,
            "policy.program_unconstrained");
  EXPECT_EQ(factor(judge(d, ignoring(policy_for(d), d, {0, 2})), "program").reason,
            "policy.program_unconstrained");
}

// Not a wrapped message, and not a signed wrapper either.
TEST(VerifyNitro, BothFormsOfTheEnvelopeAreRawEvidence) {
  Document d = instance().blank_document(Kind::kEnclave);
  for (const bool tagged : {false, true}) {
    d.tagged = tagged;
    const Verdict verdict = judge(d, policy_for(d));
    EXPECT_TRUE(verdict.accepted()) << verdict.text();
    EXPECT_EQ(verdict.container(), "raw");
    EXPECT_EQ(verdict.platform(), "aws-nitro");
  }
}

TEST(VerifyNitro, DebugIsRefused) {
  Document d = instance().blank_document(Kind::kEnclave);
  for (unsigned i = 0; i <= 2; ++i) {
    d.registers[i] = Bytes(48, 0);
  }
  // Also by a policy whose list of good registers holds the zeros of a debug run.
  const Verdict verdict = judge(d, policy_for(d));
  EXPECT_FALSE(verdict.accepted());
  EXPECT_EQ(factor(verdict, "debug").status, "fail");
  EXPECT_EQ(factor(verdict, "measurement.PCR0").status, "pass");
}

TEST(VerifyNitro, ANitroTpmIsNotOfThePolicysPlatform) {
  const Document enclave = instance().blank_document(Kind::kEnclave);
  const Verdict verdict = judge(instance().blank_document(Kind::kTpm), policy_for(enclave));
  EXPECT_EQ(verdict.platform(), "aws-nitrotpm");
  EXPECT_FALSE(verdict.accepted());
  EXPECT_EQ(factor(verdict, "platform").reason, "policy.platform");
}

}  // namespace
}  // namespace claustrum::verify
