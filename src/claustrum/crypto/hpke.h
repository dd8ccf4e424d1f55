// SPDX-License-Identifier: Apache-2.0
// HPKE (RFC 9180), base mode. KEM X25519 and P-256 with HKDF-SHA256; any AEAD of aead.h. HPKE gives
// no replay protection and names no sender: those are the channel's and the evidence's business.
#pragma once

#include "claustrum/crypto/aead.h"
#include "claustrum/crypto/kdf.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::crypto {

enum class HpkeKem : std::uint16_t { kP256HkdfSha256 = 0x0010, kX25519HkdfSha256 = 0x0020 };
enum class HpkeKdf : std::uint16_t { kHkdfSha256 = 1, kHkdfSha384 = 2, kHkdfSha512 = 3 };
enum class HpkeAead : std::uint16_t { kAes128Gcm = 1, kAes256Gcm = 2, kChaCha20Poly1305 = 3 };

struct HpkeSuite {
  HpkeKem kem = HpkeKem::kX25519HkdfSha256;
  HpkeKdf kdf = HpkeKdf::kHkdfSha256;
  HpkeAead aead = HpkeAead::kAes256Gcm;
  bool operator==(const HpkeSuite&) const = default;
};

// Unknown ids: unsupported "hpke.suite".
Result<HpkeSuite> hpke_suite_from_ids(std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead);
KeyKind hpke_key_kind(HpkeKem kem);
std::size_t hpke_enc_len(HpkeKem kem);  // 32 or 65
AeadAlg hpke_aead_alg(HpkeAead aead);

// One direction's sealing or opening state. Sequence numbers advance on success only; when they run
// out: exhausted "hpke.sequence". Not thread-safe: nonce and increment are one step.
class HpkeContext {
 public:
  Result<Bytes> seal(BytesView aad, BytesView plaintext);
  Result<SecretBytes> open(BytesView aad, BytesView ciphertext);
  SecretBytes export_secret(BytesView exporter_context, std::size_t length) const;
  HpkeSuite suite() const { return suite_; }
  // Puts the context where 2^64 - 1 messages would; for the overflow test only.
  void set_sequence_for_testing(std::uint64_t sequence) { sequence_ = sequence; }

 private:
  friend class HpkeSchedule;
  HpkeContext(HpkeSuite suite, Aead aead, SecretBytes base_nonce, SecretBytes exporter_secret);
  ByteArray<12> nonce() const;
  Status check_sequence() const;
  HpkeSuite suite_;
  Aead aead_;
  SecretBytes base_nonce_;
  SecretBytes exporter_secret_;
  std::uint64_t sequence_ = 0;
};

struct HpkeSender {
  Bytes enc;
  HpkeContext context;
};

// A key of another group: mismatch "hpke.key_kind".
Result<HpkeSender> hpke_setup_sender(const HpkeSuite& suite, const PublicKey& recipient,
                                     BytesView info);
Result<HpkeContext> hpke_setup_recipient(const HpkeSuite& suite, BytesView enc,
                                         const PrivateKey& recipient, BytesView info);
// With a chosen ephemeral key, for the RFC's vectors only.
Result<HpkeSender> hpke_setup_sender_for_testing(const HpkeSuite& suite, const PublicKey& recipient,
                                                 BytesView info, const PrivateKey& ephemeral);
// RFC 9180 7.1.3 DeriveKeyPair.
Result<PrivateKey> hpke_derive_key_pair(HpkeKem kem, BytesView ikm);

}  // namespace claustrum::crypto
