// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/platform_facts.h"

namespace claustrum::policy {

namespace {

constexpr PlatformFacts kUnknown = {"", false};

constexpr std::string_view kSnpProgram[] = {"measurement"};
constexpr std::string_view kTdxProgram[] = {"mr_td", "rtmr1", "rtmr2"};
constexpr std::string_view kSgxProgram[] = {"mr_enclave"};

// AMD publishes no list of what a firmware is worth. Intel has no second voucher and no privilege
// levels; an enclave does not migrate.
constexpr PlatformFacts kKnown[] = {
    {"amd-sev-snp", true, Attests::kAlways, Attests::kAlways, Attests::kAlways, Attests::kAlways,
     Attests::kNever, 48, kSnpProgram},
    {"intel-tdx", true, Attests::kAlways, Attests::kSometimes, Attests::kAlways,
     Attests::kSometimes, Attests::kAlways, 48, kTdxProgram},
    {"intel-sgx", true, Attests::kAlways, Attests::kSometimes, Attests::kSometimes,
     Attests::kSometimes, Attests::kAlways, 32, kSgxProgram},
};

}  // namespace

const PlatformFacts& facts_of(std::string_view platform) {
  for (const PlatformFacts& facts : kKnown) {
    if (facts.name == platform) {
      return facts;
    }
  }
  return kUnknown;
}

}  // namespace claustrum::policy
