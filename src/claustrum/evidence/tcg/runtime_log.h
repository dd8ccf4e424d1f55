// SPDX-License-Identifier: Apache-2.0
// Logs that a guest's own agents keep of what they extend RTMRs with: dstack's JSON list, which
// repeats the firmware's events too, and the Confidential Containers attestation agent's lines.
// Both become an EventLog, so that one replay judges all [dstack, cc-eventlog; Trustee,
// "Specification for Attestation Agent Event Log"]. The log is the guest's word. Guards against a
// name taken from beside the digest: an event's name is read out of the very bytes that are hashed.
#pragma once

#include <optional>

#include "claustrum/evidence/tcg/event_log.h"

namespace claustrum::evidence::tcg {

inline constexpr std::uint32_t kEvDstackRuntime = 0x08000001;
inline constexpr std::size_t kMaxRuntimeEvents = 2048;

// Index 1..4 for RTMR 0..3, SHA-384 only. A runtime event's data is what its digest is of; where
// the log leaves that digest out it is computed. Malformed "tcg.dstack_log".
Result<EventLog> parse_dstack_log(BytesView json);
// "INIT sha384/<value>", then "<domain> <operation> <content>" lines; each line, the first one
// too, is hashed into RTMR 3. The value is the agent's word: replay begins at zeros all the same.
// Malformed "tcg.agent_log", unsupported "tcg.agent_log_algorithm".
Result<EventLog> parse_agent_log(BytesView text);
// By its first bytes: '[' is dstack's, "INIT " the agent's, anything else the firmware's.
Result<EventLog> parse_guest_log(BytesView log);

// A runtime event of dstack, read from the bytes that are hashed: in version 1
// u32 type | ":" | name | ":" | payload, in version 2 canonical JSON of the same.
struct DstackEvent {
  std::string name;
  Bytes payload;
};
std::optional<DstackEvent> read_dstack_event(BytesView measured);
Bytes write_dstack_event(std::string_view name, BytesView payload);  // version 1

// An agent's event "<domain> <operation> <content>", from a line or from the tagged event that
// holds one in a firmware log. Nothing for other bytes.
std::optional<std::string> read_agent_event(BytesView measured);
// TCG_PCClientTaggedEvent: u32 id | u32 size | data. Nothing unless the size is exactly the rest.
struct TaggedEvent {
  std::uint32_t id = 0;
  BytesView data;
};
std::optional<TaggedEvent> read_tagged_event(BytesView data);
inline constexpr std::uint32_t kTagAgent = 0x4141454c;        // "AAEL"
inline constexpr std::uint32_t kTagLoadOptions = 0x8f3b22ed;  // Linux, EFI stub: command line
inline constexpr std::uint32_t kTagInitrd = 0x8f3b22ec;       // Linux, EFI stub: initrd

}  // namespace claustrum::evidence::tcg
