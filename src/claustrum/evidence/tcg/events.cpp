// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/events.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::tcg {
namespace {

constexpr std::size_t kMaxShownValue = 64;
constexpr std::size_t kMaxNameLen = 512;
constexpr std::size_t kMaxTextLen = 4096;  // a kernel's command line, and more
// GRUB's labels for what it measures without them.
constexpr std::string_view kLabels[] = {"grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "};

bool is_variable(std::uint32_t type) {
  return type == kEvEfiVariableDriverConfig || type == kEvEfiVariableBoot ||
         type == kEvEfiVariableBoot2 || type == kEvEfiVariableAuthority;
}

bool shows_text(std::uint32_t type) {
  return type == kEvIpl || type == kEvEventTag || type == kEvAction || type == kEvEfiAction ||
         type == kEvSCrtmVersion;
}

// Types whose digest is of the event's data, whole or a variable's value.
bool hashes_its_data(const ProvenEvent& event) {
  switch (event.type) {
    case kEvSeparator:
    case kEvAction:
    case kEvSCrtmVersion:
    case kEvNonhostInfo:
    case kEvEfiAction:
    case kEvEfiGptEvent:
    case kEvDstackRuntime:
      return true;
    case kEvEventTag:
      return read_agent_event(event.data).has_value();
    default:
      return is_variable(event.type);
  }
}

bool printable(BytesView text) {
  return !text.empty() && std::ranges::all_of(text, [](std::uint8_t c) {
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
  });
}

BytesView without_nul(BytesView data) {
  return !data.empty() && data.back() == 0 ? data.first(data.size() - 1) : data;
}

BytesView without_label(BytesView data) {
  for (const std::string_view label : kLabels) {
    if (data.size() > label.size() && equal(data.first(label.size()), as_bytes(label))) {
      return data.subspan(label.size());
    }
  }
  return data;
}

// ASCII in UCS-2, as firmware and systemd-stub write it; empty when it is anything else.
Bytes narrow(BytesView data) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < data.size(); i += 2) {
    if (data[i + 1] != 0) {
      return {};
    }
    out.push_back(data[i]);
  }
  return data.size() % 2 == 0 ? out : Bytes();
}

// `covered` is what the digest is of.
std::string text_of(BytesView covered) {
  const BytesView plain = without_nul(covered);
  if (printable(plain)) {
    return std::string(as_text(plain));
  }
  const Bytes narrowed = narrow(covered);
  const BytesView text = without_nul(narrowed);
  return printable(text) ? std::string(as_text(text)) : std::string();
}

// The first three fields of a GUID are little-endian.
std::string guid_text(BytesView guid) {
  constexpr std::array<std::size_t, 16> kOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                  8, 9, 10, 11, 12, 13, 14, 15};
  std::string out;
  for (std::size_t i = 0; i < kOrder.size(); ++i) {
    out += i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
    out += codec::hex_encode(guid.subspan(kOrder[i], 1));
  }
  return out;
}

// UEFI_VARIABLE_DATA: GUID | u64 name length in UCS-2 units | u64 value length | name | value.
std::optional<UefiVariable> read_variable(BytesView data) {
  ByteReader in(data, "UEFI variable");
  const BytesView guid = in.bytes(16);
  const std::uint64_t name_len = in.u64le();
  const std::uint64_t value_len = in.u64le();
  if (!in.ok() || name_len > kMaxNameLen || value_len > data.size()) {
    return std::nullopt;
  }
  const BytesView name = in.bytes(static_cast<std::size_t>(name_len) * 2);
  const BytesView value = in.bytes(static_cast<std::size_t>(value_len));
  const Bytes narrowed = narrow(name);
  if (!in.finish().ok() || !printable(narrowed)) {
    return std::nullopt;
  }
  return UefiVariable{guid_text(guid), std::string(as_text(narrowed)), to_bytes(value)};
}

// Tries the ways firmware and loaders hash `data`, widest first.
Covers covered_part(const ProvenEvent& event, crypto::HashAlg alg,
                    const std::optional<UefiVariable>& variable, BytesView& part) {
  const auto is_digest = [&](BytesView candidate) {
    part = candidate;
    return CLAUSTRUM_GUARD("evidence.tcg.event_data", crypto::hash(alg, candidate) == event.digest);
  };
  const BytesView data = event.data;
  if (is_digest(data)) {
    return Covers::kData;
  }
  if (event.type == kEvIpl &&
      (is_digest(without_label(data)) || is_digest(without_nul(without_label(data))))) {
    return Covers::kText;
  }
  if (variable && is_digest(variable->value)) {
    return Covers::kValue;
  }
  return Covers::kNothing;
}

std::string type_text(std::uint32_t type) {
  const std::string_view name = event_type_name(type);
  if (!name.empty()) {
    return std::string(name);
  }
  std::array<char, 16> out{};
  (void)std::snprintf(out.data(), out.size(), "0x%08x", static_cast<unsigned>(type));
  return out.data();
}

void set_value(codec::Json& out, const std::string& name, BytesView value) {
  if (value.size() <= kMaxShownValue) {
    out.set(name, codec::hex_encode(value));
  } else {
    out.set(name + "_sha256", codec::hex_encode(crypto::sha256(value)));
  }
}

codec::Json variable_json(const UefiVariable& variable) {
  codec::Json out = codec::Json::object();
  if (!variable.guid.empty()) {
    out.set("guid", variable.guid).set("name", variable.name);
  }
  set_value(out, "value", variable.value);
  return out;
}

codec::Json runtime_json(const DstackEvent& event) {
  codec::Json out = codec::Json::object();
  out.set("name", event.name);
  set_value(out, "payload", event.payload);
  return out;
}

// An agent's event inside its tag, another tag's not at all: its text is not what was measured.
std::string tag_text(BytesView measured) {
  return read_agent_event(measured).value_or(std::string());
}

codec::Json event_json(const NamedEvent& event, RegisterKind kind) {
  codec::Json out = codec::Json::object();
  out.set("register",
          (kind == RegisterKind::kTpmPcr ? "pcr" : "rtmr") + std::to_string(event.number));
  out.set("type", event.type).set("digest", codec::hex_encode(event.digest));
  out.set("covers", to_string(event.covers));
  if (!event.text.empty()) {
    out.set("text", event.text);
  }
  if (event.variable) {
    out.set("variable", variable_json(*event.variable));
  }
  if (event.runtime) {
    out.set("runtime", runtime_json(*event.runtime));
  }
  if (event.disagrees) {
    out.set("disagrees", true);
  }
  return out;
}

}  // namespace

std::string_view to_string(Covers covers) {
  switch (covers) {
    case Covers::kNothing:
      return "nothing";
    case Covers::kData:
      return "data";
    case Covers::kText:
      return "text";
    case Covers::kValue:
      return "value";
  }
  return "nothing";
}

NamedEvent name_event(const ProvenEvent& event, crypto::HashAlg alg) {
  NamedEvent out;
  out.number = event.number;
  out.type = type_text(event.type);
  out.digest = event.digest;
  std::optional<UefiVariable> variable =
      is_variable(event.type) ? read_variable(event.data) : std::nullopt;
  BytesView part;
  out.covers = covered_part(event, alg, variable, part);
  if (out.covers == Covers::kNothing) {
    out.disagrees = !event.data.empty() && hashes_its_data(event);
    return out;
  }
  out.measured = to_bytes(part);
  if (variable && out.covers == Covers::kValue) {
    variable->guid.clear();
    variable->name.clear();
  }
  out.variable = std::move(variable);
  if (shows_text(event.type) && part.size() <= kMaxTextLen) {
    out.text = event.type == kEvEventTag ? tag_text(part) : text_of(part);
  }
  out.runtime = event.type == kEvDstackRuntime ? read_dstack_event(part) : std::nullopt;
  return out;
}

codec::Json describe(const ProvenLog& log) {
  codec::Json out = codec::Json::array();
  for (const ProvenEvent& event : log.events()) {
    if (out.items().size() == kMaxShownEvents) {
      break;
    }
    out.push(event_json(name_event(event, log.alg()), log.kind()));
  }
  return out;
}

}  // namespace claustrum::evidence::tcg
