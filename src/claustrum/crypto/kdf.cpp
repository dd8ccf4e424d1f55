// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/kdf.h"

#include <openssl/hmac.h>

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

namespace {

constexpr std::size_t kMaxKeyLen = 1 << 20;

}  // namespace

void hmac_into(HashAlg alg, BytesView key, BytesView data, std::span<std::uint8_t> out) {
  CLAUSTRUM_CHECK(out.size() == digest_len(alg) && key.size() <= kMaxKeyLen);
  // OpenSSL reads a null key pointer as "keep the old key".
  static constexpr std::uint8_t kEmpty = 0;
  unsigned length = 0;
  CLAUSTRUM_CHECK(HMAC(evp_md(alg), key.empty() ? &kEmpty : key.data(),
                       static_cast<int>(key.size()), data.empty() ? &kEmpty : data.data(),
                       data.size(), out.data(), &length) != nullptr);
  CLAUSTRUM_CHECK(length == out.size());
}

Bytes hmac(HashAlg alg, BytesView key, BytesView data) {
  Bytes out(digest_len(alg));
  hmac_into(alg, key, data, out);
  return out;
}

SecretBytes hkdf_extract(HashAlg alg, BytesView salt, BytesView ikm) {
  SecretBytes out(digest_len(alg));
  // HMAC pads its key with zeros, so the empty key equals RFC 5869's salt of zeros.
  hmac_into(alg, salt, ikm, out.writable());
  return out;
}

SecretBytes hkdf_expand(HashAlg alg, BytesView prk, BytesView info, std::size_t length) {
  const std::size_t block_len = digest_len(alg);
  CLAUSTRUM_CHECK(length <= 255 * block_len);
  SecretBytes out;
  SecretBytes block(block_len);
  for (std::uint8_t counter = 1; out.size() < length; ++counter) {
    SecretBytes input;
    if (counter > 1) {
      input.append(block.reveal());
    }
    input.append(info);
    input.append(BytesView(&counter, 1));
    hmac_into(alg, prk, input.reveal(), block.writable());
    out.append(block.reveal().first(std::min(block_len, length - out.size())));
  }
  return out;
}

SecretBytes concat_kdf_sha256(BytesView z, std::string_view algorithm_id, std::size_t key_bits) {
  CLAUSTRUM_CHECK(key_bits > 0 && key_bits % 8 == 0 && key_bits <= 8192);
  ByteWriter other_info;
  other_info.u32be(static_cast<std::uint32_t>(algorithm_id.size())).text(algorithm_id);
  other_info.u32be(0).u32be(0);  // PartyUInfo, PartyVInfo
  other_info.u32be(static_cast<std::uint32_t>(key_bits));
  const std::size_t length = key_bits / 8;
  SecretBytes out;
  SecretArray<32> block;
  for (std::uint32_t round = 1; out.size() < length; ++round) {
    const Bytes prefix = std::move(ByteWriter().u32be(round)).take();
    SecretBytes input = SecretBytes::copy_of(prefix);
    input.append(z);
    input.append(other_info.view());
    digest_into(HashAlg::kSha256, input.reveal(), block.writable());
    out.append(block.reveal().first(std::min<std::size_t>(32, length - out.size())));
  }
  return out;
}

}  // namespace claustrum::crypto
