// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/amd_authority.h"

#include <unistd.h>

#include <filesystem>

#include "claustrum/evidence/snp/roots.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using Signer = AmdAuthority::Signer;

std::string fresh_directory(const char* name) {
  const std::string path =
      ::testing::TempDir() + "claustrum-sim-" + name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  return path;
}

crypto::Certificate certificate(Signer which) {
  return crypto::Certificate::parse(sim_authority().certificate(which)).value();
}

TEST(SimAuthority, CertificatesCarryAmdsNamesAndSayWhatTheyAre) {
  EXPECT_EQ(certificate(Signer::kArk).subject_cn(), "ARK-Milan");
  EXPECT_EQ(certificate(Signer::kAsk).subject_cn(), "SEV-Milan");
  EXPECT_EQ(certificate(Signer::kAsvk).subject_cn(), "SEV-VLEK-Milan");
  for (const Signer which : {Signer::kArk, Signer::kAsk, Signer::kAsvk}) {
    EXPECT_NE(certificate(which).subject_text().find("Claustrum simulator"), std::string::npos);
    EXPECT_TRUE(certificate(which).is_ca());
    EXPECT_TRUE(certificate(which).verify_issued_by(certificate(Signer::kArk)).ok());
  }
}

TEST(SimAuthority, LeavesHaveSerialZeroLikeAmds) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  VekSpec spec;
  spec.not_before = kSimNow;
  spec.not_after = kSimNow + kSimDay;
  spec.hwid = Bytes(64, 1);
  const auto leaf =
      crypto::Certificate::parse(sim_authority().issue_vek(spec, key.public_key()).value());
  ASSERT_TRUE(leaf.ok());
  EXPECT_EQ(leaf->serial(), Bytes{0});
  EXPECT_EQ(leaf->subject_cn(), "SEV-VCEK");
  EXPECT_EQ(leaf->extension("1.3.6.1.4.1.3704.1.4"), Bytes(64, 1));
}

TEST(SimAuthority, TheRootIsSimulatedAndNoVendors) {
  const evidence::TrustedRoot root = sim_authority().root();
  EXPECT_TRUE(root.simulated);
  EXPECT_NE(root.name.find("simulated: no protection"), std::string::npos);
  EXPECT_FALSE(evidence::snp::find_root(root.spki_sha256, {}).has_value());
}

TEST(SimAuthority, RefusesKeySizesThatNobodyUses) {
  for (const unsigned bits : {0U, 3U, 1024U, 2049U, 8192U, 1U << 31}) {
    AmdAuthorityOptions options = test_options("Milan");
    options.rsa_bits = bits;
    EXPECT_EQ(AmdAuthority::create(options).error().reason(), "sim.rsa_bits") << bits;
  }
}

TEST(SimAuthority, RefusesProductsThatDoNotExist) {
  EXPECT_EQ(AmdAuthority::create(test_options("Rome")).error().reason(), "sim.product");
}

TEST(SimAuthority, SavesAndLoads) {
  const std::string directory = fresh_directory("save");
  ASSERT_TRUE(sim_authority().save(directory).ok());
  EXPECT_FALSE(sim_authority().save(directory).ok());
  const Result<AmdAuthority> loaded = AmdAuthority::load(directory);
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->product(), "Milan");
  EXPECT_EQ(loaded->root().spki_sha256, sim_authority().root().spki_sha256);
  // The loaded keys are the saved ones: what one signs verifies under the other.
  const AmdMachine machine = sim_machine(*loaded);
  const evidence::Verification v = sim_verify(machine.sign(machine.blank_report()),
                                              machine.collateral(), {sim_authority().root()});
  EXPECT_TRUE(v.claims.has_value());
  std::filesystem::remove_all(directory);
}

TEST(SimAuthority, SeveralProcessesEndUpWithOneAuthority) {
  const std::string directory = fresh_directory("race");
  Bytes first;
  Bytes second;
  const auto make = [&directory](Bytes& out) {
    out = AmdAuthority::load_or_create(directory, test_options()).value().root().spki_sha256;
  };
  make(first);
  make(second);
  EXPECT_EQ(first, second);
  std::filesystem::remove_all(directory);
}

TEST(SimAuthority, AMissingDirectoryIsNotFound) {
  EXPECT_EQ(AmdAuthority::load(fresh_directory("none")).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace claustrum::simulator
