// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_collateral.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/dcap/tcb_match.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using evidence::dcap::TcbInfo;
using evidence::dcap::TcbStatus;
using evidence::dcap::Tee;
using Signer = IntelAuthority::Signer;

const IntelAuthority& intel() {
  static const IntelAuthority authority =
      IntelAuthority::create(kSimNow + -kSimDay, kSimNow + 9000 * kSimDay).value();
  return authority;
}

const IntelPlatform& platform() {
  static const IntelPlatform made = [] {
    IntelPlatformSpec spec;
    spec.not_before = kSimNow;
    spec.not_after = kSimNow + 300 * kSimDay;
    return IntelPlatform::create(intel(), spec).value();
  }();
  return made;
}

IntelCollateralSpec spec_of(Tee tee) {
  return intel_collateral_spec(platform(), tee, kSimNow);
}

evidence::Collateral make(Tee tee) {
  return make_intel_collateral(intel(), spec_of(tee)).value();
}

Bytes text_of(const codec::Json& json) {
  return to_bytes(codec::to_json(json));
}

TEST(SimIntelCollateral, HasTheNamesOfTheCatalogue) {
  std::vector<std::string> names;
  for (const auto& [name, data] : make(Tee::kTdx)) {
    names.push_back(name);
    EXPECT_FALSE(data.empty()) << name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"pck_crl", "pck_crl_issuer_chain", "qe_identity",
                                             "qe_identity_issuer_chain", "qe_identity_signature",
                                             "root_ca_crl", "tcb_info", "tcb_info_issuer_chain",
                                             "tcb_info_signature"}));
}

TEST(SimIntelCollateral, DocumentsAreSignedOverTheirExactBytes) {
  const evidence::Collateral made = make(Tee::kSgx);
  for (const std::string name : {"tcb_info", "qe_identity"}) {
    const std::string_view hex = as_text(made.at(name + "_signature"));
    ASSERT_EQ(hex.size(), 128U);
    EXPECT_TRUE(crypto::verify(intel().public_key(Signer::kTcbSigning),
                               crypto::SigAlg::kEcdsaP256Sha256, made.at(name),
                               codec::hex_decode(hex).value())
                    .ok());
  }
}

TEST(SimIntelCollateral, TheVerifiersParserReadsBackWhatTheSpecSaid) {
  for (const Tee tee : {Tee::kSgx, Tee::kTdx}) {
    const evidence::Collateral made = make(tee);
    const Result<TcbInfo> info = evidence::dcap::parse_tcb_info(made.at("tcb_info"));
    ASSERT_TRUE(info.ok()) << info.error().message();
    EXPECT_EQ(text_of(tcb_info_document(*info)), made.at("tcb_info"));
    EXPECT_EQ(info->id, tee == Tee::kSgx ? "SGX" : "TDX");
    EXPECT_EQ(info->fmspc, platform().pck().fmspc);
    EXPECT_EQ(info->next_update, kSimNow + 30 * kSimDay);
    EXPECT_EQ(info->levels.size(), 3U);
    EXPECT_EQ(info->tdx_module.has_value(), tee == Tee::kTdx);
    const auto identity = evidence::dcap::parse_qe_identity(made.at("qe_identity"));
    ASSERT_TRUE(identity.ok()) << identity.error().message();
    EXPECT_EQ(text_of(qe_identity_document(*identity)), made.at("qe_identity"));
    EXPECT_EQ(identity->id, tee == Tee::kSgx ? "QE" : "TD_QE");
  }
}

TEST(SimIntelCollateral, WritesVersionTwoForSgx) {
  TcbInfo info = spec_of(Tee::kSgx).tcb_info;
  info.version = 2;
  const codec::Json document = tcb_info_document(info);
  EXPECT_EQ(document.find("id"), nullptr);
  const Result<TcbInfo> read = evidence::dcap::parse_tcb_info(text_of(document));
  ASSERT_TRUE(read.ok()) << read.error().message();
  EXPECT_EQ(read->version, 2);
  EXPECT_EQ(read->levels.front().sgx, platform().pck().tcb.components);
}

TEST(SimIntelCollateral, ByDefaultThePlatformIsUpToDate) {
  for (const QuoteForm form : kQuoteForms) {
    const IntelCollateralSpec spec = spec_of(tee_of(form));
    const evidence::dcap::Quote quote = platform().blank_quote(form);
    EXPECT_TRUE(evidence::dcap::check_qe_identity(spec.qe_identity, quote.qe_report).ok());
    const auto result = evidence::dcap::evaluate_tcb(
        spec.tcb_info, spec.qe_identity, platform().pck().tcb, quote.qe_report, quote.td());
    ASSERT_TRUE(result.ok()) << result.error().message();
    EXPECT_EQ(result->status, TcbStatus::kUpToDate);
    EXPECT_TRUE(result->advisories.empty());
    EXPECT_EQ(result->module_id, quote.td() == nullptr ? "" : "TDX_01");
  }
}

TEST(SimIntelCollateral, OlderFirmwareIsOutOfDate) {
  const IntelCollateralSpec spec = spec_of(Tee::kSgx);
  const evidence::dcap::Quote quote = platform().blank_quote(QuoteForm::kSgxV3);
  evidence::dcap::PlatformTcb tcb = platform().pck().tcb;
  tcb.components[0] = static_cast<std::uint8_t>(tcb.components[0] - 1);
  const auto result =
      evidence::dcap::evaluate_tcb(spec.tcb_info, spec.qe_identity, tcb, quote.qe_report, nullptr);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->status, TcbStatus::kOutOfDate);
  EXPECT_FALSE(result->advisories.empty());
}

TEST(SimIntelCollateral, CrlsAreTheirIssuersAndRevokeWhatIsNamed) {
  IntelCollateralSpec spec = spec_of(Tee::kSgx);
  const Bytes leaf = serial_of_key(platform().pck_key().public_key());
  spec.revoked_pck = {leaf};
  spec.revoked_by_root = {intel().serial(Signer::kPlatformCa)};
  const evidence::Collateral made = make_intel_collateral(intel(), spec).value();
  const auto certificate = [](Signer which) {
    return crypto::Certificate::parse(intel().certificate(which)).value();
  };
  const crypto::Crl pck_crl = crypto::Crl::parse(made.at("pck_crl")).value();
  EXPECT_TRUE(pck_crl.verify_issued_by(certificate(Signer::kPlatformCa)).ok());
  EXPECT_TRUE(pck_crl.revokes(leaf));
  const crypto::Crl root_crl = crypto::Crl::parse(made.at("root_ca_crl")).value();
  EXPECT_TRUE(root_crl.verify_issued_by(certificate(Signer::kRoot)).ok());
  EXPECT_TRUE(root_crl.revokes(intel().serial(Signer::kPlatformCa)));
  EXPECT_EQ(pck_crl.next_update(), kSimNow + 30 * kSimDay);
}

}  // namespace
}  // namespace claustrum::simulator
