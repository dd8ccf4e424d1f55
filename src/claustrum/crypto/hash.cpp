// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/hash.h"

#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

struct Hasher::State {
  HashAlg alg;
  Owned<EVP_MD_CTX> context;
};

std::size_t digest_len(HashAlg alg) {
  switch (alg) {
    case HashAlg::kSha256:
      return 32;
    case HashAlg::kSha384:
      return 48;
    case HashAlg::kSha512:
      return 64;
  }
  check_failed("hash algorithm", __FILE__, __LINE__);
}

void digest_into(HashAlg alg, BytesView data, std::span<std::uint8_t> out) {
  CLAUSTRUM_CHECK(out.size() == digest_len(alg));
  unsigned length = 0;
  CLAUSTRUM_CHECK(EVP_Digest(data.data(), data.size(), out.data(), &length, evp_md(alg), nullptr) ==
                  1);
  CLAUSTRUM_CHECK(length == out.size());
}

Sha256Digest sha256(BytesView data) {
  Sha256Digest out;
  digest_into(HashAlg::kSha256, data, out);
  return out;
}

Sha384Digest sha384(BytesView data) {
  Sha384Digest out;
  digest_into(HashAlg::kSha384, data, out);
  return out;
}

ByteArray<64> sha512(BytesView data) {
  ByteArray<64> out;
  digest_into(HashAlg::kSha512, data, out);
  return out;
}

Bytes hash(HashAlg alg, BytesView data) {
  Bytes out(digest_len(alg));
  digest_into(alg, data, out);
  return out;
}

Hasher::Hasher(HashAlg alg)
    : state_(std::make_unique<State>(State{alg, Owned<EVP_MD_CTX>(EVP_MD_CTX_new())})) {
  CLAUSTRUM_CHECK(state_->context != nullptr);
  CLAUSTRUM_CHECK(EVP_DigestInit_ex2(state_->context.get(), evp_md(alg), nullptr) == 1);
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(BytesView data) {
  CLAUSTRUM_CHECK(state_ != nullptr);
  CLAUSTRUM_CHECK(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
  return *this;
}

Bytes Hasher::finish() {
  CLAUSTRUM_CHECK(state_ != nullptr);
  Bytes out(digest_len(state_->alg));
  unsigned length = 0;
  CLAUSTRUM_CHECK(EVP_DigestFinal_ex(state_->context.get(), out.data(), &length) == 1);
  CLAUSTRUM_CHECK(length == out.size());
  state_.reset();
  return out;
}

}  // namespace claustrum::crypto
