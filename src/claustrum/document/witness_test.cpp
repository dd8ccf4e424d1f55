// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/witness.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"

namespace claustrum::document {
namespace {

const Instant kAt{1700000000};
constexpr std::string_view kText = "log.example\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

crypto::PrivateKey key_of(std::uint8_t seed) {
  return crypto::PrivateKey::from_raw(crypto::KeyKind::kEd25519, Bytes(32, seed)).value();
}

WitnessKey witness(std::string_view name, std::uint8_t seed) {
  return WitnessKey::parse(witness_vkey(name, key_of(seed).public_key())).value();
}

ledger::Note note_with(const std::string& lines) {
  return ledger::parse_note(std::string(kText) + "\n" + lines).value();
}

TEST(Witness, CountsItsCosignature) {
  const auto note = note_with(cosign("w", key_of(1), kText, kAt));
  const auto witnessed = count_witnesses(note, {witness("w", 1)}, kAt);
  ASSERT_TRUE(witnessed.ok()) << witnessed.error().message();
  EXPECT_EQ(witnessed->witnesses, 1U);
  EXPECT_EQ(witnessed->newest, kAt);
}

TEST(Witness, CountsEachOnceAndStrangersNever) {
  const auto note =
      note_with(cosign("w", key_of(1), kText, kAt) + cosign("w", key_of(1), kText, kAt + 5) +
                cosign("x", key_of(2), kText, kAt) + cosign("w", key_of(3), kText, kAt));
  const auto witnessed = count_witnesses(note, {witness("w", 1)}, kAt + 10);
  ASSERT_TRUE(witnessed.ok());
  EXPECT_EQ(witnessed->witnesses, 1U);
  EXPECT_EQ(witnessed->newest, kAt + 5);
}

TEST(Witness, RefusesAWrongCosignatureOfAKnownKey) {
  const std::string other(kText.substr(4));
  const auto note = note_with(cosign("w", key_of(1), other, kAt));
  EXPECT_EQ(count_witnesses(note, {witness("w", 1)}, kAt).error().reason(), "witness.signature");
}

TEST(Witness, RefusesATimeAfterNow) {
  const auto note = note_with(cosign("w", key_of(1), kText, kAt));
  EXPECT_EQ(count_witnesses(note, {witness("w", 1)}, kAt + -1).error().reason(), "witness.time");
}

TEST(Witness, RefusesASignatureOfAnotherLength) {
  std::string line = cosign("w", key_of(1), kText, kAt);
  const std::size_t at = line.rfind(' ') + 1;
  Bytes bytes =
      codec::base64_decode(std::string_view(line).substr(at, line.size() - at - 1)).value();
  bytes.push_back(0);
  line = line.substr(0, at) + codec::base64_encode(bytes) + "\n";
  EXPECT_EQ(count_witnesses(note_with(line), {witness("w", 1)}, kAt).error().code(),
            Code::kMalformed);
}

TEST(Witness, KeysHaveOneForm) {
  const std::string good = witness_vkey("w", key_of(1).public_key());
  EXPECT_TRUE(WitnessKey::parse(good).ok());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(WitnessKey::parse(std::string_view(good).substr(0, size)).ok()) << size;
  }
  EXPECT_EQ(WitnessKey::parse("x" + good).error().reason(), "witness.vkey");
  // A log's key is no witness's key.
  const ledger::NoteSigner log("log.example", key_of(1));
  EXPECT_EQ(WitnessKey::parse(log.vkey()).error().reason(), "witness.key_type");
}

}  // namespace
}  // namespace claustrum::document
