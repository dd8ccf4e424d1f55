// SPDX-License-Identifier: Apache-2.0
// Level matching on hand-made documents, one change at a time; the two tables written out.
#include "claustrum/evidence/dcap/tcb_match.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_documents.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;
using enum TcbStatus;

// A platform, its quoting enclave and its TD at the newest level of everything.
struct Scene {
  explicit Scene(bool tdx_scene) : tdx(tdx_scene) {
    info = tdx ? tdx_info_json() : sgx_info_json();
    identity = qe_identity_json(tdx);
    platform.components = filled(30);
    platform.pce_svn = 13;
    qe.attributes = {0x15, 0, 0, 0, 0, 0, 0, 0, 0xe7};
    qe.mr_signer.fill(0xaa);
    qe.isv_prod_id = tdx ? 2 : 1;
    qe.isv_svn = 8;
    td.tee_tcb_svn = filled(7);
    td.tee_tcb_svn[0] = 9;
    td.tee_tcb_svn[1] = 1;
  }

  TcbInfo parsed_info() const { return parse_tcb_info(as_bytes(codec::to_json(info))).value(); }
  QeIdentity parsed_identity() const {
    return parse_qe_identity(as_bytes(codec::to_json(identity))).value();
  }
  Result<TcbResult> run() const {
    return evaluate_tcb(parsed_info(), parsed_identity(), platform, qe, tdx ? &td : nullptr);
  }
  TcbStatus status() const {
    const Result<TcbResult> result = run();
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
    return result.ok() ? result->status : kRevoked;
  }
  void set_info(std::string_view path, Json value) { info = with(info, path, std::move(value)); }
  void set_identity(std::string_view path, Json value) {
    identity = with(identity, path, std::move(value));
  }

  bool tdx;
  Json info;
  Json identity;
  PlatformTcb platform;
  SgxReportBody qe;
  TdReportBody td;
};

void expect_fault(const Scene& scene, Code code, std::string_view reason) {
  const Result<TcbResult> result = scene.run();
  ASSERT_FALSE(result.ok()) << reason;
  EXPECT_EQ(result.error().code(), code) << reason;
  EXPECT_EQ(result.error().reason(), reason);
}

TEST(DcapTcb, TheNewestLevelIsUpToDate) {
  const Result<TcbResult> sgx = Scene(false).run();
  ASSERT_TRUE(sgx.ok()) << sgx.error().message();
  EXPECT_EQ(sgx->status, kUpToDate);
  EXPECT_EQ(sgx->platform, kUpToDate);
  EXPECT_EQ(sgx->qe, kUpToDate);
  EXPECT_FALSE(sgx->module.has_value());
  EXPECT_TRUE(sgx->module_id.empty());
  EXPECT_FALSE(sgx->launch.has_value());
  EXPECT_TRUE(sgx->advisories.empty());
  const Result<TcbResult> tdx = Scene(true).run();
  ASSERT_TRUE(tdx.ok()) << tdx.error().message();
  EXPECT_EQ(tdx->status, kUpToDate);
  EXPECT_EQ(tdx->module, kUpToDate);
  EXPECT_EQ(tdx->module_id, "TDX_01");
  EXPECT_FALSE(tdx->current.has_value());
}

TEST(DcapTcb, EverySgxComponentCounts) {
  for (const bool tdx : {false, true}) {
    for (std::size_t i = 0; i < 16; ++i) {
      Scene scene(tdx);
      scene.platform.components[i] = 29;
      EXPECT_EQ(scene.status(), tdx ? kOutOfDate : kSwHardeningNeeded) << i;
      scene.platform.components[i] = 19;
      EXPECT_EQ(scene.status(), kOutOfDate) << i;
      scene.platform.components[i] = 9;
      expect_fault(scene, Code::kNotFound, "dcap.tcb.no_level");
      scene.platform.components[i] = 255;
      EXPECT_EQ(scene.status(), kUpToDate) << i;
    }
  }
}

TEST(DcapTcb, PceSvnCounts) {
  Scene scene(false);
  scene.platform.pce_svn = 12;
  EXPECT_EQ(scene.status(), kSwHardeningNeeded);
  scene.platform.pce_svn = 10;
  EXPECT_EQ(scene.status(), kOutOfDate);
  scene.platform.pce_svn = 4;
  expect_fault(scene, Code::kNotFound, "dcap.tcb.no_level");
  scene.platform.pce_svn = 65535;
  EXPECT_EQ(scene.status(), kUpToDate);
}

// The module's own two SVNs are its identity's business.
TEST(DcapTcb, OfAVersionedModuleTheTdxComponentsFromTwoOnCount) {
  for (std::size_t i = 2; i < 16; ++i) {
    Scene scene(true);
    scene.td.tee_tcb_svn[i] = 6;
    EXPECT_EQ(scene.status(), kOutOfDate) << i;
    EXPECT_EQ(scene.run()->platform, kOutOfDate) << i;
  }
  Scene scene(true);
  scene.set_info("tcbLevels/0/tcb/tdxtcbcomponents/0/svn", 255);
  scene.set_info("tcbLevels/0/tcb/tdxtcbcomponents/1/svn", 255);
  EXPECT_EQ(scene.status(), kUpToDate);
}

TEST(DcapTcb, OfAModuleWithoutVersionAllTdxComponentsCount) {
  Scene scene(true);
  scene.td.tee_tcb_svn[1] = 0;
  scene.set_info("tcbLevels/0/tcb/tdxtcbcomponents/1/svn", 0);
  scene.set_info("tcbLevels/1/tcb/tdxtcbcomponents/1/svn", 0);
  EXPECT_EQ(scene.status(), kUpToDate);
  EXPECT_FALSE(scene.run()->module.has_value());
  scene.td.tee_tcb_svn[0] = 6;
  EXPECT_EQ(scene.run()->platform, kOutOfDate);
  scene.set_info("tcbLevels/1/tcb/tdxtcbcomponents/1/svn", 1);
  EXPECT_EQ(format_rfc3339(scene.run()->platform_date), "2018-01-04T00:00:00Z");
}

TEST(DcapTcb, TheModuleStatusIsOneOfThree) {
  Scene scene(true);
  scene.td.tee_tcb_svn[0] = 8;
  const Result<TcbResult> result = scene.run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->platform, kUpToDate);
  EXPECT_EQ(result->module, kOutOfDate);
  EXPECT_EQ(result->status, kOutOfDate);
  scene.set_info("tdxModuleIdentities/1/tcbLevels/1/tcbStatus", "Revoked");
  EXPECT_EQ(scene.status(), kRevoked);
  // A good module does not mend an old platform.
  Scene old(true);
  old.platform.pce_svn = 12;
  EXPECT_EQ(old.run()->module, kUpToDate);
  EXPECT_EQ(old.status(), kOutOfDate);
}

TEST(DcapTcb, RejectsAModuleBelowEveryLevel) {
  Scene scene(true);
  scene.td.tee_tcb_svn[0] = 3;
  expect_fault(scene, Code::kNotFound, "dcap.module.no_level");
}

TEST(DcapTcb, RejectsAModuleWithoutIdentity) {
  Scene scene(true);
  scene.td.tee_tcb_svn[1] = 2;
  expect_fault(scene, Code::kNotFound, "dcap.module.unknown");
  scene = Scene(true);
  scene.info = without(scene.info, "tdxModuleIdentities");
  expect_fault(scene, Code::kNotFound, "dcap.module.unknown");
}

TEST(DcapTcb, ModuleIdsAreHexInEitherCase) {
  Scene scene(true);
  scene.td.tee_tcb_svn[1] = 0xab;
  for (const char* id : {"TDX_AB", "TDX_ab", "tdx_aB"}) {
    scene.set_info("tdxModuleIdentities/1/id", id);
    EXPECT_EQ(scene.run()->module_id, id);
  }
  scene.td.tee_tcb_svn[1] = 3;
  EXPECT_EQ(scene.run()->module_id, "TDX_03");
}

TEST(DcapTcb, RejectsAnotherSignerOfTheModule) {
  Scene scene(true);
  scene.td.mr_signer_seam[47] = 1;
  expect_fault(scene, Code::kMismatch, "dcap.module.mr_signer");
  scene.td.tee_tcb_svn[1] = 0;
  scene.set_info("tcbLevels/0/tcb/tdxtcbcomponents/1/svn", 0);
  expect_fault(scene, Code::kMismatch, "dcap.module.mr_signer");
  scene.set_info("tdxModule/mrsigner", std::string(95, '0') + "1");
  EXPECT_EQ(scene.status(), kUpToDate);
}

TEST(DcapTcb, RejectsOtherAttributesOfTheModule) {
  Scene scene(true);
  scene.set_info("tdxModuleIdentities/1/attributes", "0100000000000000");
  expect_fault(scene, Code::kMismatch, "dcap.module.attributes");
}

TEST(DcapTcb, RejectsAnyAttributeOfTheModule) {
  Scene scene(true);
  scene.td.seam_attributes = std::uint64_t{1} << 63;
  expect_fault(scene, Code::kMismatch, "dcap.module.attributes");
  scene.set_info("tdxModuleIdentities/1/attributesMask", "FFFFFFFFFFFFFF7F");
  expect_fault(scene, Code::kMismatch, "dcap.module.attributes_zero");
}

TEST(DcapTcb, RejectsDocumentsOfTheOtherTee) {
  Scene scene(false);
  scene.info = tdx_info_json();
  expect_fault(scene, Code::kMismatch, "dcap.tcb_info.tee");
  scene = Scene(true);
  scene.info = sgx_info_json();
  expect_fault(scene, Code::kMismatch, "dcap.tcb_info.tee");
  for (const bool tdx : {false, true}) {
    for (const char* id : {tdx ? "QE" : "TD_QE", "QVE", "QAE"}) {
      scene = Scene(tdx);
      scene.set_identity("id", id);
      expect_fault(scene, Code::kMismatch, "dcap.qe.id");
    }
  }
}

TEST(DcapTcb, RejectsTheTcbInfoOfAnotherPlatform) {
  const TcbInfo info = Scene(true).parsed_info();
  const ByteArray<6> fmspc = {0x00, 0x80, 0x6f, 0x05, 0x00, 0x00};
  EXPECT_TRUE(check_tcb_info(info, fmspc, {0, 0}).ok());
  const Status platform = check_tcb_info(info, {0x50, 0x80, 0x6f, 0, 0, 0}, {0, 0});
  ASSERT_FALSE(platform.ok());
  EXPECT_EQ(platform.error().code(), Code::kMismatch);
  EXPECT_EQ(platform.error().reason(), "dcap.tcb_info.fmspc");
  const Status pce = check_tcb_info(info, fmspc, {0, 1});
  ASSERT_FALSE(pce.ok());
  EXPECT_EQ(pce.error().code(), Code::kMismatch);
  EXPECT_EQ(pce.error().reason(), "dcap.tcb_info.pce_id");
}

TEST(DcapTcb, QuotingEnclavesHaveLevels) {
  Scene scene(false);
  scene.qe.isv_svn = 9;
  EXPECT_EQ(scene.status(), kUpToDate);
  scene.qe.isv_svn = 7;
  EXPECT_EQ(scene.status(), kOutOfDate);
  EXPECT_EQ(scene.run()->qe, kOutOfDate);
  EXPECT_EQ(scene.run()->platform, kUpToDate);
  scene.qe.isv_svn = 5;
  EXPECT_EQ(scene.status(), kRevoked);
  scene.qe.isv_svn = 4;
  expect_fault(scene, Code::kNotFound, "dcap.qe.no_level");
}

TEST(DcapTcb, RejectsAnotherMiscSelect) {
  Scene scene(true);
  scene.qe.misc_select = 1;
  expect_fault(scene, Code::kMismatch, "dcap.qe.misc_select");
  scene.set_identity("miscselectMask", "FEFFFFFF");
  EXPECT_EQ(scene.status(), kUpToDate);
}

TEST(DcapTcb, EveryMaskedAttributeCounts) {
  const QeIdentity identity = Scene(true).parsed_identity();
  for (std::size_t bit = 0; bit < 128; ++bit) {
    Scene scene(true);
    scene.qe.attributes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const bool masked = (identity.attributes_mask[bit / 8] >> bit % 8 & 1) != 0;
    if (masked) {
      expect_fault(scene, Code::kMismatch, "dcap.qe.attributes");
    } else {
      EXPECT_EQ(scene.status(), kUpToDate) << bit;
    }
  }
}

TEST(DcapTcb, RejectsADebugQuotingEnclaveUnderAnyMask) {
  Scene scene(true);
  scene.qe.attributes[0] |= 2;
  scene.set_identity("attributesMask", "F9FFFFFFFFFFFFFF0000000000000000");
  expect_fault(scene, Code::kMismatch, "dcap.qe.debug");
}

TEST(DcapTcb, RejectsAnotherQuotingEnclave) {
  Scene signer(true);
  signer.qe.mr_signer[0] ^= 1;
  expect_fault(signer, Code::kMismatch, "dcap.qe.mr_signer");
  Scene product(true);
  product.qe.isv_prod_id = 1;
  expect_fault(product, Code::kMismatch, "dcap.qe.prod_id");
}

TEST(DcapTcb, TheDateIsTheEarliestOfTheParts) {
  Scene scene(true);
  EXPECT_EQ(format_rfc3339(scene.run()->date), "2026-01-15T00:00:00Z");  // the module's
  EXPECT_EQ(scene.run()->module_date, scene.run()->date);
  scene.qe.isv_svn = 6;
  EXPECT_EQ(format_rfc3339(scene.run()->date), "2023-02-15T00:00:00Z");  // the QE's
  EXPECT_EQ(scene.run()->qe_date, scene.run()->date);
  scene.platform.pce_svn = 5;
  EXPECT_EQ(format_rfc3339(scene.run()->date), "2018-01-04T00:00:00Z");  // the platform's
  EXPECT_EQ(scene.run()->platform_date, scene.run()->date);
}

TEST(DcapTcb, AdvisoriesAreTheUnionOfTheParts) {
  Scene scene(true);
  scene.platform.pce_svn = 5;
  scene.td.tee_tcb_svn[0] = 4;
  scene.qe.isv_svn = 6;
  scene.set_identity("tcbLevels/1/advisoryIDs/0", "INTEL-SA-01099");
  EXPECT_EQ(scene.run()->advisories,
            (std::vector<std::string>{"INTEL-SA-00106", "INTEL-SA-01099", "INTEL-SA-01192"}));
}

TEST(DcapTcb, ConfigurationNeedSurvivesAnOldQuotingEnclave) {
  Scene scene(false);
  scene.set_info("tcbLevels/0/tcbStatus", "ConfigurationNeeded");
  scene.qe.isv_svn = 6;
  EXPECT_EQ(scene.status(), kOutOfDateConfigurationNeeded);
}

Scene td15_scene() {
  Scene scene(true);
  scene.td.td15.emplace();
  scene.td.td15->tee_tcb_svn_2 = scene.td.tee_tcb_svn;
  return scene;
}

TEST(DcapTcb, ATd15IsEvaluatedTwice) {
  Scene scene = td15_scene();
  EXPECT_EQ(scene.run()->launch, kUpToDate);
  EXPECT_EQ(scene.run()->current, kUpToDate);
  EXPECT_EQ(scene.status(), kUpToDate);
  scene.td.tee_tcb_svn[0] = 4;  // launched under an old module, updated since
  const Result<TcbResult> result = scene.run();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->status, kTdRelaunchAdvised);
  EXPECT_EQ(result->launch, kOutOfDate);
  EXPECT_EQ(result->current, kUpToDate);
  EXPECT_EQ(result->module, kOutOfDate);
  EXPECT_EQ(result->advisories, std::vector<std::string>{"INTEL-SA-01099"});
  scene.td.td15->tee_tcb_svn_2[0] = 8;  // still old
  EXPECT_EQ(scene.status(), kOutOfDate);
  scene.td.tee_tcb_svn[0] = 9;  // the launch stands
  EXPECT_EQ(scene.status(), kUpToDate);
  EXPECT_EQ(scene.run()->current, kOutOfDate);
}

TEST(DcapTcb, ATd15WhoseModuleOfTodayIsRevokedIsRevoked) {
  Scene scene = td15_scene();
  scene.td.tee_tcb_svn[0] = 9;
  scene.td.td15->tee_tcb_svn_2[0] = 8;
  EXPECT_EQ(scene.status(), kUpToDate);
  scene.set_info("tdxModuleIdentities/1/tcbLevels/1/tcbStatus", "Revoked");
  EXPECT_EQ(scene.status(), kRevoked);
  EXPECT_EQ(scene.run()->launch, kUpToDate);
}

TEST(DcapTcb, ATd15WhoseModuleOfTodayHasNoLevelFails) {
  Scene scene = td15_scene();
  scene.td.td15->tee_tcb_svn_2[0] = 3;
  expect_fault(scene, Code::kNotFound, "dcap.module.no_level");
  scene = td15_scene();
  scene.td.td15->tee_tcb_svn_2[1] = 2;
  expect_fault(scene, Code::kNotFound, "dcap.module.unknown");
  scene = td15_scene();
  scene.set_info("tcbLevels/2/tcb/tdxtcbcomponents/2/svn", 1);
  scene.td.td15->tee_tcb_svn_2[2] = 0;
  expect_fault(scene, Code::kNotFound, "dcap.tcb.no_level");
}

constexpr TcbStatus kAll[] = {kUpToDate,
                              kSwHardeningNeeded,
                              kConfigurationNeeded,
                              kConfigurationAndSwHardeningNeeded,
                              kOutOfDate,
                              kOutOfDateConfigurationNeeded,
                              kRevoked};

TEST(DcapTcb, ConvergenceIsIntelsTable) {
  // Platform; with a component UpToDate, OutOfDate, Revoked.
  const TcbStatus table[][4] = {
      {kUpToDate, kUpToDate, kOutOfDate, kRevoked},
      {kSwHardeningNeeded, kSwHardeningNeeded, kOutOfDate, kRevoked},
      {kConfigurationNeeded, kConfigurationNeeded, kOutOfDateConfigurationNeeded, kRevoked},
      {kConfigurationAndSwHardeningNeeded, kConfigurationAndSwHardeningNeeded,
       kOutOfDateConfigurationNeeded, kRevoked},
      {kOutOfDate, kOutOfDate, kOutOfDate, kRevoked},
      {kOutOfDateConfigurationNeeded, kOutOfDateConfigurationNeeded, kOutOfDateConfigurationNeeded,
       kRevoked},
      {kRevoked, kRevoked, kRevoked, kRevoked},
  };
  for (const auto& row : table) {
    EXPECT_EQ(converge(row[0], kUpToDate), row[1]) << to_string(row[0]);
    EXPECT_EQ(converge(row[0], kOutOfDate), row[2]) << to_string(row[0]);
    EXPECT_EQ(converge(row[0], kRevoked), row[3]) << to_string(row[0]);
    // No component is any of these; if one were, it would not count as current.
    for (const TcbStatus odd :
         {kSwHardeningNeeded, kConfigurationNeeded, kConfigurationAndSwHardeningNeeded,
          kOutOfDateConfigurationNeeded, kTdRelaunchAdvised}) {
      EXPECT_EQ(converge(row[0], odd), row[2]) << to_string(row[0]);
    }
  }
}

// Two components in either order, and twice the same: no order of evaluation matters.
TEST(DcapTcb, ConvergenceDoesNotDependOnTheOrderOfTheParts) {
  const TcbStatus parts[] = {kUpToDate, kOutOfDate, kRevoked};
  for (const TcbStatus platform : kAll) {
    for (const TcbStatus a : parts) {
      EXPECT_EQ(converge(converge(platform, a), a), converge(platform, a));
      for (const TcbStatus b : parts) {
        EXPECT_EQ(converge(converge(platform, a), b), converge(converge(platform, b), a));
      }
    }
  }
}

TEST(DcapTcb, RelaunchIsIntelsTableButForARevokedModuleOfToday) {
  const TcbStatus advised = kTdRelaunchAdvised;
  const TcbStatus configure = kTdRelaunchAdvisedConfigurationNeeded;
  for (const TcbStatus launch : kAll) {
    for (const TcbStatus current : kAll) {
      TcbStatus expected = current == kRevoked ? kRevoked : launch;
      if (launch == kOutOfDate) {
        const std::map<TcbStatus, TcbStatus> row = {{kUpToDate, advised},
                                                    {kSwHardeningNeeded, advised},
                                                    {kConfigurationNeeded, configure},
                                                    {kConfigurationAndSwHardeningNeeded, configure},
                                                    {kOutOfDate, kOutOfDate},
                                                    {kOutOfDateConfigurationNeeded, kOutOfDate},
                                                    {kRevoked, kRevoked}};
        expected = row.at(current);
      }
      if (launch == kOutOfDateConfigurationNeeded) {
        const std::map<TcbStatus, TcbStatus> row = {
            {kUpToDate, configure},
            {kSwHardeningNeeded, configure},
            {kConfigurationNeeded, configure},
            {kConfigurationAndSwHardeningNeeded, configure},
            {kOutOfDate, kOutOfDateConfigurationNeeded},
            {kOutOfDateConfigurationNeeded, kOutOfDateConfigurationNeeded},
            {kRevoked, kRevoked}};
        expected = row.at(current);
      }
      EXPECT_EQ(relaunch(launch, current), expected)
          << to_string(launch) << " " << to_string(current);
    }
  }
}

}  // namespace
}  // namespace claustrum::evidence::dcap
