// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/note.h"

#include <gtest/gtest.h>

#include "claustrum/crypto/test_vectors.h"

namespace claustrum::ledger {
namespace {

using codec::Json;
using crypto::KeyKind;
using crypto::PrivateKey;

NoteSigner signer(const char* name) {
  return {name, PrivateKey::generate(KeyKind::kEd25519)};
}

NoteVerifier verifier_of(const NoteSigner& signer) {
  return *NoteVerifier::parse(signer.vkey());
}

TEST(Note, SignsAndVerifies) {
  const NoteSigner log = signer("example.com/log");
  const Result<Note> note = parse_note(log.sign("two\n\nlines\n"));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->text, "two\n\nlines\n");
  EXPECT_EQ(*verify_note(*note, {verifier_of(log)}), std::vector<std::string>{"example.com/log"});
}

TEST(Note, OnlyKnownKeysCount) {
  const NoteSigner log = signer("example.com/log");
  const NoteSigner other = signer("example.com/other");
  const Note note = *parse_note(log.sign("text\n"));
  EXPECT_EQ(verify_note(note, {verifier_of(other)}).error().reason(), "note.unsigned");
  EXPECT_EQ(verify_note(note, {}).error().reason(), "note.unsigned");
  // The same name with another key is another key.
  EXPECT_EQ(verify_note(note, {verifier_of(signer("example.com/log"))}).error().reason(),
            "note.unsigned");
}

TEST(Note, AKnownKeysWrongSignatureRefusesTheNote) {
  const NoteSigner log = signer("example.com/log");
  Note note = *parse_note(log.sign("text\n"));
  note.text = "texd\n";
  const auto refused = verify_note(note, {verifier_of(log)});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kBadSignature);
  EXPECT_EQ(refused.error().reason(), "note.signature");
}

TEST(Note, EveryCutAndEveryChangedByteIsRefused) {
  const NoteSigner log = signer("l");
  const std::string text = log.sign(checkpoint_text({"origin", 7, leaf_hash({})}));
  const std::vector<NoteVerifier> known = {verifier_of(log)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto cut = parse_note(std::string_view(text).substr(0, i));
    EXPECT_FALSE(cut.ok() && verify_note(*cut, known).ok()) << i;
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto note = parse_note(changed);
    EXPECT_FALSE(note.ok() && verify_note(*note, known).ok()) << i;
  }
}

TEST(Note, RefusesWhatIsNoNote) {
  for (const char* text :
       {"", "\n", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n\xe2\x80\x94 name\n",
        "text\n\n\xe2\x80\x94 name AAAA\n", "te\rxt\n\n\xe2\x80\x94 name AAAAAAA=\n"}) {
    const auto note = parse_note(text);
    ASSERT_FALSE(note.ok()) << text;
    EXPECT_EQ(note.error().reason(), "note.malformed");
  }
}

TEST(Note, RefusesTextThatIsNotUtf8) {
  const NoteSigner log = signer("l");
  for (const char* text : {"\xff\n", "\xc0\xaf\n", "\xed\xa0\x80\n"}) {
    const auto note = parse_note(log.sign(text));
    ASSERT_FALSE(note.ok());
    EXPECT_EQ(note.error().reason(), "note.malformed");
  }
  EXPECT_TRUE(parse_note(log.sign("\xc3\xa8 subito sera\n")).ok());
}

TEST(Note, RefusesNamesWithSpacesOfAnyKind) {
  const std::string vkey = signer("name").vkey();
  const std::string tail = vkey.substr(vkey.find('+'));
  for (const std::string& name :
       {std::string("a b"), std::string("a\xc2\xa0") + "b", std::string("a\xe2\x80\x83") + "b",
        std::string("a\x01"), std::string("a+b"), std::string("\xff"), std::string(257, 'a'),
        std::string()}) {
    EXPECT_EQ(NoteVerifier::parse(name + tail).error().reason(), "note.vkey");
    EXPECT_EQ(check_note_name(name).error().reason(), "note.name");
    EXPECT_FALSE(parse_note("t\n\n\xe2\x80\x94 " + name + " AAAAAAA=\n").ok()) << name;
  }
}

TEST(Note, TakesNamesOfOneWord) {
  EXPECT_TRUE(check_note_name("log.example/2026").ok());
  EXPECT_TRUE(check_note_name(std::string(256, 'a')).ok());
}

TEST(Note, BoundsSizeAndSignatures) {
  const NoteSigner log = signer("l");
  std::string note = log.sign("t\n");
  const std::string line = note.substr(note.rfind("\n\n") + 2);
  for (int i = 0; i < 40; ++i) {
    note += line;
  }
  EXPECT_EQ(parse_note(note).error().reason(), "note.signatures");
  EXPECT_EQ(parse_note(std::string(kMaxNoteLen + 1, 'x')).error().reason(), "note.size");
}

TEST(Note, VerifierKeysAreChecked) {
  const std::string vkey = signer("name").vkey();
  EXPECT_TRUE(NoteVerifier::parse(vkey).ok());
  EXPECT_EQ(NoteVerifier::parse("").error().reason(), "note.vkey");
  EXPECT_EQ(NoteVerifier::parse("x" + vkey).error().reason(),
            "note.vkey");  // key id of another name
  EXPECT_EQ(NoteVerifier::parse(vkey.substr(0, vkey.size() - 4)).error().reason(), "note.vkey");
}

TEST(Note, AVerifierKeyHasOneSpelling) {
  // An id with a letter in it, so that the case can change.
  std::string vkey;
  std::size_t letter = std::string::npos;
  while (letter >= 13) {
    vkey = signer("name").vkey();
    letter = vkey.find_first_of("abcdef", 5);
  }
  vkey[letter] = static_cast<char>(vkey[letter] - 'a' + 'A');
  EXPECT_EQ(NoteVerifier::parse(vkey).error().reason(), "note.vkey");
}

TEST(Note, RefusesKeysOfAnotherType) {
  const std::string vkey = signer("name").vkey();
  Bytes typed = codec::base64_decode(vkey.substr(vkey.find('+', 5) + 1)).value();
  typed[0] = 4;  // a witness's key is no log's
  const auto other = NoteVerifier::parse("name+00000000+" + codec::base64_encode(typed));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code(), Code::kUnsupported);
  EXPECT_EQ(other.error().reason(), "note.key_type");
}

TEST(Checkpoint, RoundTrips) {
  const Checkpoint checkpoint{"example.com/log", 42, leaf_hash(as_bytes("x"))};
  EXPECT_EQ(*parse_checkpoint(checkpoint_text(checkpoint)), checkpoint);
}

TEST(Checkpoint, RefusesOtherSpellings) {
  const std::string root = codec::base64_encode(leaf_hash({}));
  const std::vector<std::string> texts = {"",
                                          "o\n1\n" + root,
                                          "o\n01\n" + root + "\n",
                                          "o\n-1\n" + root + "\n",
                                          "o\n\n" + root + "\n",
                                          "\n1\n" + root + "\n",
                                          "o\n1\nAAAA\n",
                                          "o\n1\n" + root + "\nmore\n",
                                          "o\n99999999999999999999\n" + root + "\n"};
  for (const std::string& text : texts) {
    const auto checkpoint = parse_checkpoint(text);
    ASSERT_FALSE(checkpoint.ok()) << text;
    EXPECT_EQ(checkpoint.error().reason(), "checkpoint.malformed");
  }
}

TEST(NoteVectors, C2spAndGoModuleNotes) {
  const auto c2sp = crypto::shared_json("vectors/transparency/c2sp-notes.json");
  const auto go = crypto::shared_json("vectors/transparency/signed-note-go-mod.json");
  if (!c2sp || !go) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  const Json& example = *c2sp->find("signed_note");
  const Note note = parse_note(example.find("note")->string()).value();
  EXPECT_TRUE(verify_note(note, {*NoteVerifier::parse(example.find("vkey")->string())}).ok());
  const Json& keys = *go->find("vkeys");
  const Json& lines = *go->find("sig_lines");
  const Note both =
      parse_note(go->find("text")->string() + "\n" + lines.find("PeterNeumann")->string() +
                 lines.find("EnochRoot")->string())
          .value();
  EXPECT_EQ(verify_note(both, {*NoteVerifier::parse(keys.find("PeterNeumann")->string()),
                               *NoteVerifier::parse(keys.find("EnochRoot")->string())})
                ->size(),
            2U);
  for (const Json& bad : go->find("bad_vkeys")->items()) {
    EXPECT_FALSE(NoteVerifier::parse(bad.string()).ok());
  }
}

TEST(NoteVectors, SignsAsOthersDo) {
  const auto go = crypto::shared_json("vectors/transparency/signed-note-go-mod.json");
  if (!go) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  // "PRIVATE+KEY+name+id+base64(type || seed)"; base64 may hold a plus too.
  const std::string& secret = go->find("skey_test_only_PeterNeumann")->string();
  const std::string_view prefix = "PRIVATE+KEY+PeterNeumann+c74f20a3+";
  ASSERT_TRUE(secret.starts_with(prefix));
  const Bytes typed = codec::base64_decode(secret.substr(prefix.size())).value();
  const NoteSigner log(
      "PeterNeumann", PrivateKey::from_raw(KeyKind::kEd25519, BytesView(typed).subspan(1)).value());
  EXPECT_EQ(log.vkey(), go->find("vkeys")->find("PeterNeumann")->string());
  const std::string& text = go->find("text")->string();
  EXPECT_EQ(log.sign(text), text + "\n" + go->find("sig_lines")->find("PeterNeumann")->string());
}

TEST(NoteVectors, TileOfTheFifteenEntryLog) {
  const auto keys = crypto::shared_json("vectors/transparency/tlog-tiles-15-entries.keys.json");
  const auto tile =
      crypto::shared_text("vectors/transparency/tlog-tiles-15-entries/tile/0/000.p/15");
  if (!keys || !tile) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  Bytes hashes;
  for (const Json& entry : keys->find("entries_in_order")->items()) {
    append(hashes, leaf_hash(as_bytes(entry.string())));
  }
  EXPECT_EQ(as_text(hashes), *tile);
}

TEST(NoteVectors, FifteenEntryLog) {
  const auto keys = crypto::shared_json("vectors/transparency/tlog-tiles-15-entries.keys.json");
  if (!keys) {
    GTEST_SKIP() << "shared vectors are absent";
  }
  const NoteVerifier key = *NoteVerifier::parse(keys->find("vkey")->string());
  MerkleTree tree;
  std::uint64_t size = 0;
  for (const Json& entry : keys->find("entries_in_order")->items()) {
    tree.append(as_bytes(entry.string()));
    ++size;
    const auto text = crypto::shared_text("vectors/transparency/tlog-tiles-15-entries/checkpoint." +
                                          std::to_string(size));
    const Note note = parse_note(*text).value();
    EXPECT_TRUE(verify_note(note, {key}).ok()) << size;
    const Checkpoint checkpoint = *parse_checkpoint(note.text);
    EXPECT_EQ(checkpoint.size, size);
    EXPECT_EQ(checkpoint.root, tree.root()) << size;
  }
}

}  // namespace
}  // namespace claustrum::ledger
