// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/merkle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "claustrum/crypto/test_vectors.h"

namespace claustrum::ledger {
namespace {

using codec::Json;

MerkleTree tree_of(std::uint64_t size) {
  MerkleTree tree;
  for (std::uint64_t i = 0; i < size; ++i) {
    tree.append(as_bytes("entry " + std::to_string(i)));
  }
  return tree;
}

Hash leaf(std::uint64_t i) {
  return leaf_hash(as_bytes("entry " + std::to_string(i)));
}

TEST(Merkle, EveryInclusionProofVerifiesAndNoOtherLeafDoes) {
  const MerkleTree tree = tree_of(33);
  for (std::uint64_t size = 1; size <= tree.size(); ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const std::vector<Hash> proof = tree.inclusion_proof(index, size);
      EXPECT_TRUE(verify_inclusion(index, size, leaf(index), proof, tree.root_at(size)).ok());
      const Status other =
          verify_inclusion(index, size, leaf(index + 1), proof, tree.root_at(size));
      ASSERT_FALSE(other.ok());
      EXPECT_EQ(other.error().code(), Code::kMismatch);
      EXPECT_EQ(other.error().reason(), "ledger.inclusion");
    }
  }
}

TEST(Merkle, ProofsHaveExactlyTheirLength) {
  const MerkleTree tree = tree_of(11);
  std::vector<Hash> proof = tree.inclusion_proof(4, 11);
  proof.push_back(Hash{});
  EXPECT_EQ(verify_inclusion(4, 11, leaf(4), proof, tree.root()).error().code(), Code::kMalformed);
  proof.resize(proof.size() - 2);
  EXPECT_EQ(verify_inclusion(4, 11, leaf(4), proof, tree.root()).error().code(), Code::kMalformed);
  EXPECT_EQ(verify_inclusion(11, 11, leaf(4), {}, tree.root()).error().code(), Code::kMalformed);
  EXPECT_EQ(verify_inclusion(0, 0, leaf(0), {}, tree.root()).error().code(), Code::kMalformed);
}

TEST(Merkle, EveryConsistencyProofVerifies) {
  const MerkleTree tree = tree_of(33);
  for (std::uint64_t size = 1; size <= tree.size(); ++size) {
    for (std::uint64_t old_size = 1; old_size <= size; ++old_size) {
      const std::vector<Hash> proof = tree.consistency_proof(old_size, size);
      EXPECT_TRUE(
          verify_consistency(old_size, size, tree.root_at(old_size), tree.root_at(size), proof)
              .ok())
          << old_size << " to " << size;
    }
  }
}

TEST(Merkle, ARewrittenLogIsInconsistent) {
  const MerkleTree tree = tree_of(13);
  const std::vector<Hash> proof = tree.consistency_proof(6, 13);
  const Hash wrong = leaf(99);
  const auto code = [&](const Hash& old_root, const Hash& root) {
    return verify_consistency(6, 13, old_root, root, proof).error().code();
  };
  EXPECT_EQ(code(wrong, tree.root()), Code::kMismatch);
  EXPECT_EQ(code(tree.root_at(6), wrong), Code::kMismatch);
  EXPECT_EQ(verify_consistency(13, 13, tree.root(), wrong, {}).error().code(), Code::kMismatch);
  EXPECT_EQ(verify_consistency(0, 13, wrong, tree.root(), {}).error().code(), Code::kMalformed);
  EXPECT_EQ(verify_consistency(6, 13, tree.root_at(6), tree.root(), {}).error().code(),
            Code::kMalformed);
}

TEST(Merkle, AnEmptyTreeHasTheHashOfNothing) {
  EXPECT_EQ(MerkleTree().root(), crypto::sha256({}));
}

TEST(MerkleVectors, ReferenceTree) {
  const auto file = crypto::shared_json("vectors/transparency/rfc6962-reference-tree.json");
  if (!file) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  MerkleTree tree;
  for (const Json& input : file->find("leaf_inputs_hex")->items()) {
    tree.append(codec::hex_decode(input.string()).value());
  }
  const Json::Array& levels = file->find("node_hashes_by_level")->items();
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(codec::hex_encode(tree.inclusion_proof(i ^ 1U, 8).front()),
              levels[0].items()[i].string());
  }
  EXPECT_EQ(codec::hex_encode(tree.root()), levels.back().items().front().string());
}

// Each case file of a folder. A hash that is not 32 bytes cannot be held by our types: such a case
// counts as refused, also in the one file that wants two equal texts of 12 bytes accepted.
template <typename Check>
void each_case(const char* folder, Check check) {
  namespace fs = std::filesystem;
  const std::string root = crypto::shared_path(folder);
  if (!fs::is_directory(root)) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  int count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") {
      continue;
    }
    const auto json =
        crypto::shared_json(fs::relative(entry.path(), crypto::shared_path("")).string());
    const bool unheld = entry.path().stem() == "sizes-are-equal-one-and-proof-is-empty";
    EXPECT_EQ(check(*json), !unheld && !json->find("wantErr")->boolean()) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 90);
}

std::optional<Hash> hash_of(const Json* text) {
  if (text == nullptr || !text->is_string()) {
    return std::nullopt;
  }
  const Result<Bytes> bytes = codec::base64_decode(text->string());
  return bytes.ok() && bytes->size() == 32 ? std::optional(to_array<32>(*bytes)) : std::nullopt;
}

std::optional<std::vector<Hash>> path_of(const Json& file) {
  std::vector<Hash> out;
  const Json* proof = file.find("proof");
  for (const Json& item : proof == nullptr || proof->is_null() ? Json::Array() : proof->items()) {
    const std::optional<Hash> hash = hash_of(&item);
    if (!hash) {
      return std::nullopt;
    }
    out.push_back(*hash);
  }
  return out;
}

std::optional<std::uint64_t> number(const Json& file, std::string_view key) {
  const Json* value = file.find(key);
  if (value == nullptr || !value->is_integer() || value->integer() < 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(value->integer());
}

TEST(MerkleVectors, Inclusion) {
  each_case("vectors/transparency/merkle-inclusion", [](const Json& file) {
    const auto index = number(file, "leafIdx");
    const auto size = number(file, "treeSize");
    const auto leaf_value = hash_of(file.find("leafHash"));
    const auto root = hash_of(file.find("root"));
    const auto path = path_of(file);
    return index && size && leaf_value && root && path &&
           verify_inclusion(*index, *size, *leaf_value, *path, *root).ok();
  });
}

TEST(MerkleVectors, Consistency) {
  each_case("vectors/transparency/merkle-consistency", [](const Json& file) {
    const auto old_size = number(file, "size1");
    const auto size = number(file, "size2");
    const auto old_root = hash_of(file.find("root1"));
    const auto root = hash_of(file.find("root2"));
    const auto path = path_of(file);
    return old_size && size && old_root && root && path &&
           verify_consistency(*old_size, *size, *old_root, *root, *path).ok();
  });
}

}  // namespace
}  // namespace claustrum::ledger
