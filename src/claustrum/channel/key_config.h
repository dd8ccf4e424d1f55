// SPDX-License-Identifier: Apache-2.0
// OHTTP key configurations [RFC 9458 3.1, 3.2; application/ohttp-keys]:
//
//   list     (length(2) config)*
//   config   key_id(1) kem_id(2) public_key(Npk) suites_length(2) (kdf_id(2) aead_id(2))+
//
// A list with any fault is refused as a whole: a server that learned which parts a client recovers
// could tell clients apart. Configurations of unknown KEMs and unknown symmetric suites are
// skipped, which only the length prefix makes possible.
#pragma once

#include <optional>

#include "claustrum/crypto/hpke.h"

namespace claustrum::channel {

struct SymmetricSuite {
  crypto::HpkeKdf kdf = crypto::HpkeKdf::kHkdfSha256;
  crypto::HpkeAead aead = crypto::HpkeAead::kAes256Gcm;
  bool operator==(const SymmetricSuite&) const = default;
};

struct KeyConfig {
  std::uint8_t key_id = 0;
  crypto::HpkeKem kem = crypto::HpkeKem::kX25519HkdfSha256;
  crypto::PublicKey public_key;
  std::vector<SymmetricSuite> suites;  // at least one, in the server's order

  bool offers(const crypto::HpkeSuite& suite) const;
  // The server's first.
  crypto::HpkeSuite preferred_suite() const;
};

// What the wire needs to know of a KEM; also of those that no library here implements yet.
struct KemInfo {
  std::uint16_t id = 0;
  std::size_t public_key_len = 0;
  std::size_t enc_len = 0;
  std::optional<crypto::HpkeKem> implemented;
};
// nullptr: unknown.
const KemInfo* find_kem(std::uint16_t id);

// At least one usable configuration. Malformed "ohttp_keys.list|config|duplicate|public_key",
// unsupported "ohttp_keys.none".
Result<std::vector<KeyConfig>> parse_key_configs(BytesView list);
// One configuration without its length prefix, as in RFC 9458 Appendix A; never to be guessed at
// from bytes that may be either. Unsupported "ohttp_keys.none" for an unknown KEM.
Result<KeyConfig> parse_key_config(BytesView config);

Bytes serialize_key_config(const KeyConfig& config);
Bytes serialize_key_configs(const std::vector<KeyConfig>& configs);

}  // namespace claustrum::channel
