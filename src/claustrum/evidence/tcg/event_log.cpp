// SPDX-License-Identifier: Apache-2.0
//   first event:  u32 index | u32 type = EV_NO_ACTION | 20 bytes SHA-1, zero | u32 size | data:
//     "Spec ID Event03\0" | u32 class | u8 minor, major, errata, uintn size
//     | u32 count, count x { u16 algorithm, u16 digest size } | u8 size, vendor info
//   all others:   u32 index | u32 type | u32 count, count x { u16 algorithm, digest }
//     | u32 size, data
// Little-endian throughout.
#include "claustrum/evidence/tcg/event_log.h"

#include <algorithm>
#include <array>

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::evidence::tcg {
namespace {

constexpr std::string_view kSignature("Spec ID Event03\0", 16);
constexpr std::size_t kSha1Len = 20;
constexpr std::size_t kMaxDigestLen = 64;

constexpr Algorithm kKnown[] = {
    {kAlgSha1, 20}, {kAlgSha256, 32}, {kAlgSha384, 48}, {kAlgSha512, 64}, {kAlgSm3, 32}};

constexpr std::pair<std::uint32_t, std::string_view> kTypeNames[] = {
    {0x00, "EV_PREBOOT_CERT"},
    {0x01, "EV_POST_CODE"},
    {kEvNoAction, "EV_NO_ACTION"},
    {kEvSeparator, "EV_SEPARATOR"},
    {kEvAction, "EV_ACTION"},
    {kEvEventTag, "EV_EVENT_TAG"},
    {0x07, "EV_S_CRTM_CONTENTS"},
    {kEvSCrtmVersion, "EV_S_CRTM_VERSION"},
    {0x09, "EV_CPU_MICROCODE"},
    {0x0a, "EV_PLATFORM_CONFIG_FLAGS"},
    {0x0b, "EV_TABLE_OF_DEVICES"},
    {0x0c, "EV_COMPACT_HASH"},
    {kEvIpl, "EV_IPL"},
    {0x0e, "EV_IPL_PARTITION_DATA"},
    {0x0f, "EV_NONHOST_CODE"},
    {0x10, "EV_NONHOST_CONFIG"},
    {kEvNonhostInfo, "EV_NONHOST_INFO"},
    {0x12, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    {kEvEfiVariableDriverConfig, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {kEvEfiVariableBoot, "EV_EFI_VARIABLE_BOOT"},
    {kEvEfiBootServicesApplication, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {kEvEfiGptEvent, "EV_EFI_GPT_EVENT"},
    {kEvEfiAction, "EV_EFI_ACTION"},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000b, "EV_EFI_HANDOFF_TABLES2"},
    {kEvEfiVariableBoot2, "EV_EFI_VARIABLE_BOOT2"},
    {0x80000010, "EV_EFI_HCRTM_EVENT"},
    {kEvEfiVariableAuthority, "EV_EFI_VARIABLE_AUTHORITY"},
};

const Algorithm* find_algorithm(const std::vector<Algorithm>& list, std::uint16_t id) {
  const auto at = std::ranges::find(list, id, &Algorithm::id);
  return at == list.end() ? nullptr : &*at;
}

// A known algorithm has its own length; another may come, of a length that bounds it.
bool good_algorithm(const Algorithm& algorithm) {
  const auto* known = std::ranges::find(kKnown, algorithm.id, &Algorithm::id);
  return known != std::end(kKnown)
             ? algorithm.digest_len == known->digest_len
             : algorithm.digest_len > 0 && algorithm.digest_len <= kMaxDigestLen;
}

Status read_spec_id(BytesView data, EventLog& out) {
  ByteReader in(data, "Spec ID event");
  in.skip(kSignature.size() + 4 + 4);  // platform class, versions, size of a UINTN
  const std::uint32_t count = in.u32le();
  if (!in.ok() || count == 0 || count > kMaxAlgorithms) {
    return Error(Code::kMalformed, "tcg.event_log", "number of algorithms");
  }
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Algorithm algorithm;
    algorithm.id = in.u16le();
    algorithm.digest_len = in.u16le();
    if (in.ok() && (!good_algorithm(algorithm) || find_algorithm(out.algorithms, algorithm.id))) {
      in.fail("an algorithm of the wrong length, or named twice");
    }
    out.algorithms.push_back(algorithm);
  }
  in.skip(in.u8());
  return in.finish();
}

Status read_first(ByteReader& in, EventLog& out) {
  in.skip(4);
  const std::uint32_t type = in.u32le();
  in.zeros(kSha1Len);
  const std::uint32_t size = in.u32le();
  const BytesView data = in.bytes(size);
  const bool crypto_agile = in.ok() && type == kEvNoAction && data.size() >= kSignature.size() &&
                            equal(data.first(kSignature.size()), as_bytes(kSignature));
  if (!crypto_agile) {
    CLAUSTRUM_TRY(in.status());
    return Error(Code::kUnsupported, "tcg.event_log_format", "not a crypto-agile event log");
  }
  return read_spec_id(data, out);
}

Event read_event(ByteReader& in, const std::vector<Algorithm>& algorithms) {
  Event out;
  out.index = in.u32le();
  out.type = in.u32le();
  const std::uint32_t count = in.u32le();
  if (in.ok() && (count == 0 || count > algorithms.size())) {
    in.fail("no digest, or more than algorithms");
  }
  for (std::uint32_t i = 0; in.ok() && i < count; ++i) {
    const std::uint16_t id = in.u16le();
    const Algorithm* algorithm = find_algorithm(algorithms, id);
    if (in.ok() && (algorithm == nullptr || out.digest(id) != nullptr)) {
      in.fail("a digest of an algorithm that is not the log's, or two of one");
    }
    if (in.ok()) {
      out.digests.push_back({id, to_bytes(in.bytes(algorithm->digest_len))});
    }
  }
  const std::uint32_t size = in.u32le();
  if (in.ok() && size > kMaxEventDataLen) {
    in.fail("event data over its limit");
  }
  out.data = to_bytes(in.bytes(in.ok() ? size : 0));
  return out;
}

// Where the log's last bytes begin that are 0xff, as erased flash has it and as agents end their
// own events with, then zeros, or either alone: the rest of an ACPI area. Looked for once, from the
// end.
std::size_t padding_start(BytesView data) {
  std::size_t at = data.size();
  for (const std::uint8_t filler : {std::uint8_t{0}, std::uint8_t{0xff}}) {
    while (at > 0 && data[at - 1] == filler) {
      --at;
    }
  }
  return at;
}

Status read_log(BytesView data, EventLog& out) {
  ByteReader in(data, "event log");
  CLAUSTRUM_TRY(read_first(in, out));
  const std::size_t padding = padding_start(data);
  while (!in.done() && in.position() < padding) {
    if (out.events.size() == kMaxEvents) {
      in.fail("too many events");
    }
    Event event = read_event(in, out.algorithms);
    if (in.ok()) {
      out.events.push_back(std::move(event));
    }
  }
  out.padding = in.remaining();
  return in.status();
}

}  // namespace

std::string_view event_type_name(std::uint32_t type) {
  for (const auto& [value, name] : kTypeNames) {
    if (value == type) {
      return name;
    }
  }
  return {};
}

const Bytes* Event::digest(std::uint16_t algorithm) const {
  const auto at = std::ranges::find(digests, algorithm, &Digest::algorithm);
  return at == digests.end() ? nullptr : &at->value;
}

Result<EventLog> parse_event_log(BytesView data) {
  if (data.size() > kMaxLogLen) {
    return Error(Code::kExhausted, "tcg.event_log_size", "event log over its size limit");
  }
  EventLog out;
  const Status status = read_log(data, out);
  if (!status.ok()) {
    return status.error().code() == Code::kUnsupported
               ? status.error()
               : Error(Code::kMalformed, "tcg.event_log", status.error().text());
  }
  return out;
}

Bytes serialize(const EventLog& log) {
  ByteWriter spec;
  spec.text(kSignature).u32le(0).u8(0).u8(2).u8(0).u8(2);
  spec.u32le(static_cast<std::uint32_t>(log.algorithms.size()));
  for (const Algorithm& algorithm : log.algorithms) {
    spec.u16le(algorithm.id).u16le(algorithm.digest_len);
  }
  spec.u8(0);
  ByteWriter out;
  out.u32le(0).u32le(kEvNoAction).zeros(kSha1Len);
  out.u32le(static_cast<std::uint32_t>(spec.size())).bytes(spec.view());
  for (const Event& event : log.events) {
    out.u32le(event.index).u32le(event.type);
    out.u32le(static_cast<std::uint32_t>(event.digests.size()));
    for (const Digest& digest : event.digests) {
      out.u16le(digest.algorithm).bytes(digest.value);
    }
    out.u32le(static_cast<std::uint32_t>(event.data.size())).bytes(event.data);
  }
  out.zeros(log.padding);
  return std::move(out).take();
}

}  // namespace claustrum::evidence::tcg
