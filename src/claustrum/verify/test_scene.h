// SPDX-License-Identifier: Apache-2.0
// Simulated evidence of every platform with a policy that takes it (AMD) or at least names its
// root, so that a test of this folder changes one thing. Never included by a library source.
#pragma once

#include "claustrum/codec/hex.h"
#include "claustrum/policy/test_support.h"
#include "claustrum/simulator/intel_collateral.h"
#include "claustrum/simulator/intel_event_log.h"
#include "claustrum/simulator/test_sim.h"
#include "claustrum/verify/judgement.h"

namespace claustrum::verify::test {

using simulator::kSimNow;

inline std::string named_root(const evidence::TrustedRoot& root) {
  return "[[simulated]]\nroot = \"" + codec::hex_encode(root.spki_sha256) +
         "\"\nreason = \"test\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
}

struct Scene {
  Bytes evidence;
  std::string policy;
  Bytes report_data = Bytes(64, 0x5a);
  Bytes init_data = to_bytes(policy::test::kInitDataText);
  Bytes event_log;  // of a simulated TD
  Input input;

  // Everything given, judged within all validities.
  Verdict run() {
    input.evidence = evidence;
    input.policy = policy;
    input.report_data = report_data;
    input.init_data = init_data;
    input.time = kSimNow.seconds;
    return verify(input);
  }
};

inline Scene amd_scene() {
  using policy::test::replaced;
  Scene scene;
  const simulator::AmdMachine machine = simulator::sim_machine(simulator::sim_authority());
  simulator::GuestLaunch launch;
  launch.measurement.fill(0xaa);
  launch.host_data = crypto::sha256(scene.init_data);
  scene.evidence = machine.report(launch, to_array<64>(scene.report_data));
  scene.input.collateral = machine.collateral();
  scene.policy = replaced(std::string(policy::test::kPolicyText), "chip-id = { exact = \"cccc\" }",
                          "chip-id = { ignore = \"simulated\" }");
  scene.policy = replaced(scene.policy, "snp = { at-least = 24 }",
                          "snp = { at-least = 24 }\ntee = { at-least = 0 }\n"
                          "microcode = { at-least = 222 }");
  scene.policy = replaced(scene.policy, "forbid-not-offered = [\"leaf-revocation\"]\n", "");
  scene.policy += named_root(simulator::sim_authority().root());
  scene.policy +=
      "[[waive]]\nfactor = \"collateral-current\"\nreason = \"test\"\n"
      "until = \"2030-01-01T00:00:00Z\"\n";
  return scene;
}

inline Scene intel_scene(simulator::QuoteForm form) {
  static const simulator::IntelAuthority authority =
      simulator::IntelAuthority::create(kSimNow + -simulator::kSimDay,
                                        kSimNow + 9000 * simulator::kSimDay)
          .value();
  simulator::IntelPlatformSpec spec;
  spec.not_before = kSimNow + -simulator::kSimDay;
  spec.not_after = kSimNow + 300 * simulator::kSimDay;
  const auto platform = simulator::IntelPlatform::create(authority, spec).value();
  const auto documents =
      simulator::intel_collateral_spec(platform, simulator::tee_of(form), kSimNow);
  Scene scene;
  evidence::dcap::Quote quote = platform.blank_quote(form);
  std::visit([&](auto& body) { body.report_data = to_array<64>(scene.report_data); }, quote.body);
  if (auto* td = std::get_if<evidence::dcap::TdReportBody>(&quote.body); td != nullptr) {
    const evidence::tcg::EventLog log = simulator::td_event_log({.agent = {"a b c"}});
    simulator::measure(log, *td);
    scene.event_log = evidence::tcg::serialize(log);
  }
  scene.evidence = platform.sign(quote);
  scene.input.collateral = simulator::make_intel_collateral(authority, documents).value();
  scene.policy = "version = 2\nname = \"no sections\"\n" + named_root(authority.root());
  return scene;
}

inline Factor factor(const Verdict& verdict, std::string_view id) {
  for (const Factor& found : verdict.factors()) {
    if (found.id == id) {
      return found;
    }
  }
  return {};
}

}  // namespace claustrum::verify::test
