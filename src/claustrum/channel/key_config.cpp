// SPDX-License-Identifier: Apache-2.0
#include "claustrum/channel/key_config.h"

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"

namespace claustrum::channel {
namespace {

using crypto::HpkeKem;

// [RFC 9180 7.1; draft-ietf-hpke-pq]
constexpr std::array<KemInfo, 6> kKems = {{
    {0x0010, 65, 65, HpkeKem::kP256HkdfSha256},
    {0x0020, 32, 32, HpkeKem::kX25519HkdfSha256},
    {0x0041, 1184, 1088, std::nullopt},  // ML-KEM-768
    {0x0042, 1568, 1568, std::nullopt},  // ML-KEM-1024
    {0x0050, 1249, 1153, std::nullopt},  // MLKEM768-P256
    {0x647a, 1216, 1120, std::nullopt},  // MLKEM768-X25519, X-Wing
}};

constexpr std::size_t kMaxConfigs = 256;  // as many as there are key ids

Error malformed(std::string_view reason, const char* why) {
  return Error(Code::kMalformed, reason, why);
}

Result<std::vector<SymmetricSuite>> parse_suites(BytesView bytes, HpkeKem kem) {
  if (bytes.empty() || bytes.size() % 4 != 0) {
    return malformed("ohttp_keys.config", "symmetric suites are pairs, at least one");
  }
  std::vector<SymmetricSuite> out;
  ByteReader in(bytes, "symmetric suites");
  while (!in.done()) {
    const std::uint16_t kdf = in.u16be();
    const std::uint16_t aead = in.u16be();
    const auto suite = crypto::hpke_suite_from_ids(static_cast<std::uint16_t>(kem), kdf, aead);
    if (suite.ok()) {
      out.push_back({suite->kdf, suite->aead});
    }
  }
  CLAUSTRUM_TRY(in.finish());
  return out;
}

// nullopt: well-formed as far as can be told, but nothing in it is known to us.
Result<std::optional<KeyConfig>> parse_one(BytesView bytes) {
  ByteReader in(bytes, "key configuration");
  const std::uint8_t key_id = in.u8();
  const KemInfo* kem = find_kem(in.u16be());
  if (!in.ok()) {
    return malformed("ohttp_keys.config", "too short");
  }
  if (kem == nullptr) {
    return std::optional<KeyConfig>();
  }
  const BytesView key_bytes = in.bytes(kem->public_key_len);
  const BytesView suite_bytes = in.prefixed_u16be(65532);
  if (!in.finish().ok()) {
    return malformed("ohttp_keys.config", "does not fill its length");
  }
  if (!kem->implemented) {
    return std::optional<KeyConfig>();
  }
  CLAUSTRUM_TRY_ASSIGN(std::vector<SymmetricSuite> suites,
                       parse_suites(suite_bytes, *kem->implemented));
  Result<crypto::PublicKey> key =
      crypto::PublicKey::from_raw(crypto::hpke_key_kind(*kem->implemented), key_bytes);
  if (!key.ok()) {
    return malformed("ohttp_keys.public_key", "not a public key of this KEM");
  }
  if (suites.empty()) {
    return std::optional<KeyConfig>();
  }
  return std::optional<KeyConfig>(
      KeyConfig{key_id, *kem->implemented, std::move(key).value(), std::move(suites)});
}

Error nothing_usable() {
  return Error(Code::kUnsupported, "ohttp_keys.none", "no key configuration that we can use");
}

}  // namespace

bool KeyConfig::offers(const crypto::HpkeSuite& suite) const {
  return suite.kem == kem && std::find(suites.begin(), suites.end(),
                                       SymmetricSuite{suite.kdf, suite.aead}) != suites.end();
}

crypto::HpkeSuite KeyConfig::preferred_suite() const {
  return {kem, suites.front().kdf, suites.front().aead};
}

const KemInfo* find_kem(std::uint16_t id) {
  const auto* found =
      std::find_if(kKems.begin(), kKems.end(), [&](const KemInfo& kem) { return kem.id == id; });
  return found == kKems.end() ? nullptr : found;
}

Result<std::vector<KeyConfig>> parse_key_configs(BytesView list) {
  ByteReader in(list, "ohttp-keys");
  std::vector<KeyConfig> out;
  std::array<bool, kMaxConfigs> seen{};
  while (!in.done()) {
    const BytesView bytes = in.prefixed_u16be(65535);
    if (bytes.empty()) {
      in.fail("empty configuration");
    }
    if (!in.ok()) {
      break;
    }
    // Unknown configurations count too: which of two keys an id means must not depend on the
    // reader.
    if (!CLAUSTRUM_GUARD("channel.duplicate_key_id", !seen[bytes[0]])) {
      return malformed("ohttp_keys.duplicate", "key id used twice");
    }
    seen[bytes[0]] = true;
    CLAUSTRUM_TRY_ASSIGN(std::optional<KeyConfig> config, parse_one(bytes));
    if (config) {
      out.push_back(std::move(*config));
    }
  }
  if (!in.finish().ok()) {
    return malformed("ohttp_keys.list", "configurations do not fill the list");
  }
  if (out.empty()) {
    return nothing_usable();
  }
  return out;
}

Result<KeyConfig> parse_key_config(BytesView config) {
  CLAUSTRUM_TRY_ASSIGN(std::optional<KeyConfig> one, parse_one(config));
  if (!one) {
    return nothing_usable();
  }
  return std::move(*one);
}

Bytes serialize_key_config(const KeyConfig& config) {
  ByteWriter out;
  out.u8(config.key_id).u16be(static_cast<std::uint16_t>(config.kem));
  out.bytes(config.public_key.raw());
  out.u16be(static_cast<std::uint16_t>(4 * config.suites.size()));
  for (const SymmetricSuite& suite : config.suites) {
    out.u16be(static_cast<std::uint16_t>(suite.kdf));
    out.u16be(static_cast<std::uint16_t>(suite.aead));
  }
  return std::move(out).take();
}

Bytes serialize_key_configs(const std::vector<KeyConfig>& configs) {
  ByteWriter out;
  for (const KeyConfig& config : configs) {
    const Bytes bytes = serialize_key_config(config);
    out.u16be(static_cast<std::uint16_t>(bytes.size())).bytes(bytes);
  }
  return std::move(out).take();
}

}  // namespace claustrum::channel
