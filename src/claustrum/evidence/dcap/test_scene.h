// SPDX-License-Identifier: Apache-2.0
// One simulated Intel platform and everything needed to verify its quote; a test changes one thing.
// For the tests of this folder, of evidence/sgx and of evidence/tdx, which name their verifier.
#pragma once

#include <functional>

#include "claustrum/simulator/intel_collateral.h"

namespace claustrum::evidence::dcap {

// 2026-06-01T00:00:00Z, within every validity of the scene.
inline constexpr Instant kNow{1780272000};
inline constexpr std::int64_t kDay = 86400;

using Verify = std::function<Verification(const VerifyInput&)>;
using Signer = simulator::IntelAuthority::Signer;

// Another authority under the same names.
const simulator::IntelAuthority& foreign_authority();
simulator::IntelPlatformSpec test_platform_spec(Signer pck_ca = Signer::kPlatformCa);

struct Scene {
  Scene(simulator::QuoteForm form, Verify verifier,
        const simulator::IntelPlatformSpec& spec = test_platform_spec());

  // The quote bound and signed anew, so that a changed field is a signed one.
  Verification run() const { return run_raw(platform.sign(quote)); }
  // The quote as it stands: after sealed(), break one step by hand.
  Verification run_as_is(const Quote& q) const { return run_raw(serialize(q)); }
  Verification run_raw(BytesView evidence) const;
  VerifyInput input(BytesView evidence) const;
  Quote sealed() const { return platform.seal(quote); }

  // The body; the scene's form says which one there is.
  SgxReportBody& sgx() { return std::get<SgxReportBody>(quote.body); }
  TdReportBody& td() { return std::get<TdReportBody>(quote.body); }

  // Another certificate for the PCK key (or another one), in the quote.
  void reissue_leaf(const crypto::CertificateSpec& spec, Signer issuer = Signer::kPlatformCa);
  void reissue_leaf(const crypto::CertificateSpec& spec, Signer issuer,
                    const crypto::PublicKey& subject);
  void reissue_leaf(const PckExtension& extension);
  // Another certificate for one of the authority's keys, wherever it occurs.
  void reissue(Signer which, const crypto::CertificateSpec& spec, Signer issuer = Signer::kRoot);
  // The collateral anew, from `documents`.
  void rebuild();
  // Sets "tcb_info" or "qe_identity", signed by TCB Signing.
  void sign_document(const char* name, const codec::Json& document);
  void set(const char* name, Result<Bytes> data) { collateral[name] = std::move(data).value(); }

  simulator::IntelAuthority authority;
  simulator::IntelPlatform platform;
  Quote quote;
  simulator::IntelCollateralSpec documents;
  Collateral collateral;
  Verify verify;
  Instant now = kNow;
  std::vector<TrustedRoot> roots;
  Floors floors;
  bool use_floors = true;
  IssuerCache* issuers = nullptr;
};

std::string reason_of(const Verification& v, std::string_view id);
// `id` fails for `reason`, and no other factor fails but `simulated`.
void expect_only_fails(const Verification& v, std::string_view id, std::string_view reason);
// As above, and there are no claims.
void expect_not_authentic(const Verification& v, std::string_view id, std::string_view reason);
// As above, but the claims are there: a policy may judge or waive the factor.
void expect_judged(const Verification& v, std::string_view id, std::string_view reason);

}  // namespace claustrum::evidence::dcap
