// SPDX-License-Identifier: Apache-2.0
// Sealed rows (row_sealer.h) [PROTOCOL 9].
#include "claustrum/store/row_sealer.h"

#include "claustrum/base/reader.h"
#include "claustrum/base/writer.h"
#include "claustrum/crypto/aead.h"
#include "claustrum/crypto/kdf.h"
#include "claustrum/crypto/random.h"

namespace claustrum::store {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kSaltLen = 16;
constexpr std::string_view kKeyLabel = "claustrum store row key v1";
constexpr std::string_view kAadLabel = "claustrum store row v1";

void field(ByteWriter& to, BytesView value) {
  to.u32be(static_cast<std::uint32_t>(value.size())).bytes(value);
}

// Every field has its length before it: no two identities share an encoding.
Bytes encode(const RowIdentity& row) {
  ByteWriter aad;
  field(aad, as_bytes(kAadLabel));
  field(aad, as_bytes(row.table));
  field(aad, as_bytes(row.tenant));
  field(aad, as_bytes(row.name));
  aad.u64be(row.version);
  field(aad, row.policy_digest);
  aad.u64be(row.sequence);
  return std::move(aad).take();
}

crypto::Aead row_cipher(const MasterKey& key, BytesView salt) {
  const Bytes info = concat({as_bytes(kKeyLabel), ByteArray<1>{0}, salt});
  const SecretBytes row_key = crypto::hkdf_expand(crypto::HashAlg::kSha256, key.reveal(), info, 32);
  return crypto::Aead(crypto::AeadAlg::kAes256Gcm, row_key.reveal());
}

}  // namespace

Bytes RowSealer::seal(const RowIdentity& row, BytesView payload) const {
  const auto salt = crypto::random_array<kSaltLen>();
  const auto nonce = crypto::random_array<crypto::kAeadNonceLen>();
  const Bytes ciphertext = row_cipher(key_, salt).seal(nonce, encode(row), payload);
  return concat({ByteArray<1>{kFormat}, salt, nonce, ciphertext});
}

Result<SecretBytes> RowSealer::open(const RowIdentity& row, BytesView sealed) const {
  ByteReader reader(sealed, "sealed row");
  const std::uint8_t format = reader.u8();
  const BytesView salt = reader.bytes(kSaltLen);
  const BytesView nonce = reader.bytes(crypto::kAeadNonceLen);
  const BytesView ciphertext = reader.rest();
  if (!reader.finish().ok()) {
    return Error(Code::kBadSignature, "store.row", "too short");
  }
  if (format != kFormat) {
    return Error(Code::kUnsupported, "store.row_version", "only format 1 is known");
  }
  auto opened = row_cipher(key_, salt).open(nonce, encode(row), ciphertext);
  if (!opened.ok()) {
    return Error(Code::kBadSignature, "store.row", "changed, or not this row's");
  }
  return opened;
}

}  // namespace claustrum::store
