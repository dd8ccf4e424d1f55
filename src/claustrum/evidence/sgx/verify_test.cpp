// SPDX-License-Identifier: Apache-2.0
// Simulated enclaves: one thing changed and signed again, one reason expected.
#include "claustrum/evidence/sgx/verify.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_cases.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::sgx {
namespace {

using dcap::Scene;
using simulator::QuoteForm;

struct SgxVerify : ::testing::Test {
  Scene scene{QuoteForm::kSgxV3, verify};
};

TEST_F(SgxVerify, AnAuthenticQuoteGivesItsClaims) {
  scene.sgx().report_data.fill(0x31);
  scene.sgx().config_id.fill(0x32);
  const Verification v = scene.run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  const Claims& claims = **v.claims;
  EXPECT_EQ(claims.platform, "intel-sgx");
  EXPECT_EQ(claims.product, "53494d000001");
  EXPECT_EQ(claims.report_data, Bytes(64, 0x31));
  EXPECT_EQ(claims.host_data, Bytes(64, 0x32));
  EXPECT_EQ(claims.measurements.at("mr_enclave"), to_bytes(BytesView(scene.sgx().mr_enclave)));
  EXPECT_EQ(claims.measurements.at("mr_signer"), to_bytes(BytesView(scene.sgx().mr_signer)));
  EXPECT_FALSE(claims.debug);
  EXPECT_FALSE(claims.migration.has_value());
  EXPECT_EQ(claims.tcb.at("pcesvn"), 13);
  EXPECT_EQ(claims.tcb.at("sgxtcbcomp02"), 7);
  EXPECT_EQ(claims.tcb.at("tcbEvaluationDataNumber"), 20);
  EXPECT_FALSE(claims.tcb.contains("tdxtcbcomp01"));
  EXPECT_EQ(claims.details.find("tcb_status")->string(), "UpToDate");
  EXPECT_TRUE(claims.details.find("smt_enabled")->boolean());
}

TEST_F(SgxVerify, NothingIsClaimedWithoutASignature) {
  dcap::Quote quote = scene.sealed();
  quote.signature[5] ^= 1;
  dcap::expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
}

TEST_F(SgxVerify, RefusesAQuoteOfTdx) {
  const Scene td(QuoteForm::kTdV4, verify);
  const Verification v = td.run();
  EXPECT_EQ(dcap::reason_of(v, "format"), "sgx.format.tee");
  EXPECT_TRUE(v.malformed);
}

TEST_F(SgxVerify, OtherVersionsAreRefusedAndNoMore) {
  Bytes data = scene.platform.sign(scene.quote);
  data[0] = 9;
  const Verification v = scene.run_raw(data);
  EXPECT_EQ(dcap::reason_of(v, "format"), "dcap.version");
  EXPECT_FALSE(v.malformed || v.unsupported || v.claims || v.unverified_claims);
}

TEST_F(SgxVerify, ADebugEnclaveIsRefused) {
  scene.sgx().attributes[0] |= dcap::kSgxDebug;
  const Verification v = scene.run();
  dcap::expect_judged(v, "debug", "sgx.debug.enabled");
  EXPECT_TRUE((*v.claims)->debug);
}

TEST_F(SgxVerify, AnEnclaveIsInitialised) {
  scene.sgx().attributes[0] &= static_cast<std::uint8_t>(~dcap::kSgxInit);
  dcap::expect_judged(scene.run(), "attributes", "sgx.attributes.init");
}

TEST_F(SgxVerify, UnknownAttributesAreRefused) {
  for (unsigned bit = 0; bit < 64; ++bit) {
    const bool known = (std::uint64_t{0x4f7} >> bit & 1U) != 0;
    Scene other(QuoteForm::kSgxV3, verify);
    other.sgx().attributes[bit / 8] |= static_cast<std::uint8_t>(1U << bit % 8);
    const std::string reason = dcap::reason_of(other.run(), "attributes");
    EXPECT_EQ(reason, known ? "" : "sgx.attributes.reserved") << bit;
  }
}

TEST_F(SgxVerify, TheStateAnyEnclaveHasIsOn) {
  for (const std::uint8_t off : std::initializer_list<std::uint8_t>{1, 2, 3}) {
    Scene other(QuoteForm::kSgxV3, verify);
    other.sgx().attributes[8] &= static_cast<std::uint8_t>(~off);
    dcap::expect_judged(other.run(), "attributes", "sgx.attributes.xfrm");
  }
}

TEST_F(SgxVerify, APrivilegedEnclaveIsFlagged) {
  scene.sgx().attributes[0] |= dcap::kSgxProvisionKey;
  const Verification v = scene.run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_TRUE((*v.claims)->details.find("provision_key")->boolean());
}

TEST_F(SgxVerify, TcbInfoOfTdxIsNotSgxs) {
  const Scene td(QuoteForm::kTdV4, tdx::verify);
  simulator::IntelCollateralSpec documents = td.documents;
  documents.tcb_info.fmspc = scene.documents.tcb_info.fmspc;
  scene.documents.tcb_info = documents.tcb_info;
  scene.rebuild();
  dcap::expect_judged(scene.run(), "tcb", "dcap.tcb_info.tee");
}

TEST_F(SgxVerify, TheRealRootIsNotTheSimulatedOne) {
  scene.roots[0].simulated = false;  // a custom root a caller names as its own
  const Verification v = scene.run();
  EXPECT_EQ(v.factors.find("simulated")->status, FactorStatus::kPass);
  EXPECT_FALSE((*v.claims)->simulated);
}

}  // namespace
}  // namespace claustrum::evidence::sgx
