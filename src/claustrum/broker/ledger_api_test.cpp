// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/ledger_api.h"

#include <gtest/gtest.h>

#include "claustrum/broker/test_scene.h"
#include "claustrum/ledger/tlog_proof.h"

namespace claustrum::broker {
namespace {

constexpr std::string_view kOrigin = "log.example/broker";

struct LedgerApi : testing::Test {
  LedgerApi() {
    for (int i = 0; i < 5; ++i) {
      entries.push_back("entry " + std::to_string(i));
      EXPECT_EQ(*state->append(as_bytes(entries.back())), static_cast<std::uint64_t>(i));
    }
  }
  net::Response get(std::string_view path, std::string_view query = {}) {
    return ledger_answer(*state, signer, std::string(kOrigin), path, query);
  }

  store::testing::TempFolder folder;
  std::unique_ptr<State> state = State::open(folder.path("db"), test::master_key()).value();
  ledger::NoteSigner signer{std::string(kOrigin),
                            crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)};
  std::vector<ledger::NoteVerifier> keys = {ledger::NoteVerifier::parse(signer.vkey()).value()};
  std::vector<std::string> entries;
};

TEST_F(LedgerApi, TheCheckpointIsTheTreesAndSigned) {
  const net::Response response = get("/ledger/checkpoint");
  EXPECT_EQ(response.status, 200);
  const auto note = ledger::parse_note(as_text(response.body));
  ASSERT_TRUE(note.ok());
  EXPECT_TRUE(ledger::verify_note(*note, keys).ok());
  const auto checkpoint = ledger::parse_checkpoint(note->text);
  ASSERT_TRUE(checkpoint.ok());
  EXPECT_EQ(checkpoint->origin, kOrigin);
  EXPECT_EQ(checkpoint->size, 5U);
  EXPECT_EQ(checkpoint->root, state->tree().root());
}

TEST_F(LedgerApi, EveryEntryIsServedWithItsProof) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string query = "index=" + std::to_string(i);
    const net::Response entry = get("/ledger/entry", query);
    EXPECT_EQ(as_text(entry.body), entries[i]);
    const auto proof = ledger::parse_tlog_proof(as_text(get("/ledger/proof", query).body));
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(ledger::verify_tlog_proof(*proof, entry.body, kOrigin, keys).ok());
  }
}

TEST_F(LedgerApi, WhatIsNotThereIsNotFound) {
  for (const char* query : {"", "index=", "index=5", "index=-1", "index=+1", "index=1x",
                            "index=1&x", "x=1", "index=18446744073709551615",
                            "index=18446744073709551616", "index=9223372036854775808", "INDEX=1"}) {
    EXPECT_EQ(get("/ledger/entry", query).status, 404) << query;
    EXPECT_EQ(get("/ledger/proof", query).status, 404) << query;
  }
  EXPECT_EQ(get("/ledger/").status, 404);
  EXPECT_EQ(get("/ledger/other", "index=1").status, 404);
}

TEST_F(LedgerApi, AProofBeyondTheEndIsNotFound) {
  const auto proof = offline_proof(state->tree(), 5, signer, std::string(kOrigin));
  ASSERT_FALSE(proof.ok());
  EXPECT_EQ(proof.error().code(), Code::kNotFound);
  EXPECT_EQ(proof.error().reason(), "broker.ledger_entry");
}

TEST_F(LedgerApi, EntriesOfAnotherProcessAreServed) {
  const auto other = State::open(folder.path("db"), test::master_key()).value();
  ASSERT_EQ(*other->append(as_bytes("the sixth")), 5U);
  EXPECT_EQ(as_text(get("/ledger/entry", "index=5").body), "the sixth");
  EXPECT_EQ(get("/ledger/proof", "index=5").status, 200);
  EXPECT_EQ(get("/ledger/checkpoint").status, 200);
  EXPECT_EQ(state->tree().root(), other->tree().root());
}

TEST_F(LedgerApi, ALedgerThatIsNotOursAnyMoreIsNotServed) {
  {
    auto database = store::Database::open(folder.path("db"), state_schema()).value();
    auto transaction = database->begin().value();
    ASSERT_TRUE(transaction.run("DELETE FROM head").ok());
    ASSERT_TRUE(transaction.commit().ok());
  }
  EXPECT_EQ(get("/ledger/checkpoint").status, 503);
}

}  // namespace
}  // namespace claustrum::broker
