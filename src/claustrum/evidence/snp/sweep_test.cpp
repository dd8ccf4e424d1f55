// SPDX-License-Identifier: Apache-2.0
// No accepted report, real or simulated, survives a changed byte; no collateral does.
#include <gtest/gtest.h>

#include <iostream>

#include "claustrum/evidence/core/test_cases.h"
#include "claustrum/evidence/core/test_sweep.h"
#include "claustrum/evidence/snp/test_scene.h"
#include "claustrum/evidence/snp/verify.h"

namespace claustrum::evidence::snp {
namespace {

constexpr std::size_t kEvidenceSample = 1200;
constexpr std::size_t kCollateralSample = 700;

const Reasons kLayout = {"snp.report.layout"};
const Reasons kSigned = {"snp.signature.invalid"};
// Reserved bytes of a known version are refused before anything is verified.
const Reasons kReserved = {"snp.report.layout", "snp.signature.invalid"};

// [SEV-SNP 56860, ATTESTATION_REPORT]; the table above format.h.
std::vector<SweepField> report_fields() {
  return {{"VERSION", 4, {"snp.signature.invalid", "snp.report.layout"}, {}},
          {"GUEST_SVN to VMPL", 48, kSigned, {}},
          {"SIGNATURE_ALGO", 4, {"snp.format.algorithm"}, {}},
          {"CURRENT_TCB, PLATFORM_INFO", 16, kSigned, {}},
          {"flags and reserved", 8, kReserved, {}},
          {"REPORT_DATA to REPORT_ID_MA", 0x180 - 0x50, kSigned, {}},
          {"REPORTED_TCB", 8, {"snp.tcb_binding.mismatch"}, {}},
          {"CPUID and reserved", 24, kReserved, {}},
          {"CHIP_ID", 64, {"snp.signature.invalid"}, {}},
          {"COMMITTED_TCB", 8, kSigned, {}},
          {"firmware versions", 8, kReserved, {}},
          {"LAUNCH_TCB", 8, kSigned, {}},
          {"mitigation vectors and reserved", 0x2A0 - 0x1F8, kReserved, {}},
          {"R", 48, kSigned, {}},
          {"R, high", 24, kLayout, {}},
          {"S", 48, kSigned, {}},
          {"S, high", 24, kLayout, {}},
          {"signature, reserved", 368, kLayout, {}}};
}

EvidenceSweep report_sweep(Bytes evidence, std::function<Verification(BytesView)> run) {
  EvidenceSweep out;
  out.evidence = std::move(evidence);
  out.fields = report_fields();
  out.least = out.evidence.size();
  out.cut_reason = "snp.report.length";
  out.run = std::move(run);
  return out;
}

std::vector<CollateralPart> parts_of(const Collateral& collateral) {
  // The last: a leaf that calls itself another kind belongs under another intermediate.
  const Reasons certificate = {"snp.collateral.malformed", "snp.root.untrusted",
                               "snp.chain.signature", "snp.vek.extension",
                               "snp.chain.intermediate_name"};
  const Reasons crl = {"snp.crl.malformed", "snp.crl.signature"};
  std::vector<CollateralPart> out;
  for (const char* name : {"vcek", "vlek", "ask", "asvk", "ark"}) {
    out.push_back({name, certificate, true, first_certificate});
  }
  out.push_back({"crl", crl, false, first_certificate});
  std::erase_if(out, [&](const CollateralPart& p) { return !collateral.contains(p.name); });
  return out;
}

CollateralSweep collateral_sweep(const Collateral& collateral,
                                 std::function<Verification(const Collateral&)> run) {
  CollateralSweep out;
  out.collateral = collateral;
  out.parts = parts_of(collateral);
  out.run = std::move(run);
  return out;
}

TEST(SnpSweep, NoRealReportSurvivesAChange) {
  std::vector<CaseFolder> folders = cases_of({kPlatform});
  if (folders.empty()) {
    GTEST_SKIP() << "no evidence beside the tree";
  }
  std::erase_if(folders, [](const CaseFolder& folder) {
    return folder.file.string_at("expect").value() != "pass";
  });
  SweepCount reports;
  SweepCount certificates;
  for (const CaseFolder& folder : folders) {
    SCOPED_TRACE(folder.name);
    IssuerCache cache;
    VerifyInput in;
    in.now = folder.loaded.verify_at;
    in.issuers = &cache;
    const auto run = [&](BytesView evidence, const Collateral& collateral) {
      in.evidence = evidence;
      in.collateral = &collateral;
      return verify(in);
    };
    EvidenceSweep evidence = report_sweep(folder.loaded.evidence, [&](BytesView data) {
      return run(data, folder.loaded.collateral);
    });
    evidence.sample = kEvidenceSample / folders.size();
    reports += expect_no_change_survives(evidence);
    CollateralSweep collateral = collateral_sweep(
        folder.loaded.collateral,
        [&](const Collateral& given) { return run(folder.loaded.evidence, given); });
    collateral.sample = kCollateralSample / folders.size() / collateral.parts.size();
    certificates += expect_no_change_survives(collateral);
    if (HasFatalFailure()) {
      return;
    }
  }
  EXPECT_GT(reports.things, 0U);
  std::cout << "| " << kPlatform << " reports: " << describe(reports) << "\n"
            << "| " << kPlatform << " collateral: " << describe(certificates) << "\n";
}

TEST(SnpSweep, NoSimulatedReportSurvivesAChange) {
  SweepCount reports;
  SweepCount certificates;
  for (const LeafKind kind : {LeafKind::kVcek, LeafKind::kVlek}) {
    for (const char* product : {"Milan", "Turin"}) {
      SCOPED_TRACE(product);
      simulator::AmdMachineSpec spec = test_machine_spec();
      spec.kind = kind;
      IssuerCache cache;
      Scene scene(product, spec);
      scene.issuers = &cache;
      const Bytes report = scene.machine.sign(scene.report);
      reports += expect_no_change_survives(
          report_sweep(report, [&](BytesView data) { return scene.run_raw(data); }));
      certificates +=
          expect_no_change_survives(collateral_sweep(scene.collateral, [&](const Collateral& c) {
            scene.collateral = c;
            return scene.run_raw(report);
          }));
      if (HasFatalFailure()) {
        return;
      }
    }
  }
  std::cout << "| simulated reports: " << describe(reports) << "\n"
            << "| simulated collateral: " << describe(certificates) << "\n";
}

TEST(SnpSweep, NothingButTheKernelsBufferStandsBehindAReport) {
  const Scene scene;
  const Bytes report = scene.machine.sign(scene.report);
  for (const std::size_t more : std::initializer_list<std::size_t>{1, 32, 2816, 4096}) {
    Bytes longer = report;
    longer.resize(longer.size() + more);
    EXPECT_EQ(reason_of(scene.run_raw(longer), "format"),
              more == 2816 ? "snp.report.ioctl" : "snp.report.length");
  }
  Bytes response = {0, 0, 0, 0, 0xA0, 0x04, 0, 0};
  response.resize(kIoctlHeaderLen);
  append(response, report);
  response.resize(kIoctlResponseLen);
  EvidenceSweep sweep = report_sweep(response, [&](BytesView data) { return scene.run_raw(data); });
  const Reasons ioctl = {"snp.report.ioctl"};
  sweep.fields.insert(sweep.fields.begin(), {"status, size, reserved", kIoctlHeaderLen, ioctl, {}});
  sweep.fields.push_back({"buffer",
                          kIoctlResponseLen - kIoctlHeaderLen - kReportLen,
                          {},
                          "the driver's buffer behind the message is no part of it"});
  const SweepCount count = expect_no_change_survives(sweep);
  EXPECT_GT(count.uncovered, 0U);
}

}  // namespace
}  // namespace claustrum::evidence::snp
