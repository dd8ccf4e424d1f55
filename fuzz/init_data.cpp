// SPDX-License-Identifier: Apache-2.0
// Any text is refused or init-data that fills exactly the slot of its own digest.
#include "claustrum/policy/init_data.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/policy/launch_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto init_data = claustrum::policy::parse_init_data({data, size});
  if (!init_data.ok()) {
    return 0;
  }
  const claustrum::Bytes digest = init_data->digest();
  if (!claustrum::policy::check_launch_digest(*init_data, digest).ok() ||
      claustrum::policy::check_launch_digest(*init_data, claustrum::BytesView(digest).first(31))
          .ok()) {
    std::abort();
  }
  const auto leaves = claustrum::policy::init_data_leaves(*init_data);
  const auto config = claustrum::policy::parse_launch_config(*init_data);
  // A configuration a service would run under is one a policy can judge leaf by leaf.
  if (config.ok() && (!leaves.ok() || leaves->find("engine.binary") == leaves->end())) {
    std::abort();
  }
  return 0;
}
