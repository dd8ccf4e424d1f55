// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/runtime_log.h"

#include <algorithm>

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence::tcg {
namespace {

using codec::Json;

constexpr std::size_t kSha384Len = 48;
constexpr std::size_t kMaxNameLen = 128;
constexpr std::size_t kMaxLineLen = 8192;
constexpr std::int64_t kNumRtmrs = 4;
constexpr std::uint32_t kAgentIndex = 4;  // RTMR 3
constexpr std::string_view kInit = "INIT ";

Error bad_dstack(const char* text) {
  return Error(Code::kMalformed, "tcg.dstack_log", text);
}

Error bad_agent(const char* text) {
  return Error(Code::kMalformed, "tcg.agent_log", text);
}

EventLog sha384_log() {
  EventLog out;
  out.algorithms = {{kAlgSha384, kSha384Len}};
  return out;
}

Event sha384_event(std::uint32_t index, std::uint32_t type, Bytes digest, Bytes data) {
  Event out;
  out.index = index;
  out.type = type;
  out.digests = {{kAlgSha384, std::move(digest)}};
  out.data = std::move(data);
  return out;
}

bool printable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

// A member of hexadecimal digits; an absent one is empty.
Result<Bytes> hex_member(const Json& event, std::string_view name) {
  const Json* member = event.find(name);
  if (member == nullptr || member->is_null()) {
    return Bytes();
  }
  if (!member->is_string()) {
    return bad_dstack("a member that is no hexadecimal text");
  }
  Result<Bytes> out = codec::hex_decode(member->string());
  return out.ok() ? std::move(out) : bad_dstack("a member that is no hexadecimal text");
}

// The bytes a runtime event's digest is of: as the log says, else version 1's form.
Result<Bytes> runtime_data(const Json& event, Bytes payload) {
  CLAUSTRUM_TRY_ASSIGN(Bytes said, hex_member(event, "preimage"));
  if (!said.empty()) {
    return said;
  }
  const Json* name = event.find("event");
  if (name == nullptr || !name->is_string()) {
    return bad_dstack("a runtime event without a name");
  }
  return write_dstack_event(name->string(), payload);
}

Result<Event> dstack_event(const Json& event) {
  const Json* imr = event.find("imr");
  const Json* type = event.find("event_type");
  const bool shaped = imr != nullptr && imr->is_integer() && imr->integer() >= 0 &&
                      imr->integer() < kNumRtmrs && type != nullptr && type->is_integer() &&
                      type->integer() >= 0 && type->integer() <= 0xffffffff;
  if (!shaped) {
    return bad_dstack("an event without a register or a type");
  }
  const auto number = static_cast<std::uint32_t>(type->integer());
  CLAUSTRUM_TRY_ASSIGN(Bytes digest, hex_member(event, "digest"));
  CLAUSTRUM_TRY_ASSIGN(Bytes data, hex_member(event, "event_payload"));
  if (number == kEvDstackRuntime) {
    CLAUSTRUM_TRY_ASSIGN(data, runtime_data(event, std::move(data)));
    if (digest.empty()) {
      digest = crypto::hash(crypto::HashAlg::kSha384, data);
    }
  }
  if (digest.size() != kSha384Len) {
    return bad_dstack("an event without a digest of 48 bytes");
  }
  return sha384_event(static_cast<std::uint32_t>(imr->integer() + 1), number, std::move(digest),
                      std::move(data));
}

std::optional<DstackEvent> read_version1(BytesView measured) {
  ByteReader in(measured, "runtime event");
  const std::uint32_t type = in.u32le();
  if (in.u8() != ':' || !in.ok() || type != kEvDstackRuntime) {
    return std::nullopt;
  }
  const BytesView rest = in.rest();
  const auto colon = std::ranges::find(rest, std::uint8_t{':'});
  if (colon == rest.end()) {
    return std::nullopt;
  }
  const auto len = static_cast<std::size_t>(colon - rest.begin());
  return DstackEvent{std::string(as_text(rest.first(len))), to_bytes(rest.subspan(len + 1))};
}

std::optional<DstackEvent> read_version2(BytesView measured) {
  const Result<Json> json = codec::parse_json(measured);
  if (!json.ok() || !json->only_members({"name", "payload", "type"}).ok() ||
      codec::to_jcs(*json) != as_text(measured)) {
    return std::nullopt;
  }
  const Result<std::string> name = json->string_at("name");
  const Result<Bytes> payload = json->hex_at("payload");
  const Result<std::int64_t> type = json->integer_at("type");
  if (!name.ok() || !payload.ok() || !type.ok() || *type != std::int64_t{kEvDstackRuntime}) {
    return std::nullopt;
  }
  return DstackEvent{*name, *payload};
}

Status check_init(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (!text.starts_with(kInit) || slash == std::string_view::npos) {
    return bad_agent("the first line is no INIT line");
  }
  if (text.substr(kInit.size(), slash - kInit.size()) != "sha384") {
    return Error(Code::kUnsupported, "tcg.agent_log_algorithm", "RTMRs are SHA-384");
  }
  const Result<Bytes> value = codec::hex_decode(text.substr(slash + 1));
  if (!value.ok() || value->size() != kSha384Len) {
    return bad_agent("the INIT line holds no SHA-384 value");
  }
  return ok_status();
}

}  // namespace

Result<EventLog> parse_dstack_log(BytesView json) {
  codec::JsonLimits limits;
  limits.max_bytes = kMaxLogLen;
  limits.max_depth = 4;
  const Result<Json> list = codec::parse_json(json, limits);
  if (!list.ok() || !list->is_array()) {
    return bad_dstack("not a list of events");
  }
  if (list->items().size() > kMaxRuntimeEvents) {
    return bad_dstack("too many events");
  }
  EventLog out = sha384_log();
  for (const Json& item : list->items()) {
    CLAUSTRUM_TRY_ASSIGN(Event event, dstack_event(item));
    out.events.push_back(std::move(event));
  }
  return out;
}

Result<EventLog> parse_agent_log(BytesView text) {
  if (text.size() > kMaxLogLen) {
    return bad_agent("over its size limit");
  }
  EventLog out = sha384_log();
  std::string_view rest = as_text(text);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (out.events.size() == kMaxRuntimeEvents) {
      return bad_agent("too many events");
    }
    if (out.events.empty()) {
      CLAUSTRUM_TRY(check_init(line));
    } else if (!read_agent_event(as_bytes(line))) {
      return bad_agent("a line that is no \"domain operation content\"");
    }
    out.events.push_back(sha384_event(kAgentIndex, kEvEventTag,
                                      crypto::hash(crypto::HashAlg::kSha384, as_bytes(line)),
                                      to_bytes(line)));
  }
  if (out.events.empty()) {
    return bad_agent("empty");
  }
  return out;
}

Result<EventLog> parse_guest_log(BytesView log) {
  const std::string_view text = as_text(log);
  if (text.starts_with('[')) {
    return parse_dstack_log(log);
  }
  return text.starts_with(kInit) ? parse_agent_log(log) : parse_event_log(log);
}

std::optional<DstackEvent> read_dstack_event(BytesView measured) {
  std::optional<DstackEvent> out = read_version1(measured);
  if (!out) {
    out = read_version2(measured);
  }
  return out && out->name.size() <= kMaxNameLen && printable(out->name) ? out : std::nullopt;
}

Bytes write_dstack_event(std::string_view name, BytesView payload) {
  ByteWriter out;
  out.u32le(kEvDstackRuntime).text(":").text(name).text(":").bytes(payload);
  return std::move(out).take();
}

std::optional<std::string> read_agent_event(BytesView measured) {
  const std::optional<TaggedEvent> tagged = read_tagged_event(measured);
  const std::string_view text =
      as_text(tagged && tagged->id == kTagAgent ? tagged->data : measured);
  const std::size_t first = text.find(' ');
  if (text.size() > kMaxLineLen || !printable(text) || first == std::string_view::npos ||
      first == 0) {
    return std::nullopt;
  }
  const std::size_t second = text.find(' ', first + 1);
  const bool three = second != std::string_view::npos && second > first + 1;
  return three ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<TaggedEvent> read_tagged_event(BytesView data) {
  ByteReader in(data, "tagged event");
  TaggedEvent out;
  out.id = in.u32le();
  const std::uint32_t size = in.u32le();
  out.data = in.bytes(in.ok() ? size : 0);
  return in.finish().ok() ? std::optional(out) : std::nullopt;
}

}  // namespace claustrum::evidence::tcg
