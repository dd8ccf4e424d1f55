// SPDX-License-Identifier: Apache-2.0
// How each dialect spells an EAR's claims [docs/formats/ear.md]. One table for reader and writer,
// so that they cannot drift apart. For ear*.cpp only.
#pragma once

#include <span>

#include "claustrum/policy/ear.h"

namespace claustrum::policy {

struct EarNames {
  EarDialect dialect;
  std::string_view profile;
  std::string_view verifier_id;
  std::string_view status;
  std::string_view vector;
  std::string_view policy_id;
  bool policy_list;  // a list of ids, or one id
  std::string_view raw_evidence;
  bool raw_record;  // raw evidence is a CMW record, or text
  std::string_view attester_claims;
  std::string_view verifier_claims;
  bool overall_status;  // the whole has a status of its own
  bool float_times;     // writers of this dialect are known to write 1.666529184e+09
};

// The first of a dialect is the one written.
std::span<const EarNames> all_ear_names();
const EarNames& ear_names_for_writing(EarDialect dialect);
const EarNames* ear_names_of(std::string_view profile);  // nullptr: not known

}  // namespace claustrum::policy
