// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_authority.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using Signer = IntelAuthority::Signer;

constexpr Signer kAll[] = {Signer::kRoot, Signer::kPlatformCa, Signer::kProcessorCa,
                           Signer::kTcbSigning};
constexpr std::string_view kIntelRootKey =
    "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e";

IntelAuthority make() {
  return IntelAuthority::create(kSimNow + -kSimDay, kSimNow + 9000 * kSimDay).value();
}

const IntelAuthority& intel() {
  static const IntelAuthority authority = make();
  return authority;
}

crypto::Certificate certificate(Signer which, const IntelAuthority& of = intel()) {
  return crypto::Certificate::parse(of.certificate(which)).value();
}

std::string fresh_directory(const char* name) {
  const std::string path =
      ::testing::TempDir() + "claustrum-intel-" + name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  return path;
}

TEST(SimIntelAuthority, CertificatesCarryIntelsNamesAndSayWhatTheyAre) {
  EXPECT_EQ(certificate(Signer::kRoot).subject_cn(), "Intel SGX Root CA");
  EXPECT_EQ(certificate(Signer::kPlatformCa).subject_cn(), "Intel SGX PCK Platform CA");
  EXPECT_EQ(certificate(Signer::kProcessorCa).subject_cn(), "Intel SGX PCK Processor CA");
  EXPECT_EQ(certificate(Signer::kTcbSigning).subject_cn(), "Intel SGX TCB Signing");
  for (const Signer which : kAll) {
    EXPECT_NE(certificate(which).subject_text().find("Claustrum simulator"), std::string::npos);
    EXPECT_TRUE(certificate(which).verify_issued_by(certificate(Signer::kRoot)).ok());
    EXPECT_TRUE(certificate(which).unhandled_critical_extensions().empty());
    EXPECT_EQ(certificate(which).public_key().kind(), crypto::KeyKind::kP256);
  }
}

TEST(SimIntelAuthority, OnlyCasMayIssueAndPathsHaveIntelsLengths) {
  const auto constraints = [](Signer which) {
    return codec::hex_encode(certificate(which).extension("2.5.29.19").value());
  };
  EXPECT_EQ(constraints(Signer::kRoot), "30060101ff020101");
  EXPECT_EQ(constraints(Signer::kPlatformCa), "30060101ff020100");
  EXPECT_EQ(constraints(Signer::kProcessorCa), "30060101ff020100");
  EXPECT_EQ(constraints(Signer::kTcbSigning), "3000");
  EXPECT_EQ(certificate(Signer::kPlatformCa).extension("2.5.29.15"), ca_key_usage().value);
  EXPECT_EQ(certificate(Signer::kTcbSigning).extension("2.5.29.15"), leaf_key_usage().value);
  EXPECT_TRUE(certificate(Signer::kRoot).may_sign_crls());
  EXPECT_FALSE(certificate(Signer::kTcbSigning).may_sign_crls());
}

TEST(SimIntelAuthority, SerialsComeFromTheKey) {
  for (const Signer which : kAll) {
    EXPECT_EQ(certificate(which).serial(), intel().serial(which));
    EXPECT_EQ(intel().serial(which).size(), 20U);
  }
  EXPECT_NE(intel().serial(Signer::kPlatformCa), intel().serial(Signer::kProcessorCa));
}

TEST(SimIntelAuthority, TheRootIsSimulatedAndNotIntels) {
  const evidence::TrustedRoot root = intel().root();
  EXPECT_TRUE(root.simulated);
  EXPECT_NE(root.name.find("simulated: no protection"), std::string::npos);
  EXPECT_EQ(root.spki_sha256, to_bytes(certificate(Signer::kRoot).public_key().spki_sha256()));
  EXPECT_NE(codec::hex_encode(root.spki_sha256), kIntelRootKey);
  EXPECT_NE(make().root().spki_sha256, root.spki_sha256);
}

TEST(SimIntelAuthority, SavesAndLoads) {
  const std::string directory = fresh_directory("save");
  ASSERT_TRUE(intel().save(directory).ok());
  EXPECT_FALSE(intel().save(directory).ok());
  const Result<IntelAuthority> loaded = IntelAuthority::load(directory);
  ASSERT_TRUE(loaded.ok());
  for (const Signer which : kAll) {
    EXPECT_EQ(loaded->certificate(which), intel().certificate(which));
    EXPECT_TRUE(loaded->public_key(which) == intel().public_key(which));
  }
  std::filesystem::remove_all(directory);
}

TEST(SimIntelAuthority, SeveralProcessesEndUpWithOneAuthority) {
  const std::string directory = fresh_directory("race");
  const auto root = [&directory] {
    return IntelAuthority::load_or_create(directory, kSimNow, kSimNow + kSimDay)
        .value()
        .root()
        .spki_sha256;
  };
  const Bytes first = root();
  EXPECT_EQ(first, root());
  std::filesystem::remove_all(directory);
}

TEST(SimIntelAuthority, AnotherVendorsDirectoryIsNoAuthority) {
  const std::string directory = fresh_directory("amd");
  ASSERT_TRUE(sim_authority().save(directory).ok());
  EXPECT_EQ(IntelAuthority::load_or_create(directory, kSimNow, kSimNow + kSimDay).error().code(),
            Code::kNotFound);
  std::filesystem::remove_all(directory);
}

TEST(SimIntelAuthority, ReissuesACertificateWithOneThingChanged) {
  IntelAuthority authority = make();
  crypto::CertificateSpec spec = authority.spec(Signer::kTcbSigning);
  EXPECT_EQ(spec.not_after, kSimNow + 9000 * kSimDay);
  spec.not_after = kSimNow;
  ASSERT_TRUE(authority.reissue(Signer::kTcbSigning, spec).ok());
  const crypto::Certificate now = certificate(Signer::kTcbSigning, authority);
  EXPECT_EQ(now.not_after(), kSimNow);
  EXPECT_EQ(now.serial(), authority.serial(Signer::kTcbSigning));
  EXPECT_TRUE(now.public_key() == authority.public_key(Signer::kTcbSigning));
  EXPECT_TRUE(now.verify_issued_by(certificate(Signer::kRoot, authority)).ok());
  ASSERT_TRUE(authority.reissue(Signer::kTcbSigning, spec, Signer::kPlatformCa).ok());
  EXPECT_FALSE(certificate(Signer::kTcbSigning, authority)
                   .verify_issued_by(certificate(Signer::kRoot, authority))
                   .ok());
}

TEST(SimIntelAuthority, IssuesCrlsOfLongSerials) {
  const Bytes serial = intel().serial(Signer::kTcbSigning);
  const auto crl = crypto::Crl::parse(
      intel().issue_crl(Signer::kRoot, kSimNow, kSimNow + kSimDay, {serial}).value());
  ASSERT_TRUE(crl.ok());
  EXPECT_TRUE(crl->verify_issued_by(certificate(Signer::kRoot)).ok());
  EXPECT_TRUE(crl->revokes(serial));
  EXPECT_FALSE(crl->revokes(intel().serial(Signer::kPlatformCa)));
  EXPECT_EQ(crl->this_update(), kSimNow);
  EXPECT_EQ(crl->next_update(), kSimNow + kSimDay);
}

TEST(SimIntelAuthority, IssuerChainsAreTheSignerAndTheRoot) {
  const auto blocks = codec::pem_decode(intel().issuer_chain(Signer::kTcbSigning));
  ASSERT_TRUE(blocks.ok());
  ASSERT_EQ(blocks->size(), 2U);
  EXPECT_EQ((*blocks)[0].der, intel().certificate(Signer::kTcbSigning));
  EXPECT_EQ((*blocks)[1].der, intel().certificate(Signer::kRoot));
}

TEST(SimIntelAuthority, SignsRawSignatures) {
  const Bytes message = to_bytes("message");
  const Bytes signature = intel().sign(Signer::kTcbSigning, message);
  EXPECT_EQ(signature.size(), 64U);
  EXPECT_TRUE(crypto::verify(intel().public_key(Signer::kTcbSigning),
                             crypto::SigAlg::kEcdsaP256Sha256, message, signature)
                  .ok());
}

}  // namespace
}  // namespace claustrum::simulator
