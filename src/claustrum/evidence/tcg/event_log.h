// SPDX-License-Identifier: Apache-2.0
// Measured-boot event logs in the crypto-agile format, as a TPM's firmware writes them and, with
// other register numbers, as virtual firmware does for a TD [TCG PC Client Platform Firmware
// Profile, "Event logging"; UEFI 2.10, 38 "Confidential Computing", ACPI CCEL]. The log is the
// host's or the guest's word: nothing in it counts before replay (replay.h) led to signed
// registers, and even then only digests are authentic, not types and texts.
#pragma once

#include <string_view>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::evidence::tcg {

inline constexpr std::size_t kMaxLogLen = 2 << 20;  // padding included
inline constexpr std::size_t kMaxEvents = 16384;
inline constexpr std::size_t kMaxEventDataLen = 512 << 10;
inline constexpr std::size_t kMaxAlgorithms = 8;

// TPM_ALG_ID of the banks that occur.
inline constexpr std::uint16_t kAlgSha1 = 0x0004;
inline constexpr std::uint16_t kAlgSha256 = 0x000b;
inline constexpr std::uint16_t kAlgSha384 = 0x000c;
inline constexpr std::uint16_t kAlgSha512 = 0x000d;
inline constexpr std::uint16_t kAlgSm3 = 0x0012;

inline constexpr std::uint32_t kEvNoAction = 0x03;
inline constexpr std::uint32_t kEvSeparator = 0x04;
inline constexpr std::uint32_t kEvAction = 0x05;
inline constexpr std::uint32_t kEvEventTag = 0x06;
inline constexpr std::uint32_t kEvSCrtmVersion = 0x08;
inline constexpr std::uint32_t kEvIpl = 0x0d;
inline constexpr std::uint32_t kEvNonhostInfo = 0x11;
inline constexpr std::uint32_t kEvEfiVariableDriverConfig = 0x80000001;
inline constexpr std::uint32_t kEvEfiVariableBoot = 0x80000002;
inline constexpr std::uint32_t kEvEfiBootServicesApplication = 0x80000003;
inline constexpr std::uint32_t kEvEfiGptEvent = 0x80000006;
inline constexpr std::uint32_t kEvEfiAction = 0x80000007;
inline constexpr std::uint32_t kEvEfiVariableBoot2 = 0x8000000c;
inline constexpr std::uint32_t kEvEfiVariableAuthority = 0x800000e0;
// "EV_SEPARATOR"; empty for types without a name here.
std::string_view event_type_name(std::uint32_t type);

struct Digest {
  std::uint16_t algorithm = 0;
  Bytes value;
};

struct Event {
  std::uint32_t index = 0;  // PCR, or the measurement register of the platform
  std::uint32_t type = 0;
  std::vector<Digest> digests;
  Bytes data;

  // Of one bank; nullptr where the event has none.
  const Bytes* digest(std::uint16_t algorithm) const;
};

struct Algorithm {
  std::uint16_t id = 0;
  std::uint16_t digest_len = 0;
};

struct EventLog {
  std::vector<Algorithm> algorithms;
  std::vector<Event> events;  // without the first, which names the format
  std::size_t padding = 0;    // 0xff and zero bytes behind the last event: the rest of an ACPI area
};

// Unverified. Malformed "tcg.event_log"; exhausted "tcg.event_log_size"; unsupported
// "tcg.event_log_format" for logs that do not begin with "Spec ID Event03" (SHA-1 only).
Result<EventLog> parse_event_log(BytesView data);
// For simulators and tests.
Bytes serialize(const EventLog& log);

}  // namespace claustrum::evidence::tcg
