// SPDX-License-Identifier: Apache-2.0
// Two policies, divided by a line of dashes: a policy never differs from itself, and to narrow and
// to widen are each other's opposite.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/policy/check.h"
#include "claustrum/policy/compare.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace claustrum;
  const std::string_view text(as_text({data, size}));
  const std::size_t at = text.find("\n---\n");
  if (at == std::string_view::npos) {
    return 0;
  }
  const auto before = policy::Policy::parse(as_bytes(text.substr(0, at + 1)));
  const auto after = policy::Policy::parse(as_bytes(text.substr(at + 5)));
  if (!before.ok() || !after.ok()) {
    return 0;
  }
  if (!policy::compare(*before, *before).empty()) {
    std::abort();
  }
  const auto forth = policy::compare(*before, *after);
  const auto back = policy::compare(*after, *before);
  // Equal in meaning both ways, or one of the two directions widens.
  const bool reworded_only =
      std::all_of(forth.begin(), forth.end(), [](const policy::Difference& difference) {
        return difference.change == policy::Change::kReworded;
      });
  if (!policy::widens(forth) && !reworded_only && !policy::widens(back)) {
    std::abort();
  }
  (void)policy::explain(forth);
  (void)policy::explain(policy::check_policy(*after, {1'800'000'000}), {});
  return 0;
}
