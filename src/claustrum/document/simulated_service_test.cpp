// SPDX-License-Identifier: Apache-2.0
// The same service on a simulated machine: real reports in AMD's format, the real verifier. What a
// stand-in cannot show is shown here: report, collateral and document belong together, and a
// simulated root is accepted only where the policy names it.
#include "claustrum/codec/hex.h"
#include "claustrum/document/test_scene.h"
#include "claustrum/policy/explain.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::document {
namespace {

using evidence::FactorStatus;
using simulator::kSimNow;
using simulator::sim_authority;

struct SimulatedScene : test::Scene {
  SimulatedScene() : machine(simulator::sim_machine(sim_authority())) {
    now = kSimNow;
    cosigned_at = kSimNow;
    profile_claims.created = kSimNow;
    profile_claims.expires = kSimNow + 100;
    keys.not_before = kSimNow + -60;
    keys.not_after = kSimNow + 60;
    launch.measurement.fill(0xaa);
    verifiers["amd-sev-snp"] = evidence::snp::verify;
    policy = test::replaced(policy, "forbid-not-offered = [\"leaf-revocation\"]\n", "");
    policy = test::replaced(policy, "chip-id = { exact = \"cccc\" }",
                            "chip-id = { ignore = \"simulated\" }");
    policy = test::replaced(policy,
                            "[tcb.Milan]\nbootloader = { at-least = 4 }\nsnp = { at-least = 24 }",
                            "[tcb.Milan]\nbootloader = { at-least = 4 }\ntee = { at-least = 0 }\n"
                            "snp = { at-least = 27 }\nmicrocode = { at-least = 222 }");
    policy +=
        "[[waive]]\nfactor = \"collateral-current\"\nreason = \"one laptop\"\n"
        "until = \"2030-01-01T00:00:00Z\"\n";
  }

  void name_root() {
    policy += "[[simulated]]\nroot = \"" + codec::hex_encode(sim_authority().root().spki_sha256) +
              "\"\nreason = \"demo\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
  }

  // The machine reports what the scene would have had its stand-in say.
  std::string build_signed() {
    tamper = [this](EvidenceDocument& out) {
      launch.host_data = to_array<32>(claims.host_data);
      out.evidence = machine.report(launch, to_array<64>(claims.report_data));
      out.collateral = machine.collateral();
    };
    return build();
  }

  simulator::AmdMachine machine;
  simulator::GuestLaunch launch;
};

TEST(SimulatedService, IsAcceptedOnlyWhereThePolicyNamesItsRoot) {
  SimulatedScene scene;
  const std::string text = scene.build_signed();
  const DocumentVerdict refused = scene.verify(text);
  EXPECT_FALSE(refused.appraisal.accepted());
  EXPECT_EQ(refused.appraisal.factors().find("root")->status, FactorStatus::kFail);

  scene.name_root();
  const DocumentVerdict accepted = scene.verify(text);
  test::expect_accepted(accepted);
  EXPECT_TRUE(accepted.appraisal.simulated());
  const std::string screen = policy::explain(accepted.appraisal, policy::Colour::kOff);
  EXPECT_NE(screen.find("SIMULATED: NO PROTECTION"), std::string::npos);
  EXPECT_NE(screen.find("simulated: no protection"), std::string::npos);
}

TEST(SimulatedService, AReportOfAnotherDocumentIsRefused) {
  SimulatedScene scene;
  scene.name_root();
  const auto first = parse_evidence_document(as_bytes(scene.build_signed()));
  scene.nonce.fill(0x01);
  auto second = parse_evidence_document(as_bytes(scene.build_signed()));
  ASSERT_TRUE(first.ok() && second.ok());
  test::expect_accepted(scene.verify(serialize(*second)));
  second->evidence = first->evidence;
  test::expect_only_fails(scene.verify(serialize(*second)), "binding", "document.binding",
                          {"nonce"});
}

TEST(SimulatedService, EveryByteOfTheReportIsSigned) {
  SimulatedScene scene;
  scene.name_root();
  const auto document = parse_evidence_document(as_bytes(scene.build_signed()));
  ASSERT_TRUE(document.ok());
  for (std::size_t i = 0; i < document->evidence.size(); i += 37) {
    EvidenceDocument changed = *document;
    changed.evidence[i] = static_cast<std::uint8_t>(changed.evidence[i] ^ 0x10);
    EXPECT_FALSE(scene.verify(serialize(changed)).appraisal.accepted()) << i;
  }
}

TEST(SimulatedService, ADebugGuestIsRefused) {
  SimulatedScene scene;
  scene.name_root();
  scene.launch.policy |= evidence::snp::kPolicyDebug;
  test::expect_only_fails(scene.verify(scene.build_signed()), "debug", "policy.debug");
}

TEST(SimulatedService, AnotherProgramIsRefused) {
  SimulatedScene scene;
  scene.name_root();
  scene.launch.measurement.fill(0xbb);
  scene.release.detail.set("measurement", std::string(96, 'b'));
  test::expect_only_fails(scene.verify(scene.build_signed()), "measurement", "policy.measurement");
}

}  // namespace
}  // namespace claustrum::document
