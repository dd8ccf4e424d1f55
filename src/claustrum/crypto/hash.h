// SPDX-License-Identifier: Apache-2.0
// SHA-2, one-shot and incremental.
#pragma once

#include <memory>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::crypto {

enum class HashAlg { kSha256, kSha384, kSha512 };
std::size_t digest_len(HashAlg alg);

using Sha256Digest = ByteArray<32>;
using Sha384Digest = ByteArray<48>;

Sha256Digest sha256(BytesView data);
Sha384Digest sha384(BytesView data);
ByteArray<64> sha512(BytesView data);
Bytes hash(HashAlg alg, BytesView data);

class Hasher {
 public:
  explicit Hasher(HashAlg alg);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher& update(BytesView data);
  Hasher& update(std::string_view text) { return update(as_bytes(text)); }
  // Ends the computation; the object must not be used afterwards.
  Bytes finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace claustrum::crypto
