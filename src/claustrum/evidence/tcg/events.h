// SPDX-License-Identifier: Apache-2.0
// What proven events say [TCG PC Client Platform Firmware Profile, "Event descriptions"]. A digest
// is proven, the data beside it is not: it counts only as far as hashing it again gives that
// digest. Boot loaders' events name a file and measure its contents, so whoever gives the log may
// write any name there; such texts are left out. Types stay the log's word even then: compare
// digests and texts in their order, never "the event of type X".
#pragma once

#include <optional>

#include "claustrum/codec/json.h"
#include "claustrum/evidence/tcg/replay.h"
#include "claustrum/evidence/tcg/runtime_log.h"

namespace claustrum::evidence::tcg {

// Of an event's data, the part that its digest is the hash of.
enum class Covers {
  kNothing,  // the digest is of something else: an image, a file
  kData,     // all of it
  kText,     // a text without its terminator, or behind the label "grub_cmd: " and its like
  kValue,    // a UEFI variable's value, but not its name
};
std::string_view to_string(Covers covers);

struct UefiVariable {
  std::string guid;  // "8be4df61-93ca-11d2-aa0d-00e098032b8c"; empty where only the value counts
  std::string name;
  Bytes value;
};

struct NamedEvent {
  std::uint32_t number = 0;
  std::string type;  // "EV_IPL", or "0x80000099"
  Bytes digest;
  Covers covers = Covers::kNothing;
  Bytes measured;                        // what the digest is of; empty where nothing is covered
  std::string text;                      // covered, printable ASCII, 4096 bytes at most; else empty
  std::optional<UefiVariable> variable;  // covered
  std::optional<DstackEvent> runtime;    // covered
  // An event of a type whose digest is of its data, with data that it is not of: somebody changed
  // the log. Data left out is no change.
  bool disagrees = false;
};

NamedEvent name_event(const ProvenEvent& event, crypto::HashAlg alg);

// Proven events as claims, the first kMaxShownEvents: register ("rtmr1", "pcr4"), type, digest,
// covers, text, variable (name, guid, value up to 64 bytes, else its SHA-256), runtime (name,
// payload in the same way), disagrees.
inline constexpr std::size_t kMaxShownEvents = 1024;
codec::Json describe(const ProvenLog& log);

}  // namespace claustrum::evidence::tcg
