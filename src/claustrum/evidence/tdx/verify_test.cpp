// SPDX-License-Identifier: Apache-2.0
// Simulated trust domains: one thing changed and signed again, one reason expected.
#include "claustrum/evidence/tdx/verify.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_cases.h"

namespace claustrum::evidence::tdx {
namespace {

using dcap::Scene;
using dcap::TcbStatus;
using simulator::QuoteForm;

struct TdxVerify : ::testing::Test {
  Scene scene{QuoteForm::kTd15V5, verify};

  std::string status() const {
    const Verification v = scene.run();
    return v.claims && (*v.claims)->standing ? (*v.claims)->standing->status : std::string();
  }
};

TEST_F(TdxVerify, AnAuthenticQuoteGivesItsClaims) {
  scene.td().report_data.fill(0x31);
  scene.td().mr_config_id.fill(0x32);
  const Verification v = scene.run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  const Claims& claims = **v.claims;
  EXPECT_EQ(claims.platform, "intel-tdx");
  EXPECT_EQ(claims.product, "53494d000001");
  EXPECT_EQ(claims.report_data, Bytes(64, 0x31));
  EXPECT_EQ(claims.host_data, Bytes(48, 0x32));
  EXPECT_EQ(claims.measurements.at("mr_td"), to_bytes(BytesView(scene.td().mr_td)));
  EXPECT_EQ(claims.measurements.at("rtmr2"), to_bytes(BytesView(scene.td().rtmr[2])));
  EXPECT_EQ(claims.measurements.at("mr_seam"), to_bytes(BytesView(scene.td().mr_seam)));
  EXPECT_EQ(claims.migration, false);
  EXPECT_EQ(claims.tcb.at("tdxtcbcomp01"), simulator::kTeeTcbSvn[0]);
  EXPECT_EQ(claims.details.find("tdx_module_id")->string(), "TDX_01");
  EXPECT_EQ(claims.details.find("launch_tcb_status")->string(), "UpToDate");
  EXPECT_EQ(claims.details.find("td_attributes")->string(), "0000001000000000");
}

TEST_F(TdxVerify, PartitionedTdsGiveTheirPart) {
  Scene ex(QuoteForm::kTd15ExV5, verify);
  std::get<dcap::TdReportBody>(ex.quote.body).td15ex->vm_id = 2;
  const Verification v = ex.run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_EQ((*v.claims)->details.find("vm_id")->integer(), 2);
}

TEST_F(TdxVerify, NothingIsClaimedWithoutASignature) {
  dcap::Quote quote = scene.sealed();
  quote.signature[5] ^= 1;
  dcap::expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
}

TEST_F(TdxVerify, RefusesAQuoteOfSgx) {
  const Scene enclave(QuoteForm::kSgxV4, verify);
  const Verification v = enclave.run();
  EXPECT_EQ(dcap::reason_of(v, "format"), "tdx.format.tee");
  EXPECT_TRUE(v.malformed);
}

TEST_F(TdxVerify, ADebugTdIsRefused) {
  scene.td().td_attributes |= dcap::kTdDebug;
  const Verification v = scene.run();
  dcap::expect_judged(v, "debug", "tdx.debug.enabled");
  EXPECT_TRUE((*v.claims)->debug);
}

TEST_F(TdxVerify, AProfiledTdIsRefused) {
  for (unsigned bit = 1; bit < 8; ++bit) {
    scene.td().td_attributes = dcap::kTdSeptVeDisable | std::uint64_t{1} << bit;
    const Verification v = scene.run();
    dcap::expect_judged(v, "debug", "tdx.debug.profiling");
    EXPECT_TRUE((*v.claims)->debug);
  }
}

TEST_F(TdxVerify, UnknownAttributesAreRefused) {
  for (unsigned bit = 8; bit < 64; ++bit) {
    const bool known = (std::uint64_t{0xc0000000f8030000} >> bit & 1U) != 0;
    scene.td().td_attributes = dcap::kTdSeptVeDisable | std::uint64_t{1} << bit;
    EXPECT_EQ(dcap::reason_of(scene.run(), "attributes"), known ? "" : "tdx.attributes.reserved")
        << bit;
  }
}

TEST_F(TdxVerify, TheHostMustNotInjectVe) {
  scene.td().td_attributes = 0;
  dcap::expect_judged(scene.run(), "attributes", "tdx.attributes.sept_ve_disable");
}

TEST_F(TdxVerify, XfamIsOneTheModuleAllows) {
  for (const std::uint64_t xfam :
       std::initializer_list<std::uint64_t>{0x602e6, 0x602e5, 0x603ef, 0x8000000000000003}) {
    scene.td().xfam = xfam;
    dcap::expect_judged(scene.run(), "attributes", "tdx.attributes.xfam");
  }
}

TEST_F(TdxVerify, AMigratableTdSaysSo) {
  scene.td().td_attributes |= dcap::kTdMigratable;
  scene.td().td15->mr_service_td.fill(7);
  const Verification v = scene.run();
  dcap::expect_judged(v, "simulated", "simulated.no_protection");
  EXPECT_EQ((*v.claims)->migration, true);
  EXPECT_EQ((*v.claims)->measurements.at("mr_service_td"), Bytes(48, 7));
}

TEST_F(TdxVerify, AnOldModuleIsOutOfDateThoughThePlatformIsNot) {
  Scene v4(QuoteForm::kTdV4, verify);
  v4.td().tee_tcb_svn[0] = static_cast<std::uint8_t>(v4.td().tee_tcb_svn[0] - 1);
  const Verification v = v4.run();
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_EQ((*v.claims)->details.find("platform_tcb_status")->string(), "UpToDate");
  EXPECT_EQ((*v.claims)->standing->status, "OutOfDate");
  EXPECT_EQ(v.factors.find("tcb")->status, FactorStatus::kPass);
}

TEST_F(TdxVerify, AnUpdateUnderARunningTdAdvisesARelaunch) {
  scene.td().tee_tcb_svn[0] = static_cast<std::uint8_t>(scene.td().tee_tcb_svn[0] - 1);
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  const codec::Json& details = (*v.claims)->details;
  EXPECT_EQ(details.find("launch_tcb_status")->string(), "OutOfDate");
  EXPECT_EQ(details.find("current_tcb_status")->string(), "UpToDate");
  EXPECT_TRUE(details.find("relaunch_advised")->boolean());
  EXPECT_EQ((*v.claims)->standing->status, "TDRelaunchAdvised");
  scene.td().td15->tee_tcb_svn_2 = scene.td().tee_tcb_svn;
  EXPECT_EQ(status(), "OutOfDate");
}

TEST_F(TdxVerify, ADocumentOfSgxIsNotTdxs) {
  const Scene enclave(QuoteForm::kSgxV3, verify);
  scene.documents.tcb_info = enclave.documents.tcb_info;
  scene.rebuild();
  dcap::expect_judged(scene.run(), "tcb", "dcap.tcb_info.tee");
}

}  // namespace
}  // namespace claustrum::evidence::tdx
