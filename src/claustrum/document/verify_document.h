// SPDX-License-Identifier: Apache-2.0
// From document bytes to a verdict [ARCHITECTURE 3C, PROTOCOL 2, 6, 11]. A pure function: bytes,
// nonce, time and profile in, verdict out. Every factor is established even after another failed,
// as far as its inputs exist.
#pragma once

#include <functional>

#include "claustrum/document/evidence_document.h"
#include "claustrum/document/keys.h"
#include "claustrum/document/profile.h"
#include "claustrum/policy/appraise.h"
#include "claustrum/policy/launch_config.h"

namespace claustrum::document {

// Platform name -> verifier. `app` lists what the program is made of.
using Verifiers =
    std::map<std::string, std::function<evidence::Verification(const evidence::VerifyInput&)>,
             std::less<>>;

struct DocumentInput {
  BytesView document;
  Nonce nonce{};  // this client's own
  Instant now;
  const Profile* profile = nullptr;       // required
  const Verifiers* verifiers = nullptr;   // required
  std::int64_t least_profile_number = 1;  // highest number this client has seen
};

struct DocumentVerdict {
  policy::Appraisal appraisal;
  crypto::Sha256Digest document_sha256{};
  // Parsed parts, for use only when appraisal.accepted().
  std::optional<EvidenceDocument> document;
  std::optional<KeysClaims> keys;
  std::optional<policy::LaunchConfig> launch;
};

DocumentVerdict verify_document(const DocumentInput& input);

}  // namespace claustrum::document
