// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/refusals.h"

#include <gtest/gtest.h>

#include <thread>

namespace claustrum::broker {
namespace {

constexpr Instant kNow{1'780'272'000};  // the first second of a minute and of an hour
const Bytes kPolicy(32, 7);

codec::Json example() {
  return codec::Json("example");
}

WorkloadId workload(int number) {
  WorkloadId out{};
  out[0] = static_cast<std::uint8_t>(number & 0xFF);
  out[1] = static_cast<std::uint8_t>(number >> 8 & 0xFF);
  return out;
}

TEST(RefusalCounter, OneRecordAReasonAndMinute) {
  RefusalCounter counter;
  const std::string first = counter.count("a", kPolicy, kNow, example);
  EXPECT_EQ(counter.count("a", kPolicy, kNow + 59, example), first);
  EXPECT_NE(counter.count("a", kPolicy, kNow + 60, example), first);
  EXPECT_NE(counter.count("b", kPolicy, kNow, example), first);
  const auto all = counter.take_all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].audit_id, first);
  EXPECT_EQ(all[0].reason, "a");
  EXPECT_EQ(all[0].count, 2);
  EXPECT_EQ(all[0].minute, kNow);
  EXPECT_EQ(all[0].policy_digest, kPolicy);
  EXPECT_EQ(all[2].minute, kNow + 60);
  EXPECT_TRUE(counter.take_all().empty());
}

TEST(RefusalCounter, TheFirstIsKeptAsExample) {
  RefusalCounter counter;
  counter.count("a", {}, kNow, [] { return codec::Json("first"); });
  counter.count("a", {}, kNow, [] { return codec::Json("second"); });
  EXPECT_EQ(counter.take_all().at(0).example, codec::Json("first"));
}

TEST(RefusalCounter, ARunningMinuteWaits) {
  RefusalCounter counter;
  counter.count("a", kPolicy, kNow, example);
  EXPECT_TRUE(counter.take_over(kNow + 59).empty());
  EXPECT_EQ(counter.take_over(kNow + 60).size(), 1U);
  // A clock that was put back does not keep them for ever.
  counter.count("a", kPolicy, kNow, example);
  EXPECT_EQ(counter.take_over(kNow + -60).size(), 1U);
}

TEST(RefusalCounter, IsBounded) {
  RefusalCounter counter;
  for (int i = 0; i < 1000; ++i) {
    counter.count("reason " + std::to_string(i), kPolicy, kNow, example);
  }
  const auto all = counter.take_all();
  EXPECT_EQ(all.size(), RefusalCounter::kMaxReasons + 1);
  std::int64_t sum = 0;
  for (const CountedRefusals& refusals : all) {
    sum += refusals.count;
  }
  EXPECT_EQ(sum, 1000);
}

TEST(RefusalCounter, LosesNothingAmongThreads) {
  RefusalCounter counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        counter.count("a", kPolicy, kNow, example);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counter.take_all().at(0).count, 2000);
}

TEST(RefusalQuota, IsAWorkloadsOwn) {
  RefusalQuota quota;
  for (int i = 0; i < RefusalQuota::kPerHour; ++i) {
    EXPECT_TRUE(quota.take(workload(1), kNow));
  }
  EXPECT_FALSE(quota.take(workload(1), kNow));
  EXPECT_TRUE(quota.take(workload(2), kNow));
  EXPECT_FALSE(quota.take(workload(1), kNow + 3599));
  EXPECT_TRUE(quota.take(workload(1), kNow + 3600));
}

TEST(RefusalQuota, HasRoomForABoundedNumberOfWorkloads) {
  RefusalQuota quota;
  for (int i = 0; i < static_cast<int>(RefusalQuota::kMaxWorkloads); ++i) {
    EXPECT_TRUE(quota.take(workload(i), kNow));
  }
  EXPECT_FALSE(quota.take(workload(-1), kNow));
  EXPECT_TRUE(quota.take(workload(0), kNow));
  EXPECT_TRUE(quota.take(workload(-1), kNow + 3600));
}

}  // namespace
}  // namespace claustrum::broker
