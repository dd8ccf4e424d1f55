// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/evidence_desk.h"

#include <algorithm>
#include <future>

#include "claustrum/gateway/server/test_gateway.h"

namespace claustrum::gateway {
namespace {

using namespace std::chrono_literals;

struct Asked {
  document::Nonce nonce{};
  std::future<Result<std::string>> answer;
};

struct Desk {
  explicit Desk(EvidenceDeskOptions options = {.tick_ms = 5})
      : desk(
            attester, test::Scene::sections(), [this] { return keys; }, options) {}
  Asked ask() {
    Asked out;
    out.nonce = crypto::random_array<32>();
    out.answer = std::async(std::launch::async,
                            [this, nonce = out.nonce] { return desk.document_for(nonce); });
    return out;
  }
  void wait_for_call(int count) const {
    while (attester.calls < count) {
      std::this_thread::sleep_for(1ms);
    }
  }

  Bytes keys = to_bytes("signed keys");
  test::FakeAttester attester;
  EvidenceDesk desk;
};

// The document binds this nonce, through its path if it has one, and all its sections.
void expect_binds(const std::string& text, const document::Nonce& nonce) {
  const auto document = document::parse_evidence_document(as_bytes(text));
  ASSERT_TRUE(document.ok()) << document.error().message();
  ASSERT_TRUE(document->batch.has_value());
  const auto root = document::batch_root(*document->batch, nonce);
  ASSERT_TRUE(root.ok());
  const auto expected = document::report_data("serve", *root, document->sections());
  EXPECT_EQ(document->evidence, to_bytes(BytesView(expected)));
}

TEST(EvidenceDesk, AnswersANonceWithADocumentThatBindsIt) {
  Desk desk;
  Asked one = desk.ask();
  const Result<std::string> text = one.answer.get();
  ASSERT_TRUE(text.ok());
  expect_binds(*text, one.nonce);
  const auto document = document::parse_evidence_document(as_bytes(*text));
  EXPECT_EQ(document->keys, desk.keys);
  EXPECT_EQ(document->init_data, to_bytes("init data"));
  EXPECT_EQ(document->platform, "amd-sev-snp");
}

TEST(EvidenceDesk, OneReportAnswersAllWhoCameWithinATick) {
  Desk desk({.tick_ms = 1000, .max_queue = 40});
  std::vector<Asked> asked;
  for (int i = 0; i < 40; ++i) {
    asked.push_back(desk.ask());
  }
  std::set<std::string> texts;
  for (Asked& one : asked) {
    const Result<std::string> text = one.answer.get();
    ASSERT_TRUE(text.ok()) << text.error().message();
    expect_binds(*text, one.nonce);
    texts.insert(*text);
  }
  EXPECT_EQ(texts.size(), 40U);
  EXPECT_EQ(desk.attester.calls, 1);
}

TEST(EvidenceDesk, EachBatchHasTheKeysOfItsTime) {
  Desk desk;
  const Result<std::string> before = desk.ask().answer.get();
  desk.keys = to_bytes("other keys");
  const Result<std::string> after = desk.ask().answer.get();
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(document::parse_evidence_document(as_bytes(*before))->keys, to_bytes("signed keys"));
  EXPECT_EQ(document::parse_evidence_document(as_bytes(*after))->keys, to_bytes("other keys"));
}

TEST(EvidenceDesk, TheQueueIsBounded) {
  Desk desk({.tick_ms = 1, .max_queue = 2});
  desk.attester.held = true;
  Asked first = desk.ask();
  desk.wait_for_call(1);
  std::vector<Asked> more;
  for (int i = 0; i < 5; ++i) {
    more.push_back(desk.ask());
  }
  const auto ready = [&] {
    return std::ranges::count_if(
        more, [](Asked& one) { return one.answer.wait_for(0s) == std::future_status::ready; });
  };
  for (int i = 0; i < 300 && ready() < 3; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(ready(), 3);  // two wait
  desk.attester.held = false;
  EXPECT_TRUE(first.answer.get().ok());
  int refused = 0;
  for (Asked& one : more) {
    const Result<std::string> answer = one.answer.get();
    if (!answer.ok()) {
      ++refused;
      EXPECT_EQ(answer.error().code(), Code::kUnavailable);
      EXPECT_EQ(answer.error().reason(), "gateway.evidence_busy");
    }
  }
  EXPECT_EQ(refused, 3);
}

TEST(EvidenceDesk, AFailingAttesterFailsThoseWhoAskedAndNobodyElse) {
  Desk desk;
  desk.attester.broken = true;
  const Result<std::string> failed = desk.ask().answer.get();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().reason(), "fake.broken");
  desk.attester.broken = false;
  EXPECT_TRUE(desk.ask().answer.get().ok());
}

TEST(EvidenceDesk, RemembersWhatItIssued) {
  Desk desk;
  const Result<std::string> text = desk.ask().answer.get();
  ASSERT_TRUE(text.ok());
  EXPECT_TRUE(desk.desk.issued(crypto::sha256(as_bytes(*text))));
  EXPECT_FALSE(desk.desk.issued(crypto::sha256(as_bytes(*text + " "))));
  EXPECT_FALSE(desk.desk.issued({}));
}

TEST(EvidenceDesk, ForgetsTheOldestFirst) {
  Desk desk({.tick_ms = 1, .max_queue = 8, .max_issued = 3});
  std::vector<crypto::Sha256Digest> digests;
  for (int i = 0; i < 5; ++i) {
    digests.push_back(crypto::sha256(as_bytes(*desk.ask().answer.get())));
  }
  const std::vector<bool> expected = {false, false, true, true, true};
  for (std::size_t i = 0; i < digests.size(); ++i) {
    EXPECT_EQ(desk.desk.issued(digests[i]), expected[i]) << i;
  }
}

TEST(EvidenceDesk, ASharedReportNeverServesMoreThanTheFormatAllows) {
  Desk desk({.tick_ms = 1, .max_queue = 1'000'000});
  EXPECT_TRUE(desk.ask().answer.get().ok());
}

TEST(EvidenceDesk, ClosingAnswersWhoeverStillWaits) {
  test::FakeAttester attester;
  attester.held = true;
  auto desk = std::make_unique<EvidenceDesk>(
      attester, test::Scene::sections(), [] { return Bytes(); }, EvidenceDeskOptions{.tick_ms = 1});
  std::future<Result<std::string>> answer = std::async(
      std::launch::async, [&desk] { return desk->document_for(crypto::random_array<32>()); });
  while (attester.calls < 1) {
    std::this_thread::sleep_for(1ms);
  }
  std::jthread release([&attester] {
    std::this_thread::sleep_for(50ms);
    attester.held = false;
  });
  desk.reset();
  EXPECT_TRUE(answer.get().ok());
}

}  // namespace
}  // namespace claustrum::gateway
