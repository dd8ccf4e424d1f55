// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/x509.h"

#include <gtest/gtest.h>

#include "claustrum/codec/pem.h"
#include "claustrum/crypto/test_authority.h"

namespace claustrum::crypto {
namespace {

const Authority& authority() {
  static const auto& made = *new Authority;
  return made;
}

TEST(X509, ReadsWhatWasBuilt) {
  CertificateSpec spec = leaf_spec();
  spec.serial = 0;
  spec.extensions = {{"1.3.6.1.4.1.3704.1.4", false, Bytes(64, 0xee)},
                     {"1.3.6.1.4.1.3704.1.2", false, tlv(0x16, as_bytes("Milan-B0"))}};
  const Certificate leaf = authority().issue(spec);
  EXPECT_EQ(leaf.subject_cn(), "Leaf");
  EXPECT_EQ(leaf.issuer_cn(), "Root");
  EXPECT_EQ(leaf.subject_text(), "CN=Leaf,O=Test,C=XX");
  EXPECT_EQ(leaf.serial(), Bytes{0});
  EXPECT_EQ(leaf.not_before(), kBegin);
  EXPECT_EQ(leaf.not_after(), kEnd);
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_FALSE(leaf.is_self_issued());
  EXPECT_EQ(leaf.extension("1.3.6.1.4.1.3704.1.4"), Bytes(64, 0xee));  // no DER inside
  EXPECT_EQ(leaf.extension("1.3.6.1.4.1.3704.1.2"), tlv(0x16, as_bytes("Milan-B0")));
  EXPECT_EQ(leaf.extension("1.3.6.1.4.1.3704.1.3"), std::nullopt);
  EXPECT_EQ(leaf.fingerprint(), sha256(leaf.der()));
  EXPECT_TRUE(leaf.unhandled_critical_extensions().empty());
  const Certificate root = authority().root();
  EXPECT_TRUE(root.is_ca());
  EXPECT_TRUE(root.is_self_issued());
  EXPECT_EQ(root.public_key(), authority().key.public_key());
}

TEST(X509, SerialIsTheMinimalMagnitude) {
  CertificateSpec spec = leaf_spec();
  spec.serial = 0x80ff;
  EXPECT_EQ(authority().issue(spec).serial(), (Bytes{0x80, 0xff}));
  spec.serial = 0xffffffffffffffff;
  EXPECT_EQ(authority().issue(spec).serial(), Bytes(8, 0xff));
}

TEST(X509, SerialsMayBeLong) {
  CertificateSpec spec = leaf_spec();
  spec.long_serial = Bytes(20, 0x81);
  EXPECT_EQ(authority().issue(spec).serial(), Bytes(20, 0x81));
}

TEST(X509, WritesThePathLength) {
  CertificateSpec spec = root_spec();
  spec.path_len = 1;
  const Certificate ca = authority().issue(spec);
  EXPECT_EQ(ca.extension("2.5.29.19"), (Bytes{0x30, 6, 0x01, 1, 0xff, 0x02, 1, 1}));
  EXPECT_TRUE(ca.is_ca());
}

TEST(X509, RefusesNegativeSerial) {
  CertificateSpec spec = leaf_spec();
  spec.serial = 0x7e;
  const Bytes der = replaced(authority().issue_der(spec), Bytes{0x02, 0x01, 0x7e, 0x30},
                             Bytes{0x02, 0x01, 0xfe, 0x30});
  expect_error(Certificate::parse(der), Code::kMalformed, "x509.serial");
}

TEST(X509, RefusesASerialThatIsNotMinimal) {
  CertificateSpec spec = leaf_spec();
  spec.serial = 0x0180;
  const Bytes der = replaced(authority().issue_der(spec), Bytes{0x02, 0x02, 0x01, 0x80, 0x30},
                             Bytes{0x02, 0x02, 0x00, 0x7f, 0x30});
  expect_error(Certificate::parse(der), Code::kMalformed, "x509.serial");
}

// Two digits of a year mean 1950 to 2049 [RFC 5280 4.1.2.5.1].
TEST(X509, ReadsTheCenturyOfUtcTime) {
  const Bytes good = authority().issue_der();  // 231114221320Z
  const auto not_before = [&good](std::string_view time) {
    return Certificate::parse(replaced(good, as_bytes("231114221320Z"), as_bytes(time)))
        .value()
        .not_before();
  };
  EXPECT_EQ(not_before("491231235959Z").seconds, days_from_civil(2050, 1, 1) * 86400 - 1);
  EXPECT_EQ(not_before("500101000000Z").seconds, days_from_civil(1950, 1, 1) * 86400);
}

TEST(X509, KeepsTimesBeyondUtcTime) {
  CertificateSpec spec = leaf_spec();
  spec.not_before = Instant{days_from_civil(1950, 1, 1) * 86400};
  spec.not_after = Instant{days_from_civil(9999, 12, 31) * 86400 + 86399};
  const Certificate leaf = authority().issue(spec);
  EXPECT_EQ(leaf.not_before(), spec.not_before);
  EXPECT_EQ(leaf.not_after(), spec.not_after);
}

TEST(X509, RefusesImpossibleTimes) {
  const Bytes good = authority().issue_der();  // 231114221320Z
  expect_error(
      Certificate::parse(replaced(good, as_bytes("231114221320Z"), as_bytes("231314221320Z"))),
      Code::kMalformed, "x509.time");
}

TEST(X509, ChecksTime) {
  const Certificate leaf = authority().issue();
  EXPECT_TRUE(leaf.check_time(kBegin).ok());
  EXPECT_TRUE(leaf.check_time(kEnd).ok());
  expect_error(leaf.check_time(kBegin + -1), Code::kNotYetValid, "x509.not_yet_valid");
  expect_error(leaf.check_time(kEnd + 1), Code::kExpired, "x509.expired");
}

TEST(X509, VerifiesWithEveryAlgorithm) {
  const struct {
    KeyKind kind;
    SigAlg alg;
  } cases[] = {
      {KeyKind::kP256, SigAlg::kEcdsaP256Sha256}, {KeyKind::kP384, SigAlg::kEcdsaP384Sha384},
      {KeyKind::kP521, SigAlg::kEcdsaP521Sha512}, {KeyKind::kRsa, SigAlg::kRsaPssSha256},
      {KeyKind::kRsa, SigAlg::kRsaPssSha384},     {KeyKind::kRsa, SigAlg::kRsaPkcs1Sha256},
      {KeyKind::kRsa, SigAlg::kRsaPkcs1Sha384},   {KeyKind::kEd25519, SigAlg::kEd25519}};
  const PrivateKey rsa = PrivateKey::generate_rsa(2048);
  for (const auto& it : cases) {
    Authority other;
    other.key = it.kind == KeyKind::kRsa ? PrivateKey::from_pkcs8(rsa.pkcs8().reveal()).value()
                                         : PrivateKey::generate(it.kind);
    other.alg = it.alg;
    const Certificate root = other.root();
    EXPECT_TRUE(root.verify_issued_by(root).ok());
    EXPECT_TRUE(other.issue().verify_issued_by(root).ok());
    EXPECT_TRUE(other.crl().verify_issued_by(root).ok());
  }
}

TEST(X509, RefusesSignatureOfAnotherKey) {
  const Authority impostor;
  expect_error(authority().issue().verify_issued_by(impostor.root()), Code::kBadSignature,
               "x509.signature");
  Authority of_other_kind;
  of_other_kind.key = PrivateKey::generate(KeyKind::kEd25519);
  of_other_kind.alg = SigAlg::kEd25519;
  expect_error(authority().issue().verify_issued_by(of_other_kind.root()), Code::kBadSignature,
               "x509.signature");
}

TEST(X509, RefusesAnotherIssuerName) {
  CertificateSpec spec = leaf_spec();
  spec.issuer = {{"CN", "Someone"}};
  expect_error(authority().issue(spec).verify_issued_by(authority().root()), Code::kMismatch,
               "x509.issuer");
}

TEST(X509, RefusesIssuerThatIsNoCa) {
  for (const std::optional<bool> ca : {std::optional<bool>(), std::optional(false)}) {
    CertificateSpec spec = root_spec();
    spec.ca = ca;
    expect_error(authority().issue().verify_issued_by(authority().root(spec)), Code::kMismatch,
                 "x509.issuer_not_ca");
  }
}

TEST(X509, RefusesIssuerWhoseKeyUsageLacksCertSign) {
  CertificateSpec spec = root_spec();
  for (const Bytes& usage : {kUsageSignature, kUsageCrlSign}) {
    spec.extensions = {{"2.5.29.15", true, usage}};
    expect_error(authority().issue().verify_issued_by(authority().root(spec)), Code::kMismatch,
                 "x509.issuer_not_ca");
  }
  spec.extensions = {{"2.5.29.15", true, kUsageCertSign}};
  const Certificate root = authority().root(spec);
  EXPECT_TRUE(authority().issue().verify_issued_by(root).ok());
  EXPECT_TRUE(root.unhandled_critical_extensions().empty());
  EXPECT_FALSE(root.may_sign_crls());
}

TEST(X509, NamesCriticalExtensionsItDoesNotKnow) {
  CertificateSpec spec = leaf_spec();
  spec.extensions = {
      {"2.5.29.30", true, tlv(0x30, {})}, {"1.2.3.4", true, {}}, {"1.2.3.5", false, {}}};
  EXPECT_EQ(authority().issue(spec).unhandled_critical_extensions(),
            (std::vector<std::string>{"2.5.29.30", "1.2.3.4"}));
}

TEST(X509, RefusesDuplicateExtensions) {
  CertificateSpec spec = leaf_spec();
  spec.extensions = {{"1.2.3.4", false, Bytes{1}}, {"1.2.3.4", false, Bytes{2}}};
  expect_error(Certificate::parse(authority().issue_der(spec)), Code::kMalformed, "x509.extension");
}

TEST(X509, RefusesBrokenConstraints) {
  CertificateSpec spec = leaf_spec();
  for (const char* oid : {"2.5.29.15", "2.5.29.19"}) {
    spec.extensions = {{oid, true, Bytes{0x05, 0x01}}};
    expect_error(Certificate::parse(authority().issue_der(spec)), Code::kMalformed,
                 "x509.extension");
  }
}

TEST(X509, BoundsExtensionsAndSize) {
  CertificateSpec spec = leaf_spec();
  for (int i = 0; i < 65; ++i) {
    spec.extensions.push_back({"1.2.3." + std::to_string(i), false, {}});
  }
  expect_error(Certificate::parse(authority().issue_der(spec)), Code::kExhausted,
               "x509.extensions");
  expect_error(Certificate::parse(Bytes(16385)), Code::kExhausted, "x509.size");
}

// The outer identifier is unsigned: both spellings of AMD's parameters mean one algorithm, and yet
// they must not differ from each other.
TEST(X509, RefusesOuterAlgorithmThatDiffersFromTheSignedOne) {
  Authority amd;
  amd.key = PrivateKey::generate_rsa(2048);
  amd.alg = SigAlg::kRsaPssSha384;
  const Bytes der = amd.issue_der();
  const SignedDerView parts = split_signed(der, SignedKind::kCertificate).value();
  Bytes with_trailer = to_bytes(parts.algorithm);
  with_trailer[12] = static_cast<std::uint8_t>(with_trailer[12] + 5);
  append(with_trailer, Bytes{0xa3, 0x03, 0x02, 0x01, 0x01});
  const Bytes other = tlv(0x30, concat({parts.tbs, tlv(0x30, with_trailer),
                                        tlv(0x03, concat({Bytes{0}, parts.signature}))}));
  expect_error(Certificate::parse(other).value().verify_issued_by(amd.root()), Code::kMismatch,
               "x509.signature_algorithm");
}

TEST(X509, RefusesAlgorithmsAndParametersNotListed) {
  Authority amd;
  amd.key = PrivateKey::generate_rsa(2048);
  amd.alg = SigAlg::kRsaPssSha384;
  const Bytes der = amd.issue_der();
  const SignedDerView parts = split_signed(der, SignedKind::kCertificate).value();
  const Bytes listed = to_bytes(parts.algorithm);
  // Salt length 47; MGF1 with SHA-256; sha1WithRSAEncryption in the same room.
  std::vector<Bytes> others(3, listed);
  others[0].back() = 47;
  others[1][57] = 0x01;
  others[2][10] = 0x05;
  for (const Bytes& other : others) {
    const Bytes tbs = replaced(to_bytes(parts.tbs), listed, other);
    expect_error(Certificate::parse(amd.wrap(tbs, other)).value().verify_issued_by(amd.root()),
                 Code::kUnsupported, "x509.signature_algorithm");
  }
}

TEST(X509, RefusesEveryPrefixAndTrailingByte) {
  Bytes der = authority().issue_der();
  for (std::size_t size = 0; size < der.size(); ++size) {
    expect_error(Certificate::parse(BytesView(der).first(size)), Code::kMalformed, "x509.der");
  }
  der.push_back(0);
  expect_error(Certificate::parse(der), Code::kMalformed, "x509.der");
}

TEST(X509, RefusesLengthsThatAreNotMinimal) {
  const Bytes der = authority().issue_der();
  ASSERT_EQ(der[1], 0x82);
  const Bytes longer = concat({Bytes{0x30, 0x83, 0x00}, BytesView(der).subspan(2)});
  expect_error(Certificate::parse(longer), Code::kMalformed, "x509.der");
  const Bytes indefinite = concat({Bytes{0x30, 0x80}, BytesView(der).subspan(4), Bytes{0, 0}});
  expect_error(Certificate::parse(indefinite), Code::kMalformed, "x509.der");
}

TEST(X509, RefusesUnusedSignatureBits) {
  const Bytes der = authority().issue_der();
  const SignedDerView parts = split_signed(der, SignedKind::kCertificate).value();
  const Bytes other = tlv(0x30, concat({parts.tbs, tlv(0x30, parts.algorithm),
                                        tlv(0x03, concat({Bytes{1}, parts.signature}))}));
  expect_error(Certificate::parse(other), Code::kMalformed, "x509.der");
}

TEST(X509, ReadsDerOrOnePemBlock) {
  const Certificate leaf = authority().issue();
  const std::string pem = codec::pem_encode("CERTIFICATE", leaf.der());
  EXPECT_EQ(Certificate::parse_der_or_pem(leaf.der()).value().der(), leaf.der());
  EXPECT_EQ(Certificate::parse_der_or_pem(as_bytes(pem)).value().der(), leaf.der());
  expect_error(Certificate::parse_der_or_pem(as_bytes(pem + pem)), Code::kMalformed, "x509.pem");
  const std::string other = codec::pem_encode("X509 CRL", leaf.der());
  expect_error(Certificate::parse_der_or_pem(as_bytes(other)), Code::kMalformed, "x509.pem");
}

TEST(X509, RefusesSpecsThatAreNone) {
  CertificateSpec spec = leaf_spec();
  spec.subject = {{"NoSuchAttribute", "x"}};
  const PrivateKey& key = authority().key;
  expect_error(build_certificate(spec, key.public_key(), key, authority().alg), Code::kMalformed,
               "x509.spec");
  spec = leaf_spec();
  spec.extensions = {{"not an oid", false, {}}};
  expect_error(build_certificate(spec, key.public_key(), key, authority().alg), Code::kMalformed,
               "x509.spec");
}

}  // namespace
}  // namespace claustrum::crypto
