// SPDX-License-Identifier: Apache-2.0
// Any text is refused or a policy; no policy accepts when nothing was verified.
#include "claustrum/policy/policy.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/policy/explain.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const claustrum::BytesView text(data, size);
  const auto policy = claustrum::policy::Policy::parse(text);
  if (!policy.ok()) {
    return 0;
  }
  if (policy->digest() != claustrum::crypto::sha256(text) ||
      claustrum::policy::explain_policy(*policy).empty()) {
    std::abort();
  }
  for (const claustrum::policy::Waiver& waiver : policy->waivers()) {
    if (!claustrum::policy::is_waivable(waiver.factor, policy->version())) {
      std::abort();
    }
  }
  if (claustrum::policy::appraise(*policy, {}).accepted()) {
    std::abort();
  }
  return 0;
}
