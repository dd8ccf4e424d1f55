// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/tlog_proof.h"

#include <gtest/gtest.h>

namespace claustrum::ledger {
namespace {

struct Scene {
  NoteSigner log{"example.com/key", crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)};
  MerkleTree tree;
  Bytes entry = to_bytes("entry 3");

  Scene() {
    for (int i = 0; i < 7; ++i) {
      tree.append(as_bytes("entry " + std::to_string(i)));
    }
  }
  TlogProof proof() const {
    return {3, tree.inclusion_proof(3, 7), log.sign(checkpoint_text({"origin", 7, tree.root()}))};
  }
  std::vector<NoteVerifier> keys() const { return {*NoteVerifier::parse(log.vkey())}; }
};

TEST(TlogProof, RoundTripsAndVerifies) {
  const Scene scene;
  const std::string text = serialize_tlog_proof(scene.proof());
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nindex 3\n"));
  const Result<TlogProof> proof = parse_tlog_proof(text);
  ASSERT_TRUE(proof.ok());
  EXPECT_EQ(serialize_tlog_proof(*proof), text);
  const auto proven = verify_tlog_proof(*proof, scene.entry, "origin", scene.keys());
  ASSERT_TRUE(proven.ok());
  EXPECT_EQ(proven->checkpoint.size, 7U);
}

TEST(TlogProof, CarriesExtraWordsThatProveNothing) {
  const Scene scene;
  TlogProof proof = scene.proof();
  for (const Bytes& extra : {Bytes(), to_bytes("words")}) {
    proof.extra = extra;
    const std::string text = serialize_tlog_proof(proof);
    const TlogProof parsed = parse_tlog_proof(text).value();
    EXPECT_EQ(parsed.extra, extra);
    EXPECT_EQ(serialize_tlog_proof(parsed), text);
    EXPECT_TRUE(verify_tlog_proof(parsed, scene.entry, "origin", scene.keys()).ok());
  }
}

TEST(TlogProof, RefusesAWrongSignature) {
  const Scene scene;
  TlogProof proof = scene.proof();
  proof.checkpoint.replace(proof.checkpoint.find("\n7\n"), 3, "\n8\n");
  const auto refused = verify_tlog_proof(proof, scene.entry, "origin", scene.keys());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "note.signature");
}

TEST(TlogProof, RefusesAnotherIndex) {
  const Scene scene;
  for (std::uint64_t index = 0; index < 9; ++index) {
    TlogProof proof = scene.proof();
    proof.index = index;
    EXPECT_EQ(verify_tlog_proof(proof, scene.entry, "origin", scene.keys()).ok(), index == 3);
  }
}

TEST(TlogProof, RefusesAnotherEntry) {
  const Scene scene;
  const auto refused =
      verify_tlog_proof(scene.proof(), as_bytes("entry 4"), "origin", scene.keys());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "ledger.inclusion");
}

TEST(TlogProof, RefusesAnotherLogOfTheSameKey) {
  const Scene scene;
  const auto refused = verify_tlog_proof(scene.proof(), scene.entry, "elsewhere", scene.keys());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "tlog_proof.origin");
}

TEST(TlogProof, RefusesAnUnsignedCheckpoint) {
  const Scene scene;
  const auto refused = verify_tlog_proof(scene.proof(), scene.entry, "origin", {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason(), "note.unsigned");
}

TEST(TlogProof, EveryCutAndEveryChangedByteIsRefused) {
  const Scene scene;
  const std::string text = serialize_tlog_proof(scene.proof());
  const auto accepted = [&](std::string_view candidate) {
    const Result<TlogProof> proof = parse_tlog_proof(candidate);
    return proof.ok() && verify_tlog_proof(*proof, scene.entry, "origin", scene.keys()).ok();
  };
  ASSERT_TRUE(accepted(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(accepted(std::string_view(text).substr(0, i))) << i;
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(accepted(changed)) << i;
  }
}

TEST(TlogProof, RefusesOtherSpellings) {
  for (const char* text :
       {"", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex \n\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx\n",
        "c2sp.org/tlog-proof@v1\nextra AAA\nindex 1\n\nx\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 1\n\nx\n",
        "c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\nx\n",
        "c2sp.org/tlog-proof@v1\nextra AAAA\n", "c2sp.org/tlog-proof@v1\nindex +1\n\nx\n",
        "c2sp.org/tlog-proof@v2\nindex 1\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\n\n"}) {
    const auto proof = parse_tlog_proof(text);
    ASSERT_FALSE(proof.ok()) << text;
    EXPECT_EQ(proof.error().reason(), "tlog_proof.malformed");
  }
}

}  // namespace
}  // namespace claustrum::ledger
