// SPDX-License-Identifier: Apache-2.0
// What a document's software entry and its offline proof establish [PROTOCOL 11,
// docs/formats/ledger.md]: that the launched program is a published release, seen by others too.
#pragma once

#include "claustrum/document/evidence_document.h"
#include "claustrum/document/profile.h"
#include "claustrum/policy/launch_config.h"

namespace claustrum::document {

// software: the entry parses and names the platform and measurement of `claims` (nullptr: not
// authentic, so nothing to compare with).
void judge_software(const EvidenceDocument& document, const evidence::Claims* claims,
                    evidence::Factors& factors);
// ledger-inclusion and ledger-witnessed: the entry is in a log the profile names, under a
// checkpoint by a key that profile and launch data both pin, cosigned by the profile's quorum.
void judge_ledger(const EvidenceDocument& document, const Profile& profile,
                  const policy::LaunchConfig* launch, Instant now, evidence::Factors& factors);

}  // namespace claustrum::document
