// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/checks.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence::nitro {
namespace {

constexpr std::string_view kLeafSuffix = ".aws";
constexpr std::string_view kCaSuffix = ".aws.nitro-enclaves";
constexpr std::size_t kMaxRegion = 32;
constexpr std::size_t kSerialLen = 16;
// What a verifier's clock may be behind AWS's.
constexpr std::int64_t kClockSkew = 300;

constexpr unsigned kEnclaveRegisters = 16;  // 0 to 15 are always there
constexpr unsigned kTpmRegisters = 24;
constexpr unsigned kInstanceRegister = 4;

// Values come from whoever sent this: at most 32 bytes of them, and none that a terminal obeys.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 32)) {
    out += c >= 0x20 && c < 0x7f ? c : '?';
  }
  return out + (text.size() > 32 ? "...\"" : "\"");
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= kMaxRegion && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string_view kind_text(Kind kind) {
  return kind == Kind::kTpm ? "a NitroTPM's document" : "an enclave's document";
}

bool all_registers(const Document& d, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    if (!d.registers.contains(i)) {
      return false;
    }
  }
  return true;
}

// SHA384(48 zero bytes || instance id): what the hypervisor extends PCR4 of an enclave with.
crypto::Sha384Digest instance_register(std::string_view instance) {
  const ByteArray<kSha384Len> zeros{};
  return crypto::sha384(concat({zeros, as_bytes(instance)}));
}

// 16 bytes of an enclave's leaf: the enclave id, then the time of issue.
std::string serial_hex(const crypto::Certificate& leaf) {
  const Bytes serial = leaf.serial();
  const std::size_t missing = serial.size() < kSerialLen ? kSerialLen - serial.size() : 0;
  return codec::hex_encode(concat({Bytes(missing, 0), serial}));
}

bool in_region(const crypto::Certificate& ca, const std::string& region) {
  return ca.subject_cn().ends_with("." + region + std::string(kCaSuffix));
}

}  // namespace

Result<std::string> check_format(const Document& d) {
  const codec::Cbor& header = d.cose.protected_header;
  const codec::Cbor* alg = header.find(crypto::kCoseLabelAlg);
  // [RFC 9052 3.1] An algorithm in the unprotected header is anybody's word.
  const bool es384 = alg != nullptr && alg->as_integer() == crypto::kCoseEs384;
  if (!CLAUSTRUM_GUARD("evidence.nitro.format.algorithm", es384)) {
    return Error(Code::kUnsupported, "nitro.format.algorithm",
                 "the protected header does not name ES384");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.format.protected", header.as_map()->size() == 1)) {
    return Error(Code::kUnsupported, "nitro.format.protected",
                 "more than an algorithm in the protected header");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.format.unprotected",
                       d.cose.unprotected_header.as_map()->empty())) {
    return Error(Code::kUnsupported, "nitro.format.unprotected",
                 "the unprotected header is not empty");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.format.digest", d.digest == "SHA384")) {
    return Error(Code::kUnsupported, "nitro.format.digest", "digest " + quoted(d.digest));
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.format.unknown_member", d.unknown_members.empty())) {
    return Error(Code::kUnsupported, "nitro.format.unknown_member",
                 "member " + quoted(d.unknown_members.front()));
  }
  return std::string(d.indefinite_map ? "map of indefinite length" : "map of definite length") +
         (d.tagged ? ", tag 18" : ", no tag");
}

// Root of any EC2 instance gets NitroTPM documents with registers it extended itself, under the
// same root key: the kind is never guessed and never fallen back on.
Result<std::string> check_platform(const Document& d, Kind wanted) {
  if (!CLAUSTRUM_GUARD("evidence.nitro.platform.kind", d.kind == wanted)) {
    return Error(Code::kMismatch, "nitro.platform.kind",
                 std::string(kind_text(d.kind)) + ", by " + std::string(registers_key(d.kind)));
  }
  const std::optional<ModuleId> id = parse_module_id(d.module_id);
  if (!CLAUSTRUM_GUARD("evidence.nitro.platform.module_id", id && id->kind == wanted)) {
    return Error(Code::kMismatch, "nitro.platform.module_id", "module_id " + quoted(d.module_id));
  }
  return std::string(kind_text(wanted));
}

Result<std::string> check_signature(const Document& d, const crypto::PublicKey& key) {
  const Status status = crypto::verify_cose_sign1(d.cose, key);
  if (!CLAUSTRUM_GUARD("evidence.nitro.signature", status.ok())) {
    return Error(Code::kBadSignature, "nitro.signature.invalid", status.error().message());
  }
  return std::string("ES384");
}

Result<std::string> check_identity(const Document& d, const Chain& chain) {
  const std::string region = region_of(d, chain.leaf);
  if (!CLAUSTRUM_GUARD("evidence.nitro.identity.leaf_name", !region.empty())) {
    return Error(
        Code::kMismatch, "nitro.identity.leaf_name",
        "the leaf is not CN=<module_id>.<region>.aws but " + quoted(chain.leaf.subject_cn()));
  }
  const ModuleId id = parse_module_id(d.module_id).value_or(ModuleId{});
  const std::string instance = id.instance + "." + region + std::string(kCaSuffix);
  if (!CLAUSTRUM_GUARD("evidence.nitro.identity.instance_name",
                       chain.instance.subject_cn() == instance)) {
    return Error(Code::kMismatch, "nitro.identity.instance_name",
                 "the instance CA is another instance's: " + quoted(chain.instance.subject_cn()));
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.identity.region",
                       in_region(chain.zonal, region) && in_region(chain.regional, region))) {
    return Error(Code::kMismatch, "nitro.identity.region", "a CA of another region than the leaf");
  }
  const bool serial = d.kind == Kind::kTpm || serial_hex(chain.leaf).starts_with(id.unit);
  if (!CLAUSTRUM_GUARD("evidence.nitro.identity.serial", serial)) {
    return Error(Code::kMismatch, "nitro.identity.serial",
                 "the leaf's serial does not begin with the enclave's id");
  }
  return d.module_id + " in " + region;
}

Result<std::string> check_registers(const Document& d) {
  const bool lengths = std::ranges::all_of(
      d.registers, [](const auto& entry) { return entry.second.size() == kSha384Len; });
  if (!CLAUSTRUM_GUARD("evidence.nitro.registers.length", lengths)) {
    return Error(Code::kMismatch, "nitro.registers.length", "a register that is no SHA-384 digest");
  }
  const unsigned count = d.kind == Kind::kTpm ? kTpmRegisters : kEnclaveRegisters;
  if (!CLAUSTRUM_GUARD("evidence.nitro.registers.missing", all_registers(d, count))) {
    return Error(Code::kMismatch, "nitro.registers.missing",
                 "not all of PCR0 to PCR" + std::to_string(count - 1));
  }
  if (d.kind == Kind::kTpm) {
    return std::to_string(d.registers.size()) + " registers";
  }
  const ModuleId id = parse_module_id(d.module_id).value_or(ModuleId{});
  const auto at = d.registers.find(kInstanceRegister);
  const bool same = at != d.registers.end() && equal(at->second, instance_register(id.instance));
  if (!CLAUSTRUM_GUARD("evidence.nitro.registers.instance", same)) {
    return Error(Code::kMismatch, "nitro.registers.instance",
                 "PCR4 is not the digest of the instance in module_id");
  }
  return std::to_string(d.registers.size()) + " registers, PCR4 of " + id.instance;
}

Result<std::string> check_timestamp(const Document& d, const crypto::Certificate& leaf,
                                    Instant now) {
  const Instant at = time_of(d);
  if (!CLAUSTRUM_GUARD("evidence.nitro.timestamp.leaf",
                       leaf.not_before() <= at && at <= leaf.not_after())) {
    return Error(Code::kMismatch, "nitro.timestamp.leaf",
                 format_rfc3339(at) + " is outside the leaf's validity");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.timestamp.future", at <= now + kClockSkew)) {
    return Error(Code::kNotYetValid, "nitro.timestamp.future",
                 format_rfc3339(at) + " is later than the time of verification");
  }
  return format_rfc3339(at) + " by the module's clock; freshness is the nonce's";
}

bool is_debug(const Document& d) {
  if (d.kind == Kind::kTpm) {
    return false;
  }
  for (unsigned i = 0; i <= 2; ++i) {
    const auto at = d.registers.find(i);
    if (at == d.registers.end() || all_zero(at->second)) {
      return true;
    }
  }
  return false;
}

Result<std::string> check_debug(const Document& d) {
  if (!CLAUSTRUM_GUARD("evidence.nitro.debug", !is_debug(d))) {
    return Error(Code::kMismatch, "nitro.debug.enabled",
                 "PCR0, PCR1 or PCR2 is all zero: the parent reads this enclave's console");
  }
  return std::string("off");
}

std::string region_of(const Document& d, const crypto::Certificate& leaf) {
  const std::string name = leaf.subject_cn();
  std::string_view rest = name;
  if (!rest.starts_with(d.module_id + ".") || !rest.ends_with(kLeafSuffix)) {
    return {};
  }
  rest.remove_prefix(d.module_id.size() + 1);
  if (rest.size() <= kLeafSuffix.size()) {
    return {};
  }
  rest.remove_suffix(kLeafSuffix.size());
  return is_region(rest) ? std::string(rest) : std::string();
}

Instant time_of(const Document& d) {
  return {static_cast<std::int64_t>(d.timestamp_ms / 1000)};
}

}  // namespace claustrum::evidence::nitro
