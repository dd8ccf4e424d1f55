// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/checks.h"

#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/test_scene.h"
#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/tdx/verify.h"

namespace claustrum::evidence::dcap {
namespace {

using simulator::QuoteForm;

Verify verifier_of(QuoteForm form) {
  return simulator::tee_of(form) == Tee::kSgx ? Verify(sgx::verify) : Verify(tdx::verify);
}

struct ChecksTest : ::testing::Test {
  Scene scene{QuoteForm::kSgxV3, sgx::verify};
  const crypto::PrivateKey other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
};

TEST(DcapChecks, EveryFormOfQuoteIsVerified) {
  for (const QuoteForm form : simulator::kQuoteForms) {
    const Scene scene(form, verifier_of(form));
    const Verification v = scene.run();
    expect_judged(v, "simulated", "simulated.no_protection");
    EXPECT_EQ((*v.claims)->standing->status, "UpToDate");
    EXPECT_EQ((*v.claims)->hardware_id, to_bytes(BytesView(scene.platform.pck().ppid)));
  }
}

TEST_F(ChecksTest, OtherVendorsQuotingEnclavesAreRefused) {
  scene.quote.header.qe_vendor_id[0] ^= 1;
  expect_not_authentic(scene.run(), "qe-vendor", "dcap.qe_vendor");
}

TEST_F(ChecksTest, TheQeReportIsSignedByThePckKey) {
  Quote quote = scene.sealed();
  simulator::sign_qe_report(quote, other);
  expect_not_authentic(scene.run_as_is(quote), "qe-report", "dcap.qe_report.signature");
}

TEST_F(ChecksTest, TheQeReportNamesTheAttestationKey) {
  Quote quote = scene.sealed();
  quote.attestation_key = simulator::raw_point(other.public_key());
  simulator::sign_body(quote, other);
  expect_not_authentic(scene.run_as_is(quote), "qe-binding", "dcap.qe_binding.key");
}

TEST_F(ChecksTest, TheQeReportNamesTheAuthenticationData) {
  Quote quote = scene.sealed();
  quote.qe_auth_data[0] ^= 1;
  expect_not_authentic(scene.run_as_is(quote), "qe-binding", "dcap.qe_binding.key");
}

TEST_F(ChecksTest, NothingFollowsTheDigestInTheQeReport) {
  for (const std::size_t at : std::initializer_list<std::size_t>{32, 63}) {
    Quote quote = scene.sealed();
    quote.qe_report.report_data[at] = 1;
    simulator::sign_qe_report(quote, scene.platform.pck_key());
    expect_not_authentic(scene.run_as_is(quote), "qe-binding", "dcap.qe_binding.padding");
  }
}

TEST_F(ChecksTest, TheBodyIsSignedByTheAttestationKey) {
  Quote quote = scene.sealed();
  simulator::sign_body(quote, other);
  expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
}

TEST_F(ChecksTest, ASignatureOfZerosIsNone) {
  Quote quote = scene.sealed();
  quote.signature = {};
  expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
  quote = scene.sealed();
  quote.signature.fill(0xff);
  expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.invalid");
}

TEST_F(ChecksTest, AKeyOffTheCurveIsNone) {
  Quote quote = scene.sealed();
  quote.attestation_key.fill(1);
  simulator::bind_attestation_key(quote);
  simulator::sign_qe_report(quote, scene.platform.pck_key());
  expect_not_authentic(scene.run_as_is(quote), "signature", "dcap.signature.key");
}

TEST_F(ChecksTest, AWarmCacheChangesNoFactor) {
  IssuerCache cache;
  scene.issuers = &cache;
  for (int round = 0; round < 2; ++round) {
    expect_judged(scene.run(), "simulated", "simulated.no_protection");
  }
  EXPECT_GT(cache.signatures(), 6U);
  scene.documents.revoked_pck = {simulator::serial_of_key(scene.platform.pck_key().public_key())};
  scene.rebuild();
  expect_judged(scene.run(), "revocation", "dcap.crl.revoked");
}

}  // namespace
}  // namespace claustrum::evidence::dcap
