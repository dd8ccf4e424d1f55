// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/format.h"

#include <algorithm>

namespace claustrum::evidence::nitro {
namespace {

using codec::Cbor;

constexpr std::uint8_t kIndefiniteMap = 0xbf;
constexpr std::uint8_t kBreak = 0xff;
constexpr std::uint8_t kDefiniteMap = 0xa0;
constexpr std::uint8_t kMajorTag = 6;
constexpr std::size_t kMaxMembers = 23;  // one byte of head when written
// Year 9999; a later one has no date.
constexpr std::uint64_t kMaxTimestampMs = 253'402'300'799'999;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

codec::CborLimits envelope_limits() {
  codec::CborLimits limits;
  limits.max_depth = 4;
  limits.max_items = 32;
  return limits;
}

codec::CborLimits payload_limits() {
  codec::CborLimits limits;
  limits.max_depth = 4;
  limits.max_items = 256;
  limits.allow_indefinite = true;
  limits.definite_strings = true;
  return limits;
}

Result<Bytes> bounded_bytes(const Cbor& value, std::size_t max, std::string_view reason,
                            std::string_view name) {
  const std::optional<BytesView> bytes = value.as_bytes();
  if (!bytes || bytes->empty() || bytes->size() > max) {
    return malformed(
        reason, std::string(name) + ": not a string of 1 to " + std::to_string(max) + " bytes");
  }
  return to_bytes(*bytes);
}

// Absent is null, and an empty string is a value. A member left out counts as null.
Result<std::optional<Bytes>> optional_field(const Cbor& payload, std::string_view name) {
  const Cbor* value = payload.find(name);
  if (value == nullptr || value->is_null()) {
    return std::optional<Bytes>();
  }
  const std::optional<BytesView> bytes = value->as_bytes();
  if (!bytes || bytes->size() > kMaxField) {
    return malformed("nitro.format.field", std::string(name) + ": not a string of at most " +
                                               std::to_string(kMaxField) + " bytes, nor null");
  }
  return std::optional<Bytes>(to_bytes(*bytes));
}

Result<const Cbor*> member(const Cbor& payload, std::string_view name) {
  const Cbor* value = payload.find(name);
  if (value == nullptr) {
    return malformed("nitro.format.member", "no " + std::string(name));
  }
  return value;
}

Result<std::string> text_member(const Cbor& payload, std::string_view name) {
  CLAUSTRUM_TRY_ASSIGN(const Cbor* value, member(payload, name));
  const std::optional<std::string_view> text = value->as_text();
  if (!text || text->empty() || text->size() > kMaxModuleId) {
    return malformed("nitro.format.member", std::string(name) + ": not a text of 1 to " +
                                                std::to_string(kMaxModuleId) + " bytes");
  }
  return std::string(*text);
}

Result<std::uint64_t> timestamp_of(const Cbor& payload) {
  CLAUSTRUM_TRY_ASSIGN(const Cbor* value, member(payload, "timestamp"));
  const std::optional<std::uint64_t> ms = value->as_unsigned();
  if (!ms || *ms == 0 || *ms > kMaxTimestampMs) {
    return malformed("nitro.format.timestamp", "not milliseconds since 1970");
  }
  return *ms;
}

// Which map is there says whose document it is; both at once would be two documents in one.
Result<Kind> kind_of(const Cbor& payload) {
  const bool enclave = payload.find(registers_key(Kind::kEnclave)) != nullptr;
  const bool tpm = payload.find(registers_key(Kind::kTpm)) != nullptr;
  if (enclave == tpm) {
    return malformed("nitro.format.registers", "neither or both of pcrs and nitrotpm_pcrs");
  }
  return tpm ? Kind::kTpm : Kind::kEnclave;
}

Result<std::map<unsigned, Bytes>> registers_of(const Cbor& payload, Kind kind) {
  const auto* entries = payload.find(registers_key(kind))->as_map();
  if (entries == nullptr || entries->empty() || entries->size() > kMaxRegister + 1) {
    return malformed("nitro.format.registers", "not a map of 1 to 32 registers");
  }
  std::map<unsigned, Bytes> out;
  for (const auto& [index, value] : *entries) {
    const std::optional<std::uint64_t> number = index.as_unsigned();
    const std::optional<BytesView> bytes = value.as_bytes();
    if (!number || *number > kMaxRegister || !bytes ||
        (bytes->size() != 32 && bytes->size() != 48 && bytes->size() != 64)) {
      return malformed("nitro.format.registers", "a register that is none");
    }
    out.emplace(static_cast<unsigned>(*number), to_bytes(*bytes));
  }
  return out;
}

Result<std::vector<Bytes>> bundle_of(const Cbor& payload) {
  CLAUSTRUM_TRY_ASSIGN(const Cbor* value, member(payload, "cabundle"));
  const std::vector<Cbor>* items = value->as_array();
  if (items == nullptr || items->empty() || items->size() > kMaxBundle) {
    return malformed("nitro.format.bundle",
                     "not a list of 1 to " + std::to_string(kMaxBundle) + " certificates");
  }
  std::vector<Bytes> out;
  for (const Cbor& item : *items) {
    CLAUSTRUM_TRY_ASSIGN(Bytes der,
                         bounded_bytes(item, kMaxCertificate, "nitro.format.bundle", "cabundle"));
    out.push_back(std::move(der));
  }
  return out;
}

Result<std::vector<std::string>> unknown_members(const Cbor& payload) {
  static constexpr std::string_view kKnown[] = {
      "module_id",   "digest",   "timestamp",  "pcrs",      "nitrotpm_pcrs",
      "certificate", "cabundle", "public_key", "user_data", "nonce"};
  std::vector<std::string> out;
  for (const auto& entry : *payload.as_map()) {
    const std::optional<std::string_view> key = entry.first.as_text();
    if (!key) {
      return malformed("nitro.format.member", "a member whose name is no text");
    }
    if (std::ranges::find(kKnown, *key) == std::ranges::end(kKnown)) {
      out.emplace_back(*key);
    }
  }
  return out;
}

Status read_payload(BytesView bytes, Document& out) {
  if (bytes.size() > kMaxPayload) {
    return Error(Code::kExhausted, "nitro.format.size", "a payload larger than 16 KiB");
  }
  const Result<Cbor> parsed = codec::parse_cbor(bytes, payload_limits());
  if (!parsed.ok()) {
    return malformed("nitro.format.payload", parsed.error().message());
  }
  const Cbor& payload = *parsed;
  if (payload.as_map() == nullptr || payload.as_map()->size() > kMaxMembers) {
    return malformed("nitro.format.payload", "not a map of at most 23 members");
  }
  out.indefinite_map = bytes[0] == kIndefiniteMap;
  CLAUSTRUM_TRY_ASSIGN(out.unknown_members, unknown_members(payload));
  CLAUSTRUM_TRY_ASSIGN(out.kind, kind_of(payload));
  CLAUSTRUM_TRY_ASSIGN(out.registers, registers_of(payload, out.kind));
  CLAUSTRUM_TRY_ASSIGN(out.module_id, text_member(payload, "module_id"));
  CLAUSTRUM_TRY_ASSIGN(out.digest, text_member(payload, "digest"));
  CLAUSTRUM_TRY_ASSIGN(out.timestamp_ms, timestamp_of(payload));
  CLAUSTRUM_TRY_ASSIGN(const Cbor* leaf, member(payload, "certificate"));
  CLAUSTRUM_TRY_ASSIGN(out.certificate, bounded_bytes(*leaf, kMaxCertificate,
                                                      "nitro.format.certificate", "certificate"));
  CLAUSTRUM_TRY_ASSIGN(out.cabundle, bundle_of(payload));
  CLAUSTRUM_TRY_ASSIGN(out.public_key, optional_field(payload, "public_key"));
  CLAUSTRUM_TRY_ASSIGN(out.user_data, optional_field(payload, "user_data"));
  CLAUSTRUM_TRY_ASSIGN(out.nonce, optional_field(payload, "nonce"));
  return ok_status();
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string_view registers_key(Kind kind) {
  return kind == Kind::kTpm ? "nitrotpm_pcrs" : "pcrs";
}

Result<Document> parse_document(BytesView evidence) {
  if (evidence.size() > kMaxEvidence) {
    return Error(Code::kExhausted, "nitro.format.size", "evidence larger than 17 KiB");
  }
  Result<crypto::CoseSign1> cose =
      crypto::parse_cose_sign1(evidence, crypto::CoseTag::kOptional, envelope_limits());
  if (!cose.ok()) {
    return malformed("nitro.format.envelope", cose.error().message());
  }
  Document out;
  out.cose = std::move(cose).value();
  out.tagged = evidence[0] >> 5 == kMajorTag;
  if (!out.cose.payload) {
    return malformed("nitro.format.payload", "the payload is somewhere else");
  }
  if (out.cose.signature.size() != kSignatureLen) {
    return malformed("nitro.format.signature", "not a signature of 96 bytes");
  }
  CLAUSTRUM_TRY(read_payload(*out.cose.payload, out));
  return out;
}

std::optional<ModuleId> parse_module_id(std::string_view text) {
  constexpr std::size_t kInstanceLen = 2 + 17;
  constexpr std::size_t kMaxUnit = 32;
  if (text.size() <= kInstanceLen + 4 || !text.starts_with("i-") || text[kInstanceLen] != '-') {
    return std::nullopt;
  }
  const std::string_view instance = text.substr(0, kInstanceLen);
  const std::string_view type = text.substr(kInstanceLen + 1, 3);
  const std::string_view unit = text.substr(kInstanceLen + 4);
  const bool tpm = type == "tpm";
  const bool right_len = tpm ? unit.size() == 16 : unit.size() <= kMaxUnit;
  if ((!tpm && type != "enc") || !right_len || !is_hex(instance.substr(2)) || !is_hex(unit)) {
    return std::nullopt;
  }
  return ModuleId{tpm ? Kind::kTpm : Kind::kEnclave, std::string(instance), std::string(unit)};
}

Members payload_members(const Document& d) {
  const auto optional = [](const std::optional<Bytes>& value) {
    return value ? Cbor::bytes(*value) : Cbor::null();
  };
  std::vector<std::pair<Cbor, Cbor>> registers;
  for (const auto& [index, value] : d.registers) {
    registers.emplace_back(Cbor::unsigned_integer(index), Cbor::bytes(value));
  }
  std::vector<Cbor> bundle;
  for (const Bytes& certificate : d.cabundle) {
    bundle.push_back(Cbor::bytes(certificate));
  }
  return {{Cbor::text("module_id"), Cbor::text(d.module_id)},
          {Cbor::text("digest"), Cbor::text(d.digest)},
          {Cbor::text("timestamp"), Cbor::unsigned_integer(d.timestamp_ms)},
          {Cbor::text(registers_key(d.kind)), Cbor::map(std::move(registers))},
          {Cbor::text("certificate"), Cbor::bytes(d.certificate)},
          {Cbor::text("cabundle"), Cbor::array(std::move(bundle))},
          {Cbor::text("public_key"), optional(d.public_key)},
          {Cbor::text("user_data"), optional(d.user_data)},
          {Cbor::text("nonce"), optional(d.nonce)}};
}

Bytes encode_payload(const Members& members, bool indefinite_map) {
  CLAUSTRUM_CHECK(members.size() <= kMaxMembers);
  Bytes out;
  out.push_back(indefinite_map ? kIndefiniteMap
                               : static_cast<std::uint8_t>(kDefiniteMap | members.size()));
  for (const auto& [key, value] : members) {
    append(out, codec::encode_cbor(key));
    append(out, codec::encode_cbor(value));
  }
  if (indefinite_map) {
    out.push_back(kBreak);
  }
  return out;
}

}  // namespace claustrum::evidence::nitro
