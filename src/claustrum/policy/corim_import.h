// SPDX-License-Identifier: Apache-2.0
// Reference values as lines of a version 2 section, for a person to read, complete and sign for
// [docs/formats/policy.md]. Every text of the CoRIM ends up in a quoted name or a comment of one
// line, so that no vendor's text can add a rule.
#pragma once

#include "claustrum/policy/corim.h"

namespace claustrum::policy {

struct ImportOptions {
  std::string platform;
  std::string product;      // for security versions; empty: the environment's model
  std::string environment;  // take only environments whose description holds this text
  std::map<std::string, std::string, std::less<>> rename;  // key of the CoRIM -> measurement's name
};

// not_found "corim.empty" when nothing a policy can say was found.
Result<std::string> corim_to_policy(const Corim& corim, BytesView file,
                                    const ImportOptions& options);

}  // namespace claustrum::policy
