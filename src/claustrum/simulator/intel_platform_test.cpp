// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/intel_platform.h"

#include <gtest/gtest.h>

#include "claustrum/codec/pem.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/simulator/test_sim.h"

namespace claustrum::simulator {
namespace {

using evidence::dcap::Quote;
using evidence::dcap::Tee;
using Signer = IntelAuthority::Signer;

const IntelAuthority& intel() {
  static const IntelAuthority authority =
      IntelAuthority::create(kSimNow + -kSimDay, kSimNow + 9000 * kSimDay).value();
  return authority;
}

IntelPlatform make(Signer pck_ca = Signer::kPlatformCa) {
  IntelPlatformSpec spec;
  spec.pck_ca = pck_ca;
  spec.not_before = kSimNow;
  spec.not_after = kSimNow + 300 * kSimDay;
  return IntelPlatform::create(intel(), spec).value();
}

crypto::PublicKey point(const ByteArray<64>& xy) {
  return crypto::PublicKey::from_xy(crypto::KeyKind::kP256, BytesView(xy).first(32),
                                    BytesView(xy).subspan(32))
      .value();
}

bool verifies(const crypto::PublicKey& key, BytesView message, BytesView signature) {
  return crypto::verify(key, crypto::SigAlg::kEcdsaP256Sha256, message, signature).ok();
}

crypto::Certificate leaf_of(const IntelPlatform& platform) {
  return crypto::Certificate::parse(platform.certificate()).value();
}

evidence::dcap::PckExtension extension_of(const IntelPlatform& platform) {
  const Bytes value =
      leaf_of(platform).extension(evidence::dcap::kSgxExtensionOid).value_or(Bytes());
  return evidence::dcap::parse_pck_extension(value).value();
}

TEST(SimIntelPlatform, TheLeafHasIntelsProfile) {
  const IntelPlatform platform = make();
  const crypto::Certificate leaf = leaf_of(platform);
  EXPECT_EQ(leaf.subject_cn(), "Intel SGX PCK Certificate");
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_EQ(leaf.extension("2.5.29.15"), leaf_key_usage().value);
  EXPECT_TRUE(leaf.verify_issued_by(
                      crypto::Certificate::parse(intel().certificate(Signer::kPlatformCa)).value())
                  .ok());
  EXPECT_TRUE(leaf.public_key() == platform.pck_key().public_key());
}

TEST(SimIntelPlatform, PlatformCaLeavesHaveAllSevenMembers) {
  const IntelPlatform platform = make();
  const evidence::dcap::PckExtension read = extension_of(platform);
  EXPECT_EQ(read.ppid, platform.pck().ppid);
  EXPECT_EQ(read.tcb.components, platform.spec().tcb.components);
  EXPECT_EQ(read.tcb.pce_svn, 13);
  EXPECT_EQ(read.cpu_svn, read.tcb.components);
  EXPECT_EQ(read.fmspc, platform.spec().fmspc);
  EXPECT_EQ(read.sgx_type, evidence::dcap::SgxType::kScalable);
  EXPECT_TRUE(read.platform_instance_id.has_value());
  ASSERT_TRUE(read.configuration.has_value());
  EXPECT_EQ(read.configuration->smt_enabled, true);
}

TEST(SimIntelPlatform, ProcessorCaLeavesHaveFive) {
  const evidence::dcap::PckExtension read = extension_of(make(Signer::kProcessorCa));
  EXPECT_FALSE(read.platform_instance_id.has_value());
  EXPECT_FALSE(read.configuration.has_value());
  EXPECT_EQ(read.sgx_type, evidence::dcap::SgxType::kStandard);
}

struct Shape {
  QuoteForm form;
  std::uint16_t version;
  std::size_t signed_len;
  std::size_t report_data_at;
};

// The table of Intel's layouts.
constexpr Shape kShapes[] = {{QuoteForm::kSgxV3, 3, 432, 368},   {QuoteForm::kSgxV4, 4, 432, 368},
                             {QuoteForm::kSgxV5, 5, 438, 374},   {QuoteForm::kTdV4, 4, 632, 568},
                             {QuoteForm::kTd10V5, 5, 638, 574},  {QuoteForm::kTd15V5, 5, 702, 574},
                             {QuoteForm::kTd15ExV5, 5, 939, 574}};

TEST(SimIntelPlatform, QuotesHaveIntelsLengthsAndPlaces) {
  const IntelPlatform platform = make();
  ByteArray<64> report_data{};
  report_data.fill(0xa5);
  for (const Shape& shape : kShapes) {
    const Bytes bytes = platform.quote(shape.form, report_data);
    EXPECT_EQ(bytes[0], shape.version);
    EXPECT_TRUE(equal(BytesView(bytes).subspan(shape.report_data_at, 64), report_data));
    const Result<Quote> quote = evidence::dcap::parse_quote(bytes);
    ASSERT_TRUE(quote.ok()) << quote.error().message();
    EXPECT_EQ(quote->signed_bytes.size(), shape.signed_len);
    EXPECT_EQ(quote->report_data(), report_data);
    EXPECT_EQ(quote->header.tee, tee_of(shape.form));
    EXPECT_EQ(quote->header.qe_vendor_id, kIntelQeVendorId);
    EXPECT_EQ(quote->padding, 0U);
    EXPECT_EQ(evidence::dcap::serialize(*quote), bytes);
  }
}

TEST(SimIntelPlatform, EverySignatureAndTheBindingHold) {
  const IntelPlatform platform = make();
  for (const QuoteForm form : kQuoteForms) {
    const Quote quote = platform.seal(platform.blank_quote(form));
    EXPECT_TRUE(verifies(point(quote.attestation_key), quote.signed_bytes, quote.signature));
    EXPECT_TRUE(
        verifies(leaf_of(platform).public_key(), quote.qe_report_raw, quote.qe_report_signature));
    const crypto::Sha256Digest digest =
        crypto::sha256(concat({quote.attestation_key, quote.qe_auth_data}));
    const BytesView bound(quote.qe_report.report_data);
    EXPECT_TRUE(equal(bound.first(32), digest));
    EXPECT_TRUE(all_zero(bound.subspan(32)));
  }
}

TEST(SimIntelPlatform, TheChainInTheQuoteIsLeafCaRoot) {
  const IntelPlatform platform = make(Signer::kProcessorCa);
  Bytes chain = platform.blank_quote(QuoteForm::kSgxV3).certification_data;
  ASSERT_EQ(chain.back(), 0);
  chain.pop_back();
  const auto blocks = codec::pem_decode(chain);
  ASSERT_TRUE(blocks.ok());
  ASSERT_EQ(blocks->size(), 3U);
  EXPECT_EQ((*blocks)[0].der, platform.certificate());
  EXPECT_EQ((*blocks)[1].der, intel().certificate(Signer::kProcessorCa));
  EXPECT_EQ((*blocks)[2].der, intel().certificate(Signer::kRoot));
}

TEST(SimIntelPlatform, QuotesCarryAReplacedCertificate) {
  IntelPlatform platform = make();
  crypto::CertificateSpec spec = platform.certificate_spec();
  spec.long_serial = Bytes{5};
  platform.set_certificate(
      intel().issue(Signer::kPlatformCa, spec, platform.pck_key().public_key()).value());
  platform.set_issuers(intel().issuer_chain(Signer::kProcessorCa));
  const Bytes chain = platform.pck_chain();
  const auto blocks = codec::pem_decode(BytesView(chain).first(chain.size() - 1)).value();
  EXPECT_EQ(crypto::Certificate::parse(blocks[0].der)->serial(), Bytes{5});
  EXPECT_EQ(blocks[1].der, intel().certificate(Signer::kProcessorCa));
}

TEST(SimIntelPlatform, SignsWhatItIsTold) {
  const IntelPlatform platform = make();
  Quote quote = platform.seal(platform.blank_quote(QuoteForm::kTdV4));
  quote.qe_report.report_data[40] = 1;
  quote.qe_report.isv_svn = 2;
  sign_qe_report(quote, platform.pck_key());
  const crypto::PrivateKey other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  quote.attestation_key = raw_point(other.public_key());
  sign_body(quote, other);
  quote.padding = 70;
  const Quote read = evidence::dcap::parse_quote(evidence::dcap::serialize(quote)).value();
  EXPECT_EQ(read.qe_report.isv_svn, 2);
  EXPECT_EQ(read.qe_report.report_data[40], 1);
  EXPECT_EQ(read.padding, 70U);
  EXPECT_TRUE(
      verifies(platform.pck_key().public_key(), read.qe_report_raw, read.qe_report_signature));
  EXPECT_TRUE(verifies(other.public_key(), read.signed_bytes, read.signature));
}

TEST(SimIntelPlatform, TwoPlatformsAreTwoProcessors) {
  const IntelPlatform one = make();
  const IntelPlatform two = make();
  EXPECT_NE(one.pck().ppid, two.pck().ppid);
  EXPECT_NE(one.pck().platform_instance_id, two.pck().platform_instance_id);
  EXPECT_FALSE(one.pck_key().public_key() == two.pck_key().public_key());
}

}  // namespace
}  // namespace claustrum::simulator
