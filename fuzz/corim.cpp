// SPDX-License-Identifier: Apache-2.0
// Any bytes are refused or reference values, and whatever is imported from them is part of a policy
// for the one platform that was asked for.
#include "claustrum/policy/corim.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/policy/corim_import.h"
#include "claustrum/policy/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum;
  const BytesView bytes(data, size);
  // No input is signed by a key that hashes to nothing.
  if (policy::verify_corim(bytes, {}, std::nullopt).ok()) {
    std::abort();
  }
  const auto corim = policy::parse_corim(bytes);
  if (!corim.ok()) {
    return 0;
  }
  for (const char* platform : {"intel-tdx", "other"}) {
    policy::ImportOptions options;
    options.platform = platform;
    const auto text = policy::corim_to_policy(*corim, bytes, options);
    if (!text.ok() || text->size() > policy::kMaxPolicyLen / 2) {
      continue;
    }
    const auto parsed = policy::Policy::parse(as_bytes("version = 2\n" + *text));
    if (!parsed.ok() || parsed->platforms().size() != 1 ||
        !parsed->platforms().contains(platform) ||
        parsed->platforms().begin()->second.debug.has_value()) {
      std::abort();
    }
  }
  return 0;
}
