// SPDX-License-Identifier: Apache-2.0
// Every security check carries a name. In builds made for mutation testing (CLAUSTRUM_MUTATION,
// never in a shipped binary) the environment variable CLAUSTRUM_MUTANT=<name> turns that one check
// off;
// `./dev mutate` demands that a test then fails. Elsewhere the macros are their condition, no more.
//
//   if (!CLAUSTRUM_GUARD("snp.policy.debug", !policy.debug)) { return Error(...); }
//   CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("snp.report.signature", verify_signature(...)));
//
// Names are unique literals "<folder>.<what>"; `./dev mutate` finds them by grep.
#pragma once

#include <string_view>

#include "claustrum/base/result.h"

#ifdef CLAUSTRUM_MUTATION
namespace claustrum {
bool guard_disabled(std::string_view name);
}  // namespace claustrum
#define CLAUSTRUM_GUARD(name, condition) (::claustrum::guard_disabled(name) || (condition))
#define CLAUSTRUM_GUARD_STATUS(name, expr) \
  (::claustrum::guard_disabled(name) ? ::claustrum::ok_status() : (expr))
#else
#define CLAUSTRUM_GUARD(name, condition) (condition)
#define CLAUSTRUM_GUARD_STATUS(name, expr) (expr)
#endif
