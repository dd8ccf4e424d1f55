// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/aws_instance.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/nitro/verify.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using evidence::nitro::Kind;

constexpr Kind kKinds[] = {Kind::kEnclave, Kind::kTpm};

const AwsAuthority& aws() {
  static const AwsAuthority authority =
      AwsAuthority::create(kSimNow + -kSimDay, kSimNow + 9000 * kSimDay).value();
  return authority;
}

AwsInstance make() {
  AwsInstanceSpec spec;
  spec.not_before = kSimNow + -60;
  spec.not_after = kSimNow + 10'743;
  return AwsInstance::create(aws(), spec).value();
}

evidence::Verification judge(BytesView document, Kind kind, bool named) {
  evidence::VerifyInput in;
  in.evidence = document;
  in.now = kSimNow;
  if (named) {
    in.extra_roots = {aws().root()};
  }
  return kind == Kind::kTpm ? evidence::nitro::verify_tpm(in) : evidence::nitro::verify(in);
}

TEST(SimAwsInstance, TheRealVerifierTakesItsDocumentsWhereTheRootIsNamed) {
  const AwsInstance instance = make();
  for (const Kind kind : kKinds) {
    const Bytes document = instance.sign(instance.blank_document(kind));
    const evidence::Verification v = judge(document, kind, true);
    ASSERT_TRUE(v.claims.has_value());
    EXPECT_TRUE((*v.claims)->simulated);
    EXPECT_EQ(v.factors.find("simulated")->status, evidence::FactorStatus::kFail);
    EXPECT_EQ(judge(document, kind, false).factors.find("root")->reason, "nitro.root.untrusted");
  }
}

TEST(SimAwsInstance, DocumentsHaveAwsForm) {
  const AwsInstance instance = make();
  for (const Kind kind : kKinds) {
    const auto d =
        evidence::nitro::parse_document(instance.sign(instance.blank_document(kind))).value();
    EXPECT_EQ(codec::hex_encode(d.cose.protected_bytes), "a1013822");
    EXPECT_TRUE(d.indefinite_map);
    EXPECT_EQ(d.cabundle.size(), 4U);
    EXPECT_EQ(d.registers.size(), kind == Kind::kTpm ? 24U : 16U);
    EXPECT_EQ(d.module_id, instance.module_id(kind));
    for (const Bytes& der : d.cabundle) {
      EXPECT_LE(der.size(), evidence::nitro::kMaxCertificate);
      EXPECT_NE(crypto::Certificate::parse(der)->subject_text().find("Claustrum simulator"),
                std::string::npos);
    }
  }
}

TEST(SimAwsInstance, LeavesAreInAwsProfile) {
  const AwsInstance instance = make();
  const auto enclave = crypto::Certificate::parse(instance.leaf_certificate(Kind::kEnclave));
  EXPECT_EQ(enclave->subject_cn(), "i-051a0000000000001-enc01951a0000000001.us-east-1.aws");
  EXPECT_EQ(codec::hex_encode(enclave->serial()).substr(0, 16), "01951a0000000001");
  EXPECT_FALSE(enclave->is_ca());
  const auto tpm = crypto::Certificate::parse(instance.leaf_certificate(Kind::kTpm));
  EXPECT_EQ(tpm->subject_cn(), "i-051a0000000000001-tpm0000000000000000.us-east-1.aws");
  EXPECT_LE(tpm->serial().size(), 8U);
}

}  // namespace
}  // namespace claustrum::simulator
