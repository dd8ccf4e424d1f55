// SPDX-License-Identifier: Apache-2.0
// Vendors' real certificates and CRLs: what our strictness may not refuse.
#include <gtest/gtest.h>

#include <filesystem>

#include "claustrum/codec/pem.h"
#include "claustrum/crypto/test_authority.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::crypto {
namespace {

Bytes shared_bytes(const std::string& path) {
  const std::optional<std::string> text = shared_text("evidence/" + path);
  return text ? to_bytes(*text) : Bytes();
}

TEST(X509Vendor, AmdChainVerifies) {
  const Bytes vcek_der = shared_bytes("snp-v3-milan-vcek-oak/vcek.der");
  if (vcek_der.empty()) {
    GTEST_SKIP() << "no evidence";
  }
  const auto vcek = Certificate::parse(vcek_der).value();
  const auto ask = Certificate::parse(shared_bytes("snp-v3-milan-vcek-oak/ask.der")).value();
  const auto ark = Certificate::parse(shared_bytes("snp-v3-milan-vcek-oak/ark.der")).value();
  EXPECT_TRUE(vcek.verify_issued_by(ask).ok());
  EXPECT_TRUE(ask.verify_issued_by(ark).ok());
  EXPECT_TRUE(ark.verify_issued_by(ark).ok());
  expect_error(vcek.verify_issued_by(ark), Code::kMismatch, "x509.issuer");
  EXPECT_EQ(vcek.subject_cn(), "SEV-VCEK");
  EXPECT_EQ(vcek.issuer_cn(), "SEV-Milan");
  EXPECT_EQ(vcek.serial(), Bytes{0});
  EXPECT_EQ(format_rfc3339(vcek.not_before()), "2025-01-15T21:21:54Z");
  EXPECT_EQ(vcek.public_key().kind(), KeyKind::kP384);
  EXPECT_FALSE(vcek.is_ca());
  EXPECT_TRUE(ark.is_ca());
  EXPECT_TRUE(ark.may_sign_crls());
  EXPECT_FALSE(ask.may_sign_crls());
  EXPECT_EQ(vcek.extension("1.3.6.1.4.1.3704.1.2"), tlv(0x16, as_bytes("Milan-B0")));
  EXPECT_EQ(vcek.extension("1.3.6.1.4.1.3704.1.4")->size(), 64U);
}

TEST(X509Vendor, AmdCrlVerifies) {
  const Bytes der = shared_bytes("snp-v5-genoa-vcek-oak/crl.der");
  if (der.empty()) {
    GTEST_SKIP() << "no evidence";
  }
  const auto crl = Crl::parse(der).value();
  const auto ark = Certificate::parse(shared_bytes("snp-v5-genoa-vcek-oak/ark.der")).value();
  const auto ask = Certificate::parse(shared_bytes("snp-v5-genoa-vcek-oak/ask.der")).value();
  EXPECT_TRUE(crl.verify_issued_by(ark).ok());
  EXPECT_EQ(crl.number(), Bytes{4});
  EXPECT_EQ(crl.revoked_count(), 1U);
  EXPECT_TRUE(crl.revokes(Bytes{0x02, 0x00, 0x01}));
  EXPECT_FALSE(crl.revokes(ask.serial()));
  EXPECT_EQ(format_rfc3339(crl.this_update()), "2024-10-23T04:36:24Z");
  EXPECT_EQ(format_rfc3339(*crl.next_update()), "2025-11-03T01:00:00Z");
}

TEST(X509Vendor, EveryChangedByteOfTheVcekIsRefused) {
  Bytes der = shared_bytes("snp-v3-milan-vcek-oak/vcek.der");
  if (der.empty()) {
    GTEST_SKIP() << "no evidence";
  }
  const auto ask = Certificate::parse(shared_bytes("snp-v3-milan-vcek-oak/ask.der")).value();
  for (std::size_t i = 0; i < der.size(); ++i) {
    for (const std::uint8_t mask : {std::uint8_t{0x01}, std::uint8_t{0x20}, std::uint8_t{0x80}}) {
      der[i] = static_cast<std::uint8_t>(der[i] ^ mask);
      const Result<Certificate> changed = Certificate::parse(der);
      EXPECT_FALSE(changed.ok() && changed->verify_issued_by(ask).ok()) << i;
      der[i] = static_cast<std::uint8_t>(der[i] ^ mask);
    }
  }
}

struct Folder {
  std::vector<Certificate> certificates;
  std::vector<Crl> crls;
};

void read_into(Folder& folder, BytesView der, const std::string& name) {
  const Result<Certificate> certificate = Certificate::parse(der);
  if (certificate.ok()) {
    folder.certificates.push_back(*certificate);
    return;
  }
  const Result<Crl> crl = Crl::parse(der);
  EXPECT_TRUE(crl.ok()) << name << ": " << certificate.error().message();
  if (crl.ok()) {
    folder.crls.push_back(*crl);
  }
}

Folder read_folder(const std::filesystem::path& path) {
  Folder folder;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    const Bytes data = shared_bytes(path.filename().string() + "/" + name);
    if (name.ends_with(".der")) {
      read_into(folder, data, entry.path().string());
    } else if (name.ends_with(".pem") &&
               as_text(data).find("BEGIN CERTIFICATE") != std::string::npos) {
      const auto blocks = codec::pem_decode(data);
      EXPECT_TRUE(blocks.ok()) << entry.path();
      for (std::size_t i = 0; blocks.ok() && i < blocks->size(); ++i) {
        read_into(folder, (*blocks)[i].der, entry.path().string());
      }
    }
  }
  return folder;
}

// Every signature between two certificates of one recorded case holds, unless its algorithm is one
// we leave out on purpose. Cases made to fail ("neg-...", "...-bad-...") are left aside.
TEST(X509Vendor, RecordedChainsVerify) {
  const std::filesystem::path root = shared_path("evidence");
  if (!std::filesystem::is_directory(root)) {
    GTEST_SKIP() << "no evidence";
  }
  std::size_t verified = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with("neg-")) {
      continue;
    }
    const Folder folder = read_folder(entry.path());
    for (const Certificate& issuer : folder.certificates) {
      for (const Certificate& subject : folder.certificates) {
        if (subject.issuer_der() == issuer.subject_der()) {
          const Status status = subject.verify_issued_by(issuer);
          EXPECT_TRUE(status.ok() || status.error().code() == Code::kUnsupported)
              << name << " " << subject.subject_text() << ": " << status.error().message();
          verified += status.ok() ? 1U : 0U;
        }
      }
      for (const Crl& crl : folder.crls) {
        if (crl.issuer_der() == issuer.subject_der()) {
          EXPECT_TRUE(crl.verify_issued_by(issuer).ok()) << name;
          ++verified;
        }
      }
    }
  }
  EXPECT_GT(verified, 100U);
}

}  // namespace
}  // namespace claustrum::crypto
