// SPDX-License-Identifier: Apache-2.0
// The append-only Merkle tree of RFC 9162 section 2.1 (as in RFC 6962) over SHA-256. Proofs are
// checked over hashes of exactly 32 bytes; a proof with a hash too many or too few never verifies.
#pragma once

#include <vector>

#include "claustrum/base/result.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::ledger {

using Hash = crypto::Sha256Digest;

Hash leaf_hash(BytesView entry);                      // H(00 || entry)
Hash node_hash(const Hash& left, const Hash& right);  // H(01 || left || right)

class MerkleTree {
 public:
  void append(BytesView entry) { append_leaf(leaf_hash(entry)); }
  void append_leaf(const Hash& leaf);
  std::uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  Hash root() const { return root_at(size()); }
  // Root of the first `size` leaves (checked: size <= size()). Of none: H("").
  Hash root_at(std::uint64_t size) const;
  // Hashes from leaf to root; index < size <= size() (checked).
  std::vector<Hash> inclusion_proof(std::uint64_t index, std::uint64_t size) const;
  // From `old_size` to `size`; 0 < old_size <= size <= size() (checked).
  std::vector<Hash> consistency_proof(std::uint64_t old_size, std::uint64_t size) const;

 private:
  Hash range_root(std::uint64_t begin, std::uint64_t end) const;
  void range_path(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                  std::vector<Hash>& out) const;
  void range_consistency(std::uint64_t old_size, std::uint64_t begin, std::uint64_t end, bool whole,
                         std::vector<Hash>& out) const;
  // levels_[k][i] is the root of leaves [i * 2^k, (i + 1) * 2^k): full subtrees, made once.
  std::vector<std::vector<Hash>> levels_;
};

// The root that an inclusion path leads to. malformed "ledger.inclusion" when index >= size or the
// path has not exactly the length that they demand.
Result<Hash> inclusion_root(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                            const std::vector<Hash>& path);
// mismatch "ledger.inclusion" when that root is another one.
Status verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                        const std::vector<Hash>& path, const Hash& root);
// Is the tree of `size` with `root` an extension of the one of `old_size` with `old_root`?
// malformed or mismatch "ledger.consistency". old_size 0 is malformed: an empty tree proves
// nothing.
Status verify_consistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                          const Hash& root, const std::vector<Hash>& path);

}  // namespace claustrum::ledger
