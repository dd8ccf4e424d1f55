// SPDX-License-Identifier: Apache-2.0
// Logs of firmware, dstack and agents from anywhere: whatever is read replays to registers that
// prove all of it, and what is named of a boot is bounded and never more than was proven.
#include "claustrum/base/check.h"
#include "claustrum/evidence/tcg/boot_claims.h"

using namespace claustrum;
using namespace claustrum::evidence::tcg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  (void)read_dstack_event(input);
  (void)read_agent_event(input);
  const Result<EventLog> log = parse_guest_log(input);
  if (!log.ok()) {
    CLAUSTRUM_CHECK(log.error().reason().starts_with("tcg."));
    return 0;
  }
  const Result<Registers> registers =
      replay(*log, RegisterKind::kTdxRtmr, crypto::HashAlg::kSha384);
  if (!registers.ok()) {
    return 0;
  }
  const Result<ProvenLog> proven =
      prove_log(*log, RegisterKind::kTdxRtmr, crypto::HashAlg::kSha384, *registers);
  CLAUSTRUM_CHECK(proven.ok() && proven->differing().empty());
  const codec::Json claims = boot_claims(*proven);
  std::int64_t count = 0;
  for (const auto& [name, number] : claims.find("counts")->members()) {
    count += number.integer();
  }
  CLAUSTRUM_CHECK(count == static_cast<std::int64_t>(proven->events().size()));
  CLAUSTRUM_CHECK(claims.find("kernel") == nullptr || claims.find("images")->items().size() == 1);
  CLAUSTRUM_CHECK(claims.find("initrd") == nullptr || claims.find("command_line") != nullptr);
  CLAUSTRUM_CHECK(describe(*proven).items().size() <= kMaxShownEvents);
  return 0;
}
