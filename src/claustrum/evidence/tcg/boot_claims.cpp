// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/boot_claims.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"

namespace claustrum::evidence::tcg {
namespace {

using codec::Json;
using Events = std::vector<NamedEvent>;

constexpr std::size_t kNumRtmrs = 4;
constexpr std::string_view kGlobalGuid = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
constexpr std::string_view kSecurityGuid = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
constexpr ByteArray<16> kGlobalGuidBytes = {0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
                                            0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c};
constexpr std::pair<std::string_view, std::string_view> kKeys[] = {
    {"PK", kGlobalGuid}, {"KEK", kGlobalGuid}, {"db", kSecurityGuid}, {"dbx", kSecurityGuid}};

// Runtime payloads longer than this are for people, not for rules.
constexpr std::size_t kMaxPayload = 1024;
constexpr std::size_t kMaxNames = 256;

Json digest_json(const NamedEvent& event) {
  return Json(codec::hex_encode(event.digest));
}

Bytes separator_digest(crypto::HashAlg alg) {
  return crypto::hash(alg, Bytes(4, 0));
}

// What the firmware measures for its SecureBoot variable, by the value.
Bytes secure_boot_digest(crypto::HashAlg alg, BytesView value) {
  constexpr std::string_view kName = "SecureBoot";
  ByteWriter out;
  out.bytes(kGlobalGuidBytes).u64le(kName.size()).u64le(value.size());
  for (const char c : kName) {
    out.u8(static_cast<std::uint8_t>(c)).u8(0);
  }
  out.bytes(value);
  return crypto::hash(alg, out.view());
}

// In front of the first separator only the measured firmware has run. The digest decides, not the
// type: no separator, no such part.
std::span<const NamedEvent> firmware_part(const Events& rtmr0, crypto::HashAlg alg) {
  const auto end = std::ranges::find(rtmr0, separator_digest(alg), &NamedEvent::digest);
  if (!CLAUSTRUM_GUARD("evidence.tcg.boot.separator", end != rtmr0.end())) {
    return {};
  }
  return std::span(rtmr0.begin(), end);
}

bool is_variable(const NamedEvent& event, std::string_view name, std::string_view guid) {
  return event.variable && event.variable->name == name && event.variable->guid == guid;
}

// The firmware measures its lists in one go behind the SecureBoot variable, so their places are
// known: a host's file with the contents of a good list, measured elsewhere, is none of them.
void add_keys(std::span<const NamedEvent> behind, Json& out) {
  Json keys = Json::object();
  for (std::size_t i = 0; i < std::size(kKeys) && i < behind.size(); ++i) {
    const auto& [name, guid] = kKeys[i];
    if (CLAUSTRUM_GUARD("evidence.tcg.boot.key_place", is_variable(behind[i], name, guid))) {
      keys.set(name, digest_json(behind[i]));
    }
  }
  if (!keys.members().empty()) {
    out.set("secure_boot_keys", std::move(keys));
  }
}

void add_secure_boot(std::span<const NamedEvent> firmware, crypto::HashAlg alg, Json& out) {
  const Bytes on = secure_boot_digest(alg, Bytes{1});
  const Bytes off[] = {secure_boot_digest(alg, Bytes{0}), secure_boot_digest(alg, {})};
  std::size_t count = 0;
  std::size_t place = 0;
  for (std::size_t i = 0; i < firmware.size(); ++i) {
    const Bytes& digest = firmware[i].digest;
    if (digest == on || std::ranges::find(off, digest) != std::end(off)) {
      place = i;
      ++count;
    }
  }
  if (count > 0 && CLAUSTRUM_GUARD("evidence.tcg.boot.secure_boot_once", count == 1)) {
    out.set("secure_boot", firmware[place].digest == on ? "on" : "off");
    add_keys(firmware.subspan(place + 1), out);
  }
}

bool is_secure_boot_variable(const NamedEvent& event) {
  return is_variable(event, "SecureBoot", kGlobalGuid) ||
         std::ranges::any_of(
             kKeys, [&](const auto& key) { return is_variable(event, key.first, key.second); });
}

void add_firmware(const Events& rtmr0, crypto::HashAlg alg, Json& out) {
  const std::span<const NamedEvent> part = firmware_part(rtmr0, alg);
  if (part.empty()) {
    return;
  }
  add_secure_boot(part, alg, out);
  Json rest = Json::array();
  for (const NamedEvent& event : part) {
    if (!is_secure_boot_variable(event)) {
      rest.push(digest_json(event));
    }
  }
  out.set("firmware", std::move(rest));
}

// Firmware runs PE and TE images only. Whatever else its data is the digest of was never run, even
// where the log calls a program a text: then the data would have to be the program.
bool may_be_image(const NamedEvent& event) {
  const BytesView data = event.measured;
  const bool program = data.size() >= 2 && (data[0] == 'M' || data[0] == 'V') && data[1] == 'Z';
  return event.covers == Covers::kNothing ||
         !CLAUSTRUM_GUARD("evidence.tcg.boot.program", !program);
}

bool is_tag(const ProvenEvent& event, std::uint32_t id) {
  const std::optional<TaggedEvent> tag =
      event.type == kEvEventTag ? read_tagged_event(event.data) : std::nullopt;
  return tag && tag->id == id;
}

// What the stub of a kernel measures first, if this kernel was the first program to run.
void add_stub(const std::vector<const ProvenEvent*>& rtmr2, Json& out) {
  if (rtmr2.empty() ||
      !CLAUSTRUM_GUARD("evidence.tcg.boot.command_line", is_tag(*rtmr2.front(), kTagLoadOptions))) {
    return;
  }
  out.set("command_line", codec::hex_encode(rtmr2.front()->digest));
  if (rtmr2.size() > 1 &&
      CLAUSTRUM_GUARD("evidence.tcg.boot.initrd", is_tag(*rtmr2[1], kTagInitrd))) {
    out.set("initrd", codec::hex_encode(rtmr2[1]->digest));
  }
}

void add_images(const Events& rtmr1, const std::vector<const ProvenEvent*>& rtmr2, Json& out) {
  Json images = Json::array();
  for (const NamedEvent& event : rtmr1) {
    if (may_be_image(event)) {
      images.push(digest_json(event));
    }
  }
  const bool one = images.items().size() == 1;
  if (images.items().empty()) {
    return;
  }
  if (CLAUSTRUM_GUARD("evidence.tcg.boot.one_image", one)) {
    out.set("kernel", images.items().front());
    add_stub(rtmr2, out);
  }
  out.set("images", std::move(images));
}

// By the bytes alone: what the log calls an event must not hide a name. Once the guest says that it
// is ready, the workload extends events as well: they can only take a name away.
std::map<std::string, std::vector<Bytes>> runtime_events(const Events& rtmr3) {
  constexpr std::string_view kReady = "system-ready";
  std::map<std::string, std::vector<Bytes>> out;
  for (const NamedEvent& event : rtmr3) {
    const std::optional<DstackEvent> read = read_dstack_event(event.measured);
    if (read && (out.contains(read->name) || CLAUSTRUM_GUARD("evidence.tcg.boot.runtime_ready",
                                                             !out.contains(std::string(kReady))))) {
      out[read->name].push_back(read->payload);
    }
  }
  return out;
}

// One event whose data is left out could be any event: then nothing is the only one of its name.
void add_runtime(const Events& rtmr3, Json& out) {
  const bool all_shown = std::ranges::all_of(
      rtmr3, [](const NamedEvent& event) { return event.covers == Covers::kData; });
  if (rtmr3.empty() || !CLAUSTRUM_GUARD("evidence.tcg.boot.runtime_shown", all_shown)) {
    return;
  }
  const std::map<std::string, std::vector<Bytes>> named = runtime_events(rtmr3);
  if (named.empty() || named.size() > kMaxNames) {
    return;
  }
  Json runtime = Json::object();
  for (const auto& [name, payloads] : named) {
    if (CLAUSTRUM_GUARD("evidence.tcg.boot.runtime_once", payloads.size() == 1) &&
        payloads.front().size() <= kMaxPayload) {
      runtime.set(name, codec::hex_encode(payloads.front()));
    }
  }
  out.set("runtime", std::move(runtime));
}

bool is_init(const NamedEvent& event) {
  return as_text(event.measured).starts_with("INIT ");
}

void add_agent(const Events& rtmr3, Json& out) {
  Json agent = Json::array();
  for (const NamedEvent& event : rtmr3) {
    const bool covered = event.covers == Covers::kData;
    const std::optional<std::string> line =
        covered ? read_agent_event(event.measured) : std::nullopt;
    if (line) {
      agent.push(*line);
    } else if (!CLAUSTRUM_GUARD("evidence.tcg.boot.agent_all",
                                covered && &event == &rtmr3.front() && is_init(event))) {
      return;
    }
  }
  if (!agent.items().empty() && agent.items().size() <= kMaxShownEvents) {
    out.set("agent", std::move(agent));
  }
}

}  // namespace

Json boot_claims(const ProvenLog& log) {
  std::array<Events, kNumRtmrs> named;
  std::vector<const ProvenEvent*> rtmr2;
  std::int64_t disagreeing = 0;
  for (const ProvenEvent& event : log.events()) {
    if (event.number >= kNumRtmrs) {
      continue;
    }
    named[event.number].push_back(name_event(event, log.alg()));
    disagreeing += named[event.number].back().disagrees ? 1 : 0;
    if (event.number == 2) {
      rtmr2.push_back(&event);
    }
  }
  Json counts = Json::object();
  for (std::size_t i = 0; i < named.size(); ++i) {
    counts.set("rtmr" + std::to_string(i), static_cast<std::int64_t>(named[i].size()));
  }
  Json out = Json::object();
  out.set("counts", std::move(counts)).set("disagreeing", disagreeing);
  add_firmware(named[0], log.alg(), out);
  add_images(named[1], rtmr2, out);
  add_runtime(named[3], out);
  add_agent(named[3], out);
  return out;
}

}  // namespace claustrum::evidence::tcg
