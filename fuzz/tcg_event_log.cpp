// SPDX-License-Identifier: Apache-2.0
// Event logs from anywhere: what is read writes itself again, its own replay proves all of it, and
// any other registers prove none.
#include "claustrum/base/check.h"
#include "claustrum/evidence/tcg/events.h"

using namespace claustrum;
using namespace claustrum::evidence::tcg;

namespace {

void replay_as(const EventLog& log, RegisterKind kind, crypto::HashAlg alg) {
  const Result<Registers> registers = replay(log, kind, alg);
  if (!registers.ok()) {
    return;
  }
  const Result<ProvenLog> proven = prove_log(log, kind, alg, *registers);
  CLAUSTRUM_CHECK(proven.ok() && proven->differing().empty());
  CLAUSTRUM_CHECK(describe(*proven).items().size() == proven->events().size());
  const Result<ProvenLog> unproven = prove_log(log, kind, alg, {});
  CLAUSTRUM_CHECK(unproven.ok() && unproven->events().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<EventLog> log = parse_event_log(BytesView(data, size));
  if (!log.ok()) {
    CLAUSTRUM_CHECK(log.error().reason().starts_with("tcg."));
    return 0;
  }
  const Bytes written = serialize(*log);
  const Result<EventLog> again = parse_event_log(written);
  CLAUSTRUM_CHECK(again.ok() && serialize(*again) == written);
  replay_as(*log, RegisterKind::kTdxRtmr, crypto::HashAlg::kSha384);
  replay_as(*log, RegisterKind::kTpmPcr, crypto::HashAlg::kSha256);
  return 0;
}
