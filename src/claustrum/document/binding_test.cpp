// SPDX-License-Identifier: Apache-2.0
// The vectors of docs/formats/evidence-document.md are read from the page itself: page and code
// cannot drift.
#include "claustrum/document/binding.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "claustrum/codec/hex.h"

namespace claustrum::document {
namespace {

Nonce nonce_of(std::string_view hex) {
  return to_array<32>(codec::hex_decode(hex).value());
}

Nonce nonce_of(std::uint8_t value) {
  Nonce out;
  out.fill(value);
  return out;
}

struct Vector {
  std::vector<std::string> words;
  std::string first;
  std::string second;
};

std::vector<Vector> page_vectors() {
  std::ifstream file(std::string(CLAUSTRUM_SOURCE_DIR) + "/docs/formats/evidence-document.md");
  std::string line;
  while (std::getline(file, line) && line != "<!-- vectors: document -->") {
  }
  std::getline(file, line);  // ```text
  std::vector<Vector> out;
  while (std::getline(file, line) && line != "```") {
    if (line.starts_with("  ")) {
      std::string& place = out.back().first.empty() ? out.back().first : out.back().second;
      place = line.substr(2);
      continue;
    }
    out.emplace_back();
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      out.back().words.push_back(word);
    }
  }
  return out;
}

std::optional<BytesView> section(const std::string& text) {
  return text == "-" ? std::nullopt : std::optional<BytesView>(as_bytes(text));
}

void check_binding(const Vector& vector) {
  ASSERT_EQ(vector.words.size(), 9U);
  Sections sections;
  sections.init_data = section(vector.words[3]);
  sections.keys = section(vector.words[4]);
  sections.devices = section(vector.words[5]);
  sections.software = section(vector.words[6]);
  sections.model = section(vector.words[7]);
  sections.room = section(vector.words[8]);
  const Nonce nonce = nonce_of(vector.words[2]);
  EXPECT_EQ(codec::hex_encode(binding_digest(vector.words[1], nonce, sections)), vector.first);
  EXPECT_EQ(codec::hex_encode(report_data(vector.words[1], nonce, sections)), vector.second);
}

void check_batch(const Vector& vector) {
  const std::size_t size = std::stoul(vector.words[1]);
  const std::size_t index = std::stoul(vector.words[2]);
  std::vector<Nonce> nonces;
  for (std::size_t i = 0; i < size; ++i) {
    nonces.push_back(nonce_of(static_cast<std::uint8_t>(i)));
  }
  const Batch batch = make_batch(nonces);
  std::string path;
  for (const crypto::Sha256Digest& hash : batch.proofs[index].path) {
    path += (path.empty() ? "" : " ") + codec::hex_encode(hash);
  }
  EXPECT_EQ(path.empty() ? "-" : path, vector.first);
  EXPECT_EQ(codec::hex_encode(batch.root), vector.second);
}

TEST(Binding, AgreesWithEveryVectorOfThePage) {
  std::set<std::string> kinds;
  for (const Vector& vector : page_vectors()) {
    kinds.insert(vector.words[0]);
    if (vector.words[0] == "binding") {
      check_binding(vector);
    } else if (vector.words[0] == "device") {
      EXPECT_EQ(
          codec::hex_encode(device_nonce(nonce_of(vector.words[1]), as_bytes(vector.words[2]))),
          vector.first);
    } else if (vector.words[0] == "batch") {
      check_batch(vector);
    } else {
      FAIL() << vector.words[0];
    }
  }
  EXPECT_EQ(kinds.size(), 3U);
}

TEST(Binding, EveryInputChangesIt) {
  const Bytes a = {'a'};
  const Bytes b = {'b'};
  Sections sections;
  sections.init_data = a;
  sections.keys = a;
  std::set<std::string> seen;
  const auto note = [&seen](const auto& value) {
    EXPECT_TRUE(seen.insert(codec::hex_encode(value)).second);
  };
  note(report_data("serve", nonce_of(0), sections));
  note(report_data("broker", nonce_of(0), sections));
  note(report_data("serve", nonce_of(1), sections));
  for (auto member : {&Sections::init_data, &Sections::keys, &Sections::devices,
                      &Sections::software, &Sections::model, &Sections::room}) {
    Sections changed = sections;
    changed.*member = BytesView(b);
    note(report_data("serve", nonce_of(0), changed));
    changed.*member = BytesView();  // empty is not absent
    note(report_data("serve", nonce_of(0), changed));
    if (sections.*member) {
      changed.*member = std::nullopt;
      note(report_data("serve", nonce_of(0), changed));
    }
  }
}

TEST(Binding, RolesAreShortPlainWords) {
  EXPECT_TRUE(is_role("serve"));
  EXPECT_FALSE(is_role(""));
  EXPECT_FALSE(is_role("Serve"));
  EXPECT_FALSE(is_role(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_role(std::string(33, 'a')));
}

TEST(Batch, EveryClientFindsItsNonceUnderTheRoot) {
  for (std::size_t size = 1; size <= 40; ++size) {
    std::vector<Nonce> nonces;
    for (std::size_t i = 0; i < size; ++i) {
      nonces.push_back(nonce_of(static_cast<std::uint8_t>(i + 1)));
    }
    const Batch batch = make_batch(nonces);
    ASSERT_EQ(batch.proofs.size(), size);
    for (std::size_t i = 0; i < size; ++i) {
      const auto root = batch_root(batch.proofs[i], nonces[i]);
      ASSERT_TRUE(root.ok());
      EXPECT_EQ(*root, batch.root);
      const auto other = batch_root(batch.proofs[i], nonce_of(0));
      EXPECT_NE(*other, batch.root);
    }
  }
}

TEST(Batch, RefusesPathsOfAnotherLength) {
  std::vector<Nonce> nonces;
  for (std::uint8_t i = 0; i < 11; ++i) {
    nonces.push_back(nonce_of(i));
  }
  const Batch batch = make_batch(nonces);
  for (std::size_t i = 0; i < nonces.size(); ++i) {
    BatchProof longer = batch.proofs[i];
    longer.path.push_back(longer.path.front());
    EXPECT_EQ(batch_root(longer, nonces[i]).error().reason(), "document.batch");
    BatchProof shorter = batch.proofs[i];
    shorter.path.pop_back();
    EXPECT_EQ(batch_root(shorter, nonces[i]).error().reason(), "document.batch");
  }
  EXPECT_FALSE(batch_root({0, 0, {}}, nonces[0]).ok());
  EXPECT_FALSE(batch_root({1, 1, {}}, nonces[0]).ok());
  EXPECT_FALSE(batch_root({kMaxBatch + 1, 0, {}}, nonces[0]).ok());
}

// A leaf's hash cannot be taken for a node's: the tree's inner values are no client's nonce.
TEST(Batch, ANodeIsNoLeaf) {
  const Batch batch = make_batch({nonce_of(1), nonce_of(2)});
  const auto root = batch_root({1, 0, {}}, batch.root);
  ASSERT_TRUE(root.ok());
  EXPECT_NE(*root, batch.root);
}

}  // namespace
}  // namespace claustrum::document
