// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/aws_authority.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/nitro/roots.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using Signer = AwsAuthority::Signer;

constexpr Signer kAll[] = {Signer::kRoot, Signer::kRegional, Signer::kZonal};

const AwsAuthority& aws() {
  static const AwsAuthority authority =
      AwsAuthority::create(kSimNow + -kSimDay, kSimNow + 9000 * kSimDay).value();
  return authority;
}

crypto::Certificate certificate(Signer which, const AwsAuthority& of = aws()) {
  return crypto::Certificate::parse(of.certificate(which)).value();
}

std::string fresh_directory(const char* name) {
  const std::string path =
      ::testing::TempDir() + "claustrum-aws-" + name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  return path;
}

TEST(SimAwsAuthority, CertificatesCarryAwsNamesAndSayWhatTheyAre) {
  EXPECT_EQ(certificate(Signer::kRoot).subject_cn(), "aws.nitro-enclaves");
  EXPECT_EQ(certificate(Signer::kRegional).subject_cn(),
            "51a0000000000001.us-east-1.aws.nitro-enclaves");
  EXPECT_EQ(certificate(Signer::kZonal).subject_cn(),
            "51a0000000000002.zonal.us-east-1.aws.nitro-enclaves");
  for (const Signer which : kAll) {
    EXPECT_NE(certificate(which).subject_text().find("Claustrum simulator"), std::string::npos);
    EXPECT_EQ(certificate(which).public_key().kind(), crypto::KeyKind::kP384);
    EXPECT_TRUE(certificate(which).unhandled_critical_extensions().empty());
  }
}

TEST(SimAwsAuthority, EachCaSignsTheNextWithAwsPathLengths) {
  EXPECT_TRUE(certificate(Signer::kRoot).verify_issued_by(certificate(Signer::kRoot)).ok());
  EXPECT_TRUE(certificate(Signer::kRegional).verify_issued_by(certificate(Signer::kRoot)).ok());
  EXPECT_TRUE(certificate(Signer::kZonal).verify_issued_by(certificate(Signer::kRegional)).ok());
  const auto constraints = [](Signer which) {
    return codec::hex_encode(certificate(which).extension("2.5.29.19").value());
  };
  EXPECT_EQ(constraints(Signer::kRoot), "30030101ff");
  EXPECT_EQ(constraints(Signer::kRegional), "30060101ff020102");
  EXPECT_EQ(constraints(Signer::kZonal), "30060101ff020101");
}

TEST(SimAwsAuthority, TheRootIsSimulatedAndNotAws) {
  const evidence::TrustedRoot root = aws().root();
  EXPECT_TRUE(root.simulated);
  EXPECT_NE(root.name.find("simulated: no protection"), std::string::npos);
  EXPECT_FALSE(evidence::nitro::find_root(root.spki_sha256, {}).has_value());
}

TEST(SimAwsAuthority, IsSavedAndLoadedWithItsRegion) {
  const std::string directory = fresh_directory("saved");
  const AwsAuthority made =
      AwsAuthority::create(kSimNow, kSimNow + kSimDay, "eu-central-1").value();
  ASSERT_TRUE(made.save(directory).ok());
  const AwsAuthority loaded = AwsAuthority::load(directory).value();
  EXPECT_EQ(loaded.region(), "eu-central-1");
  for (const Signer which : kAll) {
    EXPECT_EQ(loaded.certificate(which), made.certificate(which));
    EXPECT_EQ(loaded.public_key(which), made.public_key(which));
  }
  EXPECT_FALSE(made.save(directory).ok());
  std::filesystem::remove_all(directory);
}

TEST(SimAwsAuthority, TwoThatComeAtOnceShareOne) {
  const std::string directory = fresh_directory("shared");
  const auto one = AwsAuthority::load_or_create(directory, kSimNow, kSimNow + kSimDay).value();
  const auto two = AwsAuthority::load_or_create(directory, kSimNow, kSimNow + kSimDay).value();
  EXPECT_EQ(one.root().spki_sha256, two.root().spki_sha256);
  std::filesystem::remove_all(directory);
}

TEST(SimAwsAuthority, AnAuthorityWithoutARegionDoesNotLoad) {
  const std::string directory = fresh_directory("nameless");
  ASSERT_TRUE(aws().save(directory).ok());
  std::filesystem::copy_file(directory + "/root.der", directory + "/regional.der",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(AwsAuthority::load(directory).error().reason(), "sim.aws.region");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace claustrum::simulator
