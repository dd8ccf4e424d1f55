// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/merkle.h"

#include <bit>

#include "claustrum/base/guard.h"

namespace claustrum::ledger {

namespace {

// Largest power of two strictly below n; n >= 2.
std::uint64_t split(std::uint64_t n) {
  return std::bit_floor(n - 1);
}

Error bad_consistency(Code code, const char* text) {
  return Error(code, "ledger.consistency", text);
}

}  // namespace

Hash leaf_hash(BytesView entry) {
  const ByteArray<1> prefix = {0};
  return to_array<32>(
      crypto::Hasher(crypto::HashAlg::kSha256).update(prefix).update(entry).finish());
}

Hash node_hash(const Hash& left, const Hash& right) {
  const ByteArray<1> prefix = {1};
  return to_array<32>(
      crypto::Hasher(crypto::HashAlg::kSha256).update(prefix).update(left).update(right).finish());
}

void MerkleTree::append_leaf(const Hash& leaf) {
  Hash hash = leaf;
  std::uint64_t count = size() + 1;
  for (std::size_t level = 0;; ++level, count /= 2) {
    if (level == levels_.size()) {
      levels_.emplace_back();
    }
    levels_[level].push_back(hash);
    if (count % 2 != 0) {
      return;
    }
    const std::vector<Hash>& row = levels_[level];
    hash = node_hash(row[row.size() - 2], row[row.size() - 1]);
  }
}

// Ranges always begin at a multiple of their splitting power, so full ones are in levels_.
Hash MerkleTree::range_root(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t length = end - begin;
  if (std::has_single_bit(length)) {
    const auto level = static_cast<std::size_t>(std::countr_zero(length));
    return levels_[level][begin >> level];
  }
  const std::uint64_t middle = begin + split(length);
  return node_hash(range_root(begin, middle), range_root(middle, end));
}

Hash MerkleTree::root_at(std::uint64_t size) const {
  CLAUSTRUM_CHECK(size <= this->size());
  return size == 0 ? crypto::sha256({}) : range_root(0, size);
}

void MerkleTree::range_path(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                            std::vector<Hash>& out) const {
  if (end - begin == 1) {
    return;
  }
  const std::uint64_t middle = begin + split(end - begin);
  if (index < middle) {
    range_path(index, begin, middle, out);
    out.push_back(range_root(middle, end));
  } else {
    range_path(index, middle, end, out);
    out.push_back(range_root(begin, middle));
  }
}

std::vector<Hash> MerkleTree::inclusion_proof(std::uint64_t index, std::uint64_t size) const {
  CLAUSTRUM_CHECK(index < size && size <= this->size());
  std::vector<Hash> out;
  range_path(index, 0, size, out);
  return out;
}

void MerkleTree::range_consistency(std::uint64_t old_size, std::uint64_t begin, std::uint64_t end,
                                   bool whole, std::vector<Hash>& out) const {
  if (old_size == end) {
    if (!whole) {
      out.push_back(range_root(begin, end));
    }
    return;
  }
  const std::uint64_t middle = begin + split(end - begin);
  if (old_size <= middle) {
    range_consistency(old_size, begin, middle, whole, out);
    out.push_back(range_root(middle, end));
  } else {
    range_consistency(old_size, middle, end, false, out);
    out.push_back(range_root(begin, middle));
  }
}

std::vector<Hash> MerkleTree::consistency_proof(std::uint64_t old_size, std::uint64_t size) const {
  CLAUSTRUM_CHECK(old_size > 0 && old_size <= size && size <= this->size());
  std::vector<Hash> out;
  range_consistency(old_size, 0, size, true, out);
  return out;
}

// [RFC 9162 2.1.3.2]
Result<Hash> inclusion_root(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                            const std::vector<Hash>& path) {
  const Error malformed(Code::kMalformed, "ledger.inclusion",
                        "not a proof for this index and size");
  if (index >= size) {
    return malformed;
  }
  std::uint64_t fn = index;
  std::uint64_t sn = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : path) {
    if (sn == 0) {
      return malformed;
    }
    if (fn % 2 == 1 || fn == sn) {
      hash = node_hash(sibling, hash);
      while (fn % 2 == 0 && fn != 0) {
        fn /= 2;
        sn /= 2;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    fn /= 2;
    sn /= 2;
  }
  if (sn != 0) {
    return malformed;
  }
  return hash;
}

Status verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                        const std::vector<Hash>& path, const Hash& root) {
  CLAUSTRUM_TRY_ASSIGN(const Hash found, inclusion_root(index, size, leaf, path));
  if (!CLAUSTRUM_GUARD("ledger.inclusion_root", found == root)) {
    return Error(Code::kMismatch, "ledger.inclusion", "the proof leads to another root");
  }
  return ok_status();
}

// [RFC 9162 2.1.4.2]
Status verify_consistency(std::uint64_t old_size, std::uint64_t size, const Hash& old_root,
                          const Hash& root, const std::vector<Hash>& path) {
  if (old_size == 0 || old_size > size) {
    return bad_consistency(Code::kMalformed, "sizes");
  }
  if (old_size == size) {
    if (!path.empty()) {
      return bad_consistency(Code::kMalformed, "equal sizes need no path");
    }
    if (!CLAUSTRUM_GUARD("ledger.consistency_equal", old_root == root)) {
      return bad_consistency(Code::kMismatch, "two roots for one size");
    }
    return ok_status();
  }
  std::vector<Hash> hashes = path;
  if (std::has_single_bit(old_size)) {
    hashes.insert(hashes.begin(), old_root);
  }
  if (hashes.empty()) {
    return bad_consistency(Code::kMalformed, "empty path");
  }
  std::uint64_t fn = old_size - 1;
  std::uint64_t sn = size - 1;
  while (fn % 2 == 1) {
    fn /= 2;
    sn /= 2;
  }
  Hash old_found = hashes.front();
  Hash found = hashes.front();
  for (std::size_t i = 1; i < hashes.size(); ++i) {
    if (sn == 0) {
      return bad_consistency(Code::kMalformed, "path too long");
    }
    if (fn % 2 == 1 || fn == sn) {
      old_found = node_hash(hashes[i], old_found);
      found = node_hash(hashes[i], found);
      while (fn % 2 == 0 && fn != 0) {
        fn /= 2;
        sn /= 2;
      }
    } else {
      found = node_hash(found, hashes[i]);
    }
    fn /= 2;
    sn /= 2;
  }
  if (sn != 0) {
    return bad_consistency(Code::kMalformed, "path too short");
  }
  if (!CLAUSTRUM_GUARD("ledger.consistency_old", old_found == old_root) ||
      !CLAUSTRUM_GUARD("ledger.consistency_new", found == root)) {
    return bad_consistency(Code::kMismatch,
                           "the log was rewritten, or the proof is of another one");
  }
  return ok_status();
}

}  // namespace claustrum::ledger
