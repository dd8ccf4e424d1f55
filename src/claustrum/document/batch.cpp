// SPDX-License-Identifier: Apache-2.0
// Many clients, one report [PROTOCOL 2]: the tree of RFC 9162 over the nonces of one tick. A client
// that finds its own nonce under the root in T knows the report is not older than that nonce.
#include "claustrum/document/binding.h"
#include "claustrum/ledger/merkle.h"

namespace claustrum::document {

Batch make_batch(const std::vector<Nonce>& nonces) {
  CLAUSTRUM_CHECK(!nonces.empty() && nonces.size() <= kMaxBatch);
  ledger::MerkleTree tree;
  for (const Nonce& nonce : nonces) {
    tree.append(nonce);
  }
  Batch out;
  out.root = tree.root();
  for (std::uint64_t index = 0; index < tree.size(); ++index) {
    out.proofs.push_back({tree.size(), index, tree.inclusion_proof(index, tree.size())});
  }
  return out;
}

Result<Nonce> batch_root(const BatchProof& proof, const Nonce& nonce) {
  const auto root =
      proof.size > kMaxBatch
          ? Result<ledger::Hash>(Error(Code::kMalformed, "document.batch"))
          : ledger::inclusion_root(proof.index, proof.size, ledger::leaf_hash(nonce), proof.path);
  if (!root.ok()) {
    return Error(Code::kMalformed, "document.batch",
                 "size, index and inclusion path do not belong together");
  }
  return *root;
}

}  // namespace claustrum::document
