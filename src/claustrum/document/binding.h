// SPDX-License-Identifier: Apache-2.0
// The evidence binding [PROTOCOL 2, docs/formats/evidence-document.md]: what the hardware signs
// besides its own claims. A section that is dropped, swapped or changed changes T; the tag keeps
// our report data apart from everybody else's.
#pragma once

#include <optional>

#include "claustrum/crypto/hash.h"

namespace claustrum::document {

using Nonce = ByteArray<32>;
inline constexpr std::size_t kMaxBatch = 4096;

// The hashed sections, as sent. Absent is not the same as empty.
struct Sections {
  std::optional<BytesView> init_data;
  std::optional<BytesView> keys;
  std::optional<BytesView> devices;
  std::optional<BytesView> software;
  std::optional<BytesView> model;
  std::optional<BytesView> room;
};

// 1..32 of a-z, 0-9 and '-'.
bool is_role(std::string_view role);
// SHA-384(T). `role` must be a role (checked bug).
crypto::Sha384Digest binding_digest(std::string_view role, const Nonce& nonce,
                                    const Sections& sections);
// "claustrum/1", five zero bytes, SHA-384(T).
ByteArray<64> report_data(std::string_view role, const Nonce& nonce, const Sections& sections);
// What devices (GPUs) are challenged with.
ByteArray<32> device_nonce(const Nonce& nonce, BytesView keys);

// One report for many clients: the nonce in T is the root of an RFC 9162 tree over their nonces.
struct BatchProof {
  std::uint64_t size = 0;
  std::uint64_t index = 0;
  std::vector<crypto::Sha256Digest> path;
  bool operator==(const BatchProof&) const = default;
};

struct Batch {
  Nonce root{};
  std::vector<BatchProof> proofs;  // one a nonce, in order
};

// At least one and at most kMaxBatch nonces (checked bug).
Batch make_batch(const std::vector<Nonce>& nonces);
// The root that `nonce` as leaf `index` leads to; malformed "document.batch" when the path has not
// the length RFC 9162 2.1.3.2 demands. Equality with the root in T is what proves inclusion.
Result<Nonce> batch_root(const BatchProof& proof, const Nonce& nonce);

}  // namespace claustrum::document
