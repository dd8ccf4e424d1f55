// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/sessions.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "claustrum/codec/base64.h"

namespace claustrum::broker {
namespace {

constexpr Instant kNow{1'780'272'000};

WorkloadId workload(std::uint8_t number) {
  WorkloadId out{};
  out[0] = number;
  return out;
}

void expect_gone(Sessions& sessions, const std::string& id, Instant now = kNow) {
  const auto found = sessions.find(id, now);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Code::kUnauthorised);
  EXPECT_EQ(found.error().reason(), "broker.session");
}

TEST(Sessions, AreFoundUntilTheyExpire) {
  Sessions sessions;
  const auto session = *sessions.open("snp", kNow);
  EXPECT_EQ(session->tee, "snp");
  EXPECT_EQ(sessions.find(session->id, kNow)->get(), session.get());
  EXPECT_TRUE(sessions.find(session->id, kNow + Sessions::kLifeSeconds).ok());
  expect_gone(sessions, session->id, kNow + Sessions::kLifeSeconds + 1);
  expect_gone(sessions, "");
  expect_gone(sessions, std::string(32, '0'));
}

TEST(Sessions, HaveTheirOwnIdAndNonce) {
  Sessions sessions;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const auto session = *sessions.open("snp", kNow);
    EXPECT_EQ(session->id.size(), 32U);
    EXPECT_EQ(codec::base64_decode(session->nonce)->size(), 32U);
    EXPECT_TRUE(seen.insert(session->id).second);
    EXPECT_TRUE(seen.insert(session->nonce).second);
  }
}

TEST(Sessions, TheOldestUnattestedMakesRoom) {
  Sessions sessions(3);
  const auto attested = *sessions.open("snp", kNow);
  sessions.keep(attested->id, workload(1));
  const auto second = *sessions.open("snp", kNow);
  const auto third = *sessions.open("snp", kNow);
  const auto fourth = *sessions.open("snp", kNow);
  EXPECT_TRUE(sessions.find(attested->id, kNow).ok());
  expect_gone(sessions, second->id);
  EXPECT_TRUE(sessions.find(third->id, kNow).ok());
  EXPECT_TRUE(sessions.find(fourth->id, kNow).ok());
}

TEST(Sessions, AttestedOnesKeepTheirPlaceUntilTheyExpire) {
  Sessions sessions(2);
  sessions.keep((*sessions.open("snp", kNow))->id, workload(1));
  sessions.keep((*sessions.open("snp", kNow + 10))->id, workload(2));
  const auto full = sessions.open("snp", kNow + 20);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code(), Code::kUnavailable);
  EXPECT_EQ(full.error().reason(), "broker.sessions_full");
  EXPECT_TRUE(sessions.open("snp", kNow + Sessions::kLifeSeconds + 1).ok());
  sessions.keep("gone", workload(3));  // no harm
}

TEST(Sessions, AWorkloadHoldsABoundedNumber) {
  Sessions sessions;
  const auto other = *sessions.open("snp", kNow);
  sessions.keep(other->id, workload(2));
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= Sessions::kMaxPerWorkload; ++i) {
    ids.push_back((*sessions.open("snp", kNow))->id);
    sessions.keep(ids.back(), workload(1));
  }
  expect_gone(sessions, ids[0]);
  EXPECT_TRUE(sessions.find(ids[1], kNow).ok());
  EXPECT_TRUE(sessions.find(ids.back(), kNow).ok());
  EXPECT_TRUE(sessions.find(other->id, kNow).ok());
}

TEST(Sessions, AFloodLeavesNothingBehind) {
  Sessions sessions(10);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(sessions.open("snp", kNow + i).ok());
  }
}

TEST(Sessions, AreSafeToUseFromManyThreads) {
  Sessions sessions(50);
  std::vector<std::thread> threads;
  for (std::uint8_t t = 0; t < 4; ++t) {
    threads.emplace_back([&sessions, t] {
      for (int i = 0; i < 200; ++i) {
        const auto session = sessions.open("snp", kNow);
        if (session.ok() && i % 20 == 0) {
          sessions.keep((*session)->id, workload(t));
        }
        if (session.ok()) {
          (void)sessions.find((*session)->id, kNow);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace claustrum::broker
