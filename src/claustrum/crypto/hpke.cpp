// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/hpke.h"

#include <limits>

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"

namespace claustrum::crypto {

namespace {

constexpr std::string_view kVersionLabel = "HPKE-v1";
constexpr std::uint8_t kModeBase = 0;
constexpr std::size_t kSecretLen = 32;  // Nsecret and Nsk of both KEMs
// Both KEMs run over HKDF-SHA256, whatever KDF the suite names for the rest.
constexpr HashAlg kKemHash = HashAlg::kSha256;

HashAlg kdf_hash(HpkeKdf kdf) {
  switch (kdf) {
    case HpkeKdf::kHkdfSha256:
      return HashAlg::kSha256;
    case HpkeKdf::kHkdfSha384:
      return HashAlg::kSha384;
    case HpkeKdf::kHkdfSha512:
      return HashAlg::kSha512;
  }
  check_failed("HpkeKdf", __FILE__, __LINE__);
}

// [RFC 9180 4.1] Inside the KEM.
Bytes kem_suite_id(HpkeKem kem) {
  return std::move(ByteWriter().text("KEM").u16be(static_cast<std::uint16_t>(kem))).take();
}

// [RFC 9180 5.1] Everywhere else.
Bytes suite_id(const HpkeSuite& suite) {
  return std::move(ByteWriter()
                       .text("HPKE")
                       .u16be(static_cast<std::uint16_t>(suite.kem))
                       .u16be(static_cast<std::uint16_t>(suite.kdf))
                       .u16be(static_cast<std::uint16_t>(suite.aead)))
      .take();
}

// [RFC 9180 4] LabeledExtract and LabeledExpand under one suite id.
struct Labeled {
  HashAlg hash;
  Bytes id;

  SecretBytes extract(BytesView salt, std::string_view label, BytesView ikm) const {
    SecretBytes input;
    input.append(as_bytes(kVersionLabel));
    input.append(id);
    input.append(as_bytes(label));
    input.append(ikm);
    return hkdf_extract(hash, salt, input.reveal());
  }
  SecretBytes expand(const SecretBytes& prk, std::string_view label, BytesView info,
                     std::size_t length) const {
    const Bytes labeled_info = std::move(ByteWriter()
                                             .u16be(static_cast<std::uint16_t>(length))
                                             .text(kVersionLabel)
                                             .bytes(id)
                                             .text(label)
                                             .bytes(info))
                                   .take();
    return hkdf_expand(hash, prk.reveal(), labeled_info, length);
  }
};

// [RFC 9180 4.1] ExtractAndExpand over the Diffie-Hellman result.
SecretBytes kem_secret(HpkeKem kem, const SecretBytes& dh, BytesView enc, BytesView recipient) {
  const Labeled labeled{kKemHash, kem_suite_id(kem)};
  const SecretBytes prk = labeled.extract({}, "eae_prk", dh.reveal());
  return labeled.expand(prk, "shared_secret", concat({enc, recipient}), kSecretLen);
}

Status check_key_kind(HpkeKem kem, KeyKind kind) {
  // A key of another group would make a session that its owner cannot name the suite of.
  if (!CLAUSTRUM_GUARD("crypto.hpke.key_kind", kind == hpke_key_kind(kem))) {
    return Error(Code::kMismatch, "hpke.key_kind", "the key is not of the KEM's group");
  }
  return ok_status();
}

}  // namespace

// [RFC 9180 5.1] KeySchedule in base mode: psk and psk_id are empty.
class HpkeSchedule {
 public:
  static HpkeContext context(const HpkeSuite& suite, const SecretBytes& shared_secret,
                             BytesView info) {
    const Labeled labeled{kdf_hash(suite.kdf), suite_id(suite)};
    const SecretBytes psk_id_hash = labeled.extract({}, "psk_id_hash", {});
    const SecretBytes info_hash = labeled.extract({}, "info_hash", info);
    const Bytes schedule =
        concat({BytesView(&kModeBase, 1), psk_id_hash.reveal(), info_hash.reveal()});
    const SecretBytes secret = labeled.extract(shared_secret.reveal(), "secret", {});

    const AeadAlg alg = hpke_aead_alg(suite.aead);
    const SecretBytes key = labeled.expand(secret, "key", schedule, aead_key_len(alg));
    return HpkeContext(suite, Aead(alg, key.reveal()),
                       labeled.expand(secret, "base_nonce", schedule, kAeadNonceLen),
                       labeled.expand(secret, "exp", schedule, digest_len(labeled.hash)));
  }
};

Result<HpkeSuite> hpke_suite_from_ids(std::uint16_t kem, std::uint16_t kdf, std::uint16_t aead) {
  const bool kem_known = kem == static_cast<std::uint16_t>(HpkeKem::kP256HkdfSha256) ||
                         kem == static_cast<std::uint16_t>(HpkeKem::kX25519HkdfSha256);
  if (!kem_known || kdf < 1 || kdf > 3 || aead < 1 || aead > 3) {
    return Error(Code::kUnsupported, "hpke.suite", "unknown KEM, KDF or AEAD");
  }
  return HpkeSuite{static_cast<HpkeKem>(kem), static_cast<HpkeKdf>(kdf),
                   static_cast<HpkeAead>(aead)};
}

KeyKind hpke_key_kind(HpkeKem kem) {
  return kem == HpkeKem::kP256HkdfSha256 ? KeyKind::kP256 : KeyKind::kX25519;
}

std::size_t hpke_enc_len(HpkeKem kem) {
  return kem == HpkeKem::kP256HkdfSha256 ? 65 : 32;
}

AeadAlg hpke_aead_alg(HpkeAead aead) {
  switch (aead) {
    case HpkeAead::kAes128Gcm:
      return AeadAlg::kAes128Gcm;
    case HpkeAead::kAes256Gcm:
      return AeadAlg::kAes256Gcm;
    case HpkeAead::kChaCha20Poly1305:
      return AeadAlg::kChaCha20Poly1305;
  }
  check_failed("HpkeAead", __FILE__, __LINE__);
}

HpkeContext::HpkeContext(HpkeSuite suite, Aead aead, SecretBytes base_nonce,
                         SecretBytes exporter_secret)
    : suite_(suite),
      aead_(std::move(aead)),
      base_nonce_(std::move(base_nonce)),
      exporter_secret_(std::move(exporter_secret)) {}

// [RFC 9180 5.2] base_nonce XOR the sequence number, big-endian.
ByteArray<12> HpkeContext::nonce() const {
  ByteArray<12> nonce = to_array<12>(base_nonce_.reveal());
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[11 - i] = static_cast<std::uint8_t>(nonce[11 - i] ^ (sequence_ >> (8 * i)));
  }
  return nonce;
}

// One nonce under one key for two messages would give both away.
Status HpkeContext::check_sequence() const {
  if (!CLAUSTRUM_GUARD("crypto.hpke.sequence",
                       sequence_ != std::numeric_limits<std::uint64_t>::max())) {
    return Error(Code::kExhausted, "hpke.sequence", "this context has no nonces left");
  }
  return ok_status();
}

Result<Bytes> HpkeContext::seal(BytesView aad, BytesView plaintext) {
  CLAUSTRUM_TRY(check_sequence());
  Bytes sealed = aead_.seal(nonce(), aad, plaintext);
  ++sequence_;
  return sealed;
}

Result<SecretBytes> HpkeContext::open(BytesView aad, BytesView ciphertext) {
  CLAUSTRUM_TRY(check_sequence());
  CLAUSTRUM_TRY_ASSIGN(SecretBytes opened, aead_.open(nonce(), aad, ciphertext));
  ++sequence_;
  return opened;
}

SecretBytes HpkeContext::export_secret(BytesView exporter_context, std::size_t length) const {
  const Labeled labeled{kdf_hash(suite_.kdf), suite_id(suite_)};
  return labeled.expand(exporter_secret_, "sec", exporter_context, length);
}

namespace {

Result<HpkeSender> setup_sender(const HpkeSuite& suite, const PublicKey& recipient, BytesView info,
                                const PrivateKey& ephemeral) {
  CLAUSTRUM_TRY(check_key_kind(suite.kem, recipient.kind()));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes dh, diffie_hellman(ephemeral, recipient));
  Bytes enc = ephemeral.public_key().raw();
  const SecretBytes shared = kem_secret(suite.kem, dh, enc, recipient.raw());
  return HpkeSender{std::move(enc), HpkeSchedule::context(suite, shared, info)};
}

}  // namespace

Result<HpkeSender> hpke_setup_sender(const HpkeSuite& suite, const PublicKey& recipient,
                                     BytesView info) {
  return setup_sender(suite, recipient, info, PrivateKey::generate(hpke_key_kind(suite.kem)));
}

Result<HpkeSender> hpke_setup_sender_for_testing(const HpkeSuite& suite, const PublicKey& recipient,
                                                 BytesView info, const PrivateKey& ephemeral) {
  return setup_sender(suite, recipient, info, ephemeral);
}

Result<HpkeContext> hpke_setup_recipient(const HpkeSuite& suite, BytesView enc,
                                         const PrivateKey& recipient, BytesView info) {
  CLAUSTRUM_TRY(check_key_kind(suite.kem, recipient.kind()));
  CLAUSTRUM_TRY_ASSIGN(const PublicKey ephemeral,
                       PublicKey::from_raw(hpke_key_kind(suite.kem), enc));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes dh, diffie_hellman(recipient, ephemeral));
  const SecretBytes shared = kem_secret(suite.kem, dh, enc, recipient.public_key().raw());
  return HpkeSchedule::context(suite, shared, info);
}

// [RFC 9180 7.1.3]
Result<PrivateKey> hpke_derive_key_pair(HpkeKem kem, BytesView ikm) {
  const Labeled labeled{kKemHash, kem_suite_id(kem)};
  const SecretBytes prk = labeled.extract({}, "dkp_prk", ikm);
  if (kem == HpkeKem::kX25519HkdfSha256) {
    return PrivateKey::from_raw(KeyKind::kX25519,
                                labeled.expand(prk, "sk", {}, kSecretLen).reveal());
  }
  for (std::uint16_t counter = 0; counter < 256; ++counter) {
    const auto byte = static_cast<std::uint8_t>(counter);
    const SecretBytes candidate = labeled.expand(prk, "candidate", BytesView(&byte, 1), kSecretLen);
    // A candidate outside [1, order-1] is refused; odds 2^-32 each.
    Result<PrivateKey> key = PrivateKey::from_raw(KeyKind::kP256, candidate.reveal());
    if (key.ok()) {
      return key;
    }
  }
  return Error(Code::kInternal, "hpke.derive", "no candidate was a valid key");
}

}  // namespace claustrum::crypto
