// SPDX-License-Identifier: Apache-2.0
// The folders of real evidence beside the tree, read only where they are there.
#pragma once

#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/case_profile.h"

namespace claustrum::evidence::nitro {

struct CaseFolder {
  std::string name;
  codec::Json file;
  Case loaded;
};

// All folders whose platform is aws-nitro or aws-nitrotpm, by name; empty where there is no
// evidence.
std::vector<CaseFolder> nitro_cases();
Verification run_case(const Case& c, IssuerCache* issuers = nullptr);

}  // namespace claustrum::evidence::nitro
