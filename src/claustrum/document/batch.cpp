// SPDX-License-Identifier: Apache-2.0
// Many clients, one report [PROTOCOL 2]: RFC 9162 hashing over the nonces of one tick. A client
// that finds its own nonce under the root in T knows the report is not older than that nonce.
#include <algorithm>

#include "claustrum/document/binding.h"

namespace claustrum::document {

namespace {

using Hash = crypto::Sha256Digest;

Hash leaf_hash(const Nonce& nonce) {
  Bytes data = {0x00};
  append(data, nonce);
  return crypto::sha256(data);
}

Hash node_hash(const Hash& left, const Hash& right) {
  Bytes data = {0x01};
  append(data, left);
  append(data, right);
  return crypto::sha256(data);
}

}  // namespace

Batch make_batch(const std::vector<Nonce>& nonces) {
  CLAUSTRUM_CHECK(!nonces.empty() && nonces.size() <= kMaxBatch);
  Batch out;
  std::vector<Hash> level;
  for (const Nonce& nonce : nonces) {
    level.push_back(leaf_hash(nonce));
    out.proofs.push_back({nonces.size(), out.proofs.size(), {}});
  }
  // Level by level; a node without sibling moves up as it is, which is RFC 9162's tree.
  for (std::size_t shift = 0; level.size() > 1; ++shift) {
    for (BatchProof& proof : out.proofs) {
      const std::size_t sibling = (static_cast<std::size_t>(proof.index) >> shift) ^ 1U;
      if (sibling < level.size()) {
        proof.path.push_back(level[sibling]);
      }
    }
    std::vector<Hash> next;
    for (std::size_t i = 0; i < level.size(); i += 2) {
      next.push_back(i + 1 < level.size() ? node_hash(level[i], level[i + 1]) : level[i]);
    }
    level = std::move(next);
  }
  out.root = level.front();
  return out;
}

Result<Nonce> batch_root(const BatchProof& proof, const Nonce& nonce) {
  const Error wrong_length(Code::kMalformed, "document.batch",
                           "the inclusion path has not the length its index and size demand");
  if (proof.size == 0 || proof.size > kMaxBatch || proof.index >= proof.size) {
    return Error(Code::kMalformed, "document.batch", "size or index out of range");
  }
  // [RFC 9162 2.1.3.2]
  std::uint64_t node = proof.index;
  std::uint64_t last = proof.size - 1;
  Hash hash = leaf_hash(nonce);
  for (const Hash& sibling : proof.path) {
    if (last == 0) {
      return wrong_length;
    }
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) {
    return wrong_length;
  }
  return hash;
}

}  // namespace claustrum::document
