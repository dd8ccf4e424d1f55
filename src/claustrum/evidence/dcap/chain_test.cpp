// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/chain.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/dcap/roots.h"
#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/sgx/verify.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

// No purpose this code knows.
const crypto::CertificateExtension kUnknownCritical = {"1.2.3.4", true, Bytes{0x05, 0x00}};
const crypto::CertificateExtension kOnlyNonRepudiation = {"2.5.29.15", true,
                                                          Bytes{0x03, 0x02, 0x06, 0x40}};

struct ChainTest : ::testing::Test {
  Scene scene{QuoteForm::kSgxV3, sgx::verify};

  void replace_usage(crypto::CertificateSpec& spec, const crypto::CertificateExtension& with) {
    for (crypto::CertificateExtension& extension : spec.extensions) {
      if (extension.oid == with.oid) {
        extension = with;
      }
    }
  }
  crypto::CertificateSpec leaf() const { return scene.platform.certificate_spec(); }
  crypto::CertificateSpec of(Signer which) const { return scene.authority.spec(which); }
  void expect_chain(std::string_view reason) { expect_not_authentic(scene.run(), "chain", reason); }
  void expect_collateral(std::string_view reason) {
    expect_not_authentic(scene.run(), "collateral", reason);
  }
};

TEST_F(ChainTest, IntelsPinIsItsProductionRoot) {
  ASSERT_EQ(intel_roots().size(), 1U);
  EXPECT_EQ(codec::hex_encode(intel_roots()[0].spki_sha256),
            "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e");
  EXPECT_FALSE(intel_roots()[0].simulated);
}

TEST_F(ChainTest, ARootNobodyNamesIsRefusedWhateverItsName) {
  scene.roots.clear();
  expect_not_authentic(scene.run(), "root", "dcap.root.untrusted");
}

TEST_F(ChainTest, ASimulatedRootIsNamedAsOne) {
  const Verification v = scene.run();
  ASSERT_TRUE(v.claims.has_value());
  EXPECT_TRUE((*v.claims)->simulated);
  EXPECT_EQ(reason_of(v, "simulated"), "simulated.no_protection");
}

TEST_F(ChainTest, BothPckCasAreTaken) {
  for (const Signer ca : {Signer::kPlatformCa, Signer::kProcessorCa}) {
    Scene other(QuoteForm::kSgxV3, sgx::verify, test_platform_spec(ca));
    expect_judged(other.run(), "simulated", "simulated.no_protection");
  }
}

TEST_F(ChainTest, TheRootSignsItself) {
  scene.reissue(Signer::kRoot, of(Signer::kRoot), Signer::kTcbSigning);
  expect_chain("dcap.chain.signature");
}

TEST_F(ChainTest, TheRootSignsThePckCa) {
  scene.reissue(Signer::kPlatformCa, of(Signer::kPlatformCa), Signer::kProcessorCa);
  expect_chain("dcap.chain.signature");
}

TEST_F(ChainTest, ThePckCaSignsTheLeaf) {
  crypto::CertificateSpec spec = leaf();
  spec.issuer = of(Signer::kPlatformCa).subject;
  scene.reissue_leaf(spec, Signer::kProcessorCa);
  expect_chain("dcap.chain.signature");
}

TEST_F(ChainTest, TheIntermediateIsAPckCaByName) {
  crypto::CertificateSpec spec = of(Signer::kPlatformCa);
  spec.subject = simulator::simulated_name("Intel SGX Some Other CA");
  crypto::CertificateSpec below = leaf();
  below.issuer = spec.subject;
  scene.reissue(Signer::kPlatformCa, spec);
  scene.reissue_leaf(below, Signer::kPlatformCa);
  expect_chain("dcap.chain.intermediate_name");
}

TEST_F(ChainTest, TheRootsPathLengthCounts) {
  crypto::CertificateSpec spec = of(Signer::kRoot);
  spec.path_len = 0;
  scene.reissue(Signer::kRoot, spec);
  expect_chain("dcap.chain.path_len");
}

TEST_F(ChainTest, AnIntermediateThatIsNoCaSignsNothing) {
  crypto::CertificateSpec spec = of(Signer::kPlatformCa);
  spec.ca = false;
  spec.path_len.reset();
  scene.reissue(Signer::kPlatformCa, spec);
  expect_chain("dcap.chain.signature");
}

TEST_F(ChainTest, TheLeafIsAPckCertificateByName) {
  crypto::CertificateSpec spec = leaf();
  spec.subject = simulator::simulated_name("Intel SGX TCB Signing");
  scene.reissue_leaf(spec);
  expect_chain("dcap.chain.leaf_name");
}

TEST_F(ChainTest, TheLeafIsNoCa) {
  crypto::CertificateSpec spec = leaf();
  spec.ca = true;
  scene.reissue_leaf(spec);
  expect_chain("dcap.chain.leaf_usage");
}

TEST_F(ChainTest, TheLeafIsForDigitalSignatures) {
  crypto::CertificateSpec spec = leaf();
  replace_usage(spec, kOnlyNonRepudiation);
  scene.reissue_leaf(spec);
  expect_chain("dcap.chain.leaf_usage");
}

TEST_F(ChainTest, TheLeafsKeyIsP256) {
  const crypto::PrivateKey other = crypto::PrivateKey::generate(crypto::KeyKind::kP384);
  scene.reissue_leaf(leaf(), Signer::kPlatformCa, other.public_key());
  expect_chain("dcap.chain.leaf_key");
}

TEST_F(ChainTest, UnknownCriticalExtensionsAreRefusedAnywhere) {
  crypto::CertificateSpec spec = leaf();
  spec.extensions.push_back(kUnknownCritical);
  scene.reissue_leaf(spec);
  expect_chain("dcap.chain.critical");
  for (const Signer which : {Signer::kRoot, Signer::kPlatformCa}) {
    Scene other(QuoteForm::kSgxV3, sgx::verify);
    crypto::CertificateSpec above = other.authority.spec(which);
    above.extensions.push_back(kUnknownCritical);
    other.reissue(which, above);
    expect_not_authentic(other.run(), "chain", "dcap.chain.critical");
  }
}

TEST_F(ChainTest, EveryCertificateIsValidAtBothEnds) {
  const auto expect = [](Scene& s, std::string_view reason) {
    expect_not_authentic(s.run(), "validity", reason);
  };
  for (const bool early : {true, false}) {
    const std::string_view reason = early ? "dcap.validity.not_yet_valid" : "dcap.validity.expired";
    const auto bend = [early](crypto::CertificateSpec spec) {
      (early ? spec.not_before : spec.not_after) = kNow + (early ? 1 : -1);
      return spec;
    };
    Scene at_leaf(QuoteForm::kSgxV3, sgx::verify);
    at_leaf.reissue_leaf(bend(at_leaf.platform.certificate_spec()));
    expect(at_leaf, reason);
    for (const Signer which : {Signer::kRoot, Signer::kPlatformCa}) {
      Scene above(QuoteForm::kSgxV3, sgx::verify);
      above.reissue(which, bend(above.authority.spec(which)));
      expect(above, reason);
    }
  }
}

TEST_F(ChainTest, AnyOrderOfTheThreeIsTheSameChain) {
  const std::vector<Bytes> ders = split_pem_chain(scene.platform.pck_chain()).value();
  ASSERT_EQ(ders.size(), 3U);
  scene.quote.certification_data = simulator::pem_chain({ders[0], ders[2], ders[1]});
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
  scene.quote.certification_data = simulator::pem_chain({ders[2], ders[1], ders[0]});
  expect_judged(scene.run(), "simulated", "simulated.no_protection");
}

TEST_F(ChainTest, ThePemIsThreeCertificatesAndNothingElse) {
  const Bytes good = scene.platform.pck_chain();
  Bytes more = good;
  more.push_back(0);
  for (const Bytes& bad : {more, concat({as_bytes("note\n"), good}), concat({good, as_bytes("x")}),
                           concat({as_bytes("\x01\n"), good}), Bytes(), Bytes{0}}) {
    scene.quote.certification_data = bad;
    expect_collateral("dcap.chain.pem");
  }
  scene.quote.certification_data =
      to_bytes(codec::pem_encode("X509 CRL", scene.collateral.at("pck_crl")));
  expect_collateral("dcap.chain.pem");
}

// What no signature covers has one spelling, or bytes travel along that nobody looked at.
TEST_F(ChainTest, NothingHidesInTheWayThePemIsWritten) {
  const std::string nul = std::string(as_text(scene.platform.pck_chain()));
  const std::string good = nul.substr(0, nul.size() - 1);
  const std::string open = good.substr(0, good.size() - 1);
  const auto with = [&good](std::size_t at, std::string_view more) {
    return good.substr(0, at) + std::string(more) + good.substr(at);
  };
  std::string crlf;
  for (const char c : good) {
    crlf += c == '\n' ? "\r\n" : std::string(1, c);
  }
  for (const std::string& fine : {nul, good, open, crlf, crlf + '\0'}) {
    scene.quote.certification_data = to_bytes(fine);
    expect_judged(scene.run(), "simulated", "simulated.no_protection");
  }
  const std::size_t end = good.find("-----END") + 25;  // where its line ends
  const std::size_t body = good.find('\n') + 65;       // where the first line of base64 does
  for (const std::string& bad :
       {with(end, " "), with(end, "\r"), with(end, "\r\r\nnobody reads this"), with(end, "\n"),
        with(end, " \nnobody reads this"), with(body, " "), with(body, "\r"), with(body, "\n"),
        good + "\n", good + "\r", good + " ", nul + '\0', open + '\0', open + "\r", "\n" + good,
        crlf.substr(0, crlf.size() - 2) + "\n", nul + "x"}) {
    scene.quote.certification_data = to_bytes(bad);
    expect_collateral("dcap.chain.pem");
  }
}

TEST_F(ChainTest, TheThreeCertificatesHaveThreeRoles) {
  const std::vector<Bytes> ders = split_pem_chain(scene.platform.pck_chain()).value();
  for (const Bytes& bad :
       {simulator::pem_chain({ders[0], ders[1]}), simulator::pem_chain({ders[0], ders[1], ders[1]}),
        simulator::pem_chain({ders[0], ders[0], ders[2]}),
        simulator::pem_chain({ders[0], ders[1], ders[2], ders[2]})}) {
    scene.quote.certification_data = bad;
    expect_collateral("dcap.chain.shape");
  }
  scene.quote.certification_data = simulator::pem_chain({ders[0], ders[1], Bytes(100, 0x30)});
  expect_collateral("dcap.chain.certificate");
}

TEST_F(ChainTest, ALeafWithABrokenExtensionIsRefused) {
  crypto::CertificateSpec spec = leaf();
  replace_usage(spec, {std::string(kSgxExtensionOid), false, Bytes{0x30, 0x00}});
  scene.reissue_leaf(spec);
  expect_collateral("dcap.pck.extension");
}

TEST_F(ChainTest, OtherCertificationDataNeedsTheChainFromElsewhere) {
  const Bytes chain = scene.quote.certification_data;
  for (const std::uint16_t type :
       {kCertPpidClear, kCertPpidRsa2048, kCertPpidRsa3072, kCertPckLeaf}) {
    scene.quote.certification_type = type;
    scene.quote.certification_data = Bytes(404, 1);
    scene.collateral.erase("pck_chain");
    expect_collateral("dcap.chain.missing");
    EXPECT_FALSE(scene.run().unsupported);
    scene.collateral["pck_chain"] = chain;
    expect_judged(scene.run(), "simulated", "simulated.no_protection");
  }
}

TEST_F(ChainTest, CertificationDataIsOfAKnownType) {
  scene.collateral["pck_chain"] = scene.quote.certification_data;
  for (const std::uint16_t type : std::initializer_list<std::uint16_t>{0, 7, 8, 0x85, 0x105}) {
    scene.quote.certification_type = type;
    expect_collateral("dcap.chain.certification_type");
    EXPECT_FALSE(scene.run().unsupported);
  }
}

TEST_F(ChainTest, AChainFromElsewhereDoesNotReplaceTheQuotesOwn) {
  scene.collateral["pck_chain"] = scene.quote.certification_data;
  scene.quote.certification_data = Bytes();
  expect_collateral("dcap.chain.pem");
}

}  // namespace
}  // namespace claustrum::evidence::dcap
