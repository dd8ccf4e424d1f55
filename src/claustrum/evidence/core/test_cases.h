// SPDX-License-Identifier: Apache-2.0
// The folders of real evidence beside the tree, read only where they are there.
#pragma once

#include <functional>

#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/case_profile.h"

namespace claustrum::evidence {

struct CaseFolder {
  std::string name;
  codec::Json file;
  Case loaded;
};

// All folders of these platforms, by name; empty where there is no evidence.
std::vector<CaseFolder> cases_of(std::initializer_list<std::string_view> platforms);
Verification run_case(const Case& c, const std::function<Verification(const VerifyInput&)>& verify,
                      IssuerCache* issuers = nullptr);

}  // namespace claustrum::evidence
