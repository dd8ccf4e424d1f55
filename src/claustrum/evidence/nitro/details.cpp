// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/details.h"

#include <algorithm>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/nitro/checks.h"

namespace claustrum::evidence::nitro {
namespace {

using codec::Json;

Json field(const std::optional<Bytes>& value) {
  return value ? Json(codec::hex_encode(*value)) : Json();
}

Json registers(const Document& d) {
  Json out = Json::object();
  for (const auto& [index, value] : d.registers) {
    out.set(std::to_string(index), codec::hex_encode(value));
  }
  return out;
}

// A register that was never extended measures nothing. The localities' registers of a TPM rest at
// all ones [TCG PC Client Platform TPM Profile, PCR attributes].
bool at_rest(Kind kind, unsigned index, const Bytes& value) {
  const bool ones = kind == Kind::kTpm && index >= 17 && index <= 22;
  const std::uint8_t rest = ones ? 0xff : 0x00;
  return std::ranges::all_of(value, [rest](std::uint8_t byte) { return byte == rest; });
}

// Those that say something on every machine; the others only once something extended them, and
// then a policy has to say what it thinks of them.
bool always_measured(Kind kind, unsigned index) {
  return kind == Kind::kTpm ? index <= 15 : index <= 4 || index == 8;
}

// [PROTOCOL 1] Where measured code puts the digest of its launch data, as no host does it: the
// first register of an enclave's applications, and PCR8 of a TPM. One that is not listed was never
// extended.
Bytes launch_register(const Document& d) {
  const auto at = d.registers.find(d.kind == Kind::kTpm ? 8 : 16);
  return at == d.registers.end() ? Bytes(kSha384Len, 0) : at->second;
}

}  // namespace

std::string_view platform_name(Kind kind) {
  return kind == Kind::kTpm ? "aws-nitrotpm" : "aws-nitro";
}

Claims make_claims(const Document& d, std::string_view region) {
  Claims out;
  out.platform = platform_name(d.kind);
  out.product = d.kind == Kind::kTpm ? "NitroTPM" : "Nitro Enclave";
  for (const auto& [index, value] : d.registers) {
    if (always_measured(d.kind, index) || !at_rest(d.kind, index, value)) {
      out.measurements["PCR" + std::to_string(index)] = value;
    }
  }
  // [PROTOCOL 2] The slot of a binding: user_data, and nothing in the fields that many enclaves
  // fill with what a caller sends.
  if (d.user_data && !d.nonce && !d.public_key) {
    out.report_data = *d.user_data;
  }
  out.host_data = launch_register(d);
  out.debug = is_debug(d);
  const std::optional<ModuleId> id = parse_module_id(d.module_id);
  out.details = Json::object();
  out.details.set("module_id", d.module_id).set("instance_id", id ? Json(id->instance) : Json());
  out.details.set("region", region.empty() ? Json() : Json(region)).set("digest", d.digest);
  out.details.set("timestamp_ms", static_cast<std::int64_t>(d.timestamp_ms));
  out.details.set(registers_key(d.kind), registers(d)).set("public_key", field(d.public_key));
  out.details.set("user_data", field(d.user_data)).set("nonce", field(d.nonce));
  out.details.set("debug", out.debug);
  out.details.set("payload_map", d.indefinite_map ? "indefinite-length" : "definite-length");
  out.details.set("cose_tag18", d.tagged);
  return out;
}

}  // namespace claustrum::evidence::nitro
