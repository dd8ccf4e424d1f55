// SPDX-License-Identifier: Apache-2.0
// A whole service for tests: launch data, keys, model, release, ledger, profile and a verifier that
// vouches for the claims it is given. A test changes one member and builds everything again.
#pragma once

#include <gtest/gtest.h>

#include "claustrum/document/test_support.h"
#include "claustrum/document/verify_document.h"
#include "claustrum/document/witness.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/ledger/tlog_proof.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::document::test {

inline constexpr std::string_view kOrigin = "log.example/claustrum";

struct Scene {
  Scene();

  // Signs all parts and puts the document together.
  std::string build();
  DocumentVerdict verify(const std::string& document);
  DocumentVerdict run() { return verify(build()); }
  // The profile as signed, verified again.
  Profile profile() const;

  Nonce nonce{};
  std::string init_data;
  std::string policy;
  ProfileClaims profile_claims;
  KeysClaims keys = good_keys();
  ledger::Entry release;
  evidence::Claims claims = policy::test::good_claims();
  EvidenceDocument document;  // batch, devices, room, proofs: as a test wants them
  bool with_model = true;
  bool with_software = true;
  bool with_proof = true;
  bool authentic = true;
  std::string log_origin{kOrigin};
  std::vector<std::string> cosigners = {"w1", "w2"};
  Instant cosigned_at = kNow + -60;
  Instant now = kNow;
  std::int64_t least_profile_number = 1;
  // What happens to the parts after they were bound.
  std::function<void(EvidenceDocument&)> tamper = [](EvidenceDocument&) {};
  // Stands between the claims and the verifier's answer.
  Verifiers verifiers;

 private:
  std::string make_proof(BytesView entry) const;
};

// Exactly this factor fails for exactly this reason; those of `unreached` are not reached.
void expect_only_fails(const DocumentVerdict& verdict, std::string_view id, std::string_view reason,
                       const std::vector<std::string>& unreached = {});
void expect_accepted(const DocumentVerdict& verdict);

}  // namespace claustrum::document::test
