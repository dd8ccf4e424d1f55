// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/amd_machine.h"

#include "claustrum/evidence/snp/cert_table.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using evidence::snp::LeafKind;

TEST(SimMachine, ReportsAreAuthenticOnlyUnderTheNamedRoot) {
  const AmdMachine machine = sim_machine(sim_authority());
  GuestLaunch launch;
  launch.measurement.fill(1);
  launch.host_data.fill(2);
  ByteArray<64> report_data{};
  report_data.fill(3);
  const Bytes report = machine.report(launch, report_data);
  const evidence::Verification v =
      sim_verify(report, machine.collateral(), {sim_authority().root()});
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_TRUE((*v.claims)->simulated);
  EXPECT_EQ((*v.claims)->measurements.at("measurement"), Bytes(48, 1));
  EXPECT_EQ((*v.claims)->host_data, Bytes(32, 2));
  EXPECT_EQ((*v.claims)->report_data, Bytes(64, 3));
  EXPECT_EQ(v.factors.find("simulated")->found, "simulated: no protection");
  EXPECT_FALSE(sim_verify(report, machine.collateral(), {}).claims.has_value());
}

TEST(SimMachine, TheHostsTableHoldsTheWholeCollateral) {
  for (const LeafKind kind : {LeafKind::kVcek, LeafKind::kVlek}) {
    const AmdMachine machine = sim_machine(sim_authority(), kind);
    const auto entries = evidence::snp::parse_cert_table(machine.certificate_table());
    ASSERT_TRUE(entries.ok());
    EXPECT_EQ(evidence::snp::collateral_of(*entries), machine.collateral());
    EXPECT_EQ(machine.collateral().size(), 4U);
  }
}

TEST(SimMachine, TwoMachinesAreTwoChips) {
  const AmdMachine one = sim_machine(sim_authority());
  const AmdMachine two = sim_machine(sim_authority());
  EXPECT_NE(one.blank_report().chip_id, two.blank_report().chip_id);
  EXPECT_FALSE(one.public_key() == two.public_key());
}

TEST(SimMachine, SignsReservedBytesAsGiven) {
  const AmdMachine machine = sim_machine(sim_authority());
  Bytes report = evidence::snp::encode_report(machine.blank_report());
  report[0x18B] = 1;
  report = machine.sign_raw(std::move(report));
  EXPECT_EQ(report[0x18B], 1);
  const evidence::Verification v =
      sim_verify(report, machine.collateral(), {sim_authority().root()});
  EXPECT_EQ(v.factors.find("format")->reason, "snp.report.layout");
}

}  // namespace
}  // namespace claustrum::simulator
