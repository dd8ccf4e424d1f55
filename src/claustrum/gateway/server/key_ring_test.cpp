// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/key_ring.h"

#include "claustrum/gateway/server/test_gateway.h"

namespace claustrum::gateway {
namespace {

using test::kNow;

constexpr std::int64_t kLife = 600;

struct Ring : testing::Test {
  document::KeysClaims claims() {
    return document::verify_keys(keys.keys_section(), test::identity_key().public_key()).value();
  }
  channel::KeyConfig config() {
    return channel::parse_key_configs(claims().ohttp_keys).value().front();
  }
  // Ids of the keys that open.
  std::vector<int> open_ids() {
    std::vector<int> out;
    for (const auto& key : keys.open_keys()) {
      out.push_back(key->config().key_id);
    }
    return out;
  }
  void spend(std::size_t requests) {
    for (std::size_t i = 0; i < requests; ++i) {
      Bytes enc(32);
      crypto::random_fill(enc);
      ASSERT_TRUE(keys.open_keys().front()->replay().insert(enc).ok());
    }
  }

  test::TestClock clock;
  KeyRing keys{"clinic-assistant", test::copy_of(test::identity_key()), kLife, clock, 4};
};

TEST_F(Ring, ItsKeysAreSignedByTheServiceAndValidNow) {
  const document::KeysClaims first = claims();
  EXPECT_EQ(first.service, "clinic-assistant");
  EXPECT_EQ(first.replica, keys.replica());
  EXPECT_TRUE(document::check_keys_time(first, kNow).ok());
  EXPECT_TRUE(document::check_keys_time(first, kNow + -KeyRing::kSkewSeconds).ok());
  EXPECT_EQ(first.not_after, kNow + kLife + KeyRing::kOverlapSeconds);
  EXPECT_EQ(first.receipt_key_spki, keys.receipt_key().public_key().spki());
}

TEST_F(Ring, TheLongestLifeStillFitsTheFormat) {
  KeyRing longest("clinic-assistant", test::copy_of(test::identity_key()), 3600, clock);
  EXPECT_TRUE(
      document::verify_keys(longest.keys_section(), test::identity_key().public_key()).ok());
}

TEST_F(Ring, TwoReplicasShareNothing) {
  KeyRing other("clinic-assistant", test::copy_of(test::identity_key()), kLife, clock);
  EXPECT_NE(other.replica(), keys.replica());
  EXPECT_NE(other.receipt_key().public_key().spki(), keys.receipt_key().public_key().spki());
  EXPECT_NE(other.open_keys().front()->config().public_key.raw(),
            keys.open_keys().front()->config().public_key.raw());
}

TEST_F(Ring, AKeyServesItsLifeOverlapsAndIsDestroyed) {
  const std::weak_ptr<const channel::OhttpKey> first = keys.open_keys().front();
  clock.set(kNow + (kLife - 1));
  EXPECT_EQ(open_ids(), std::vector<int>{0});
  clock.set(kNow + kLife);
  EXPECT_EQ(open_ids(), (std::vector<int>{1, 0}));
  EXPECT_EQ(config().key_id, 1);
  clock.set(kNow + kLife + (KeyRing::kOverlapSeconds - 1));
  EXPECT_FALSE(first.expired());
  clock.set(kNow + kLife + KeyRing::kOverlapSeconds);
  EXPECT_EQ(open_ids(), std::vector<int>{1});
  EXPECT_TRUE(first.expired());
}

TEST_F(Ring, AKeyIsDestroyedThoughNobodyAsks) {
  const std::weak_ptr<const channel::OhttpKey> first = keys.open_keys().front();
  clock.set(kNow + kLife);
  (void)keys.keys_section();
  clock.set(kNow + kLife + KeyRing::kOverlapSeconds);
  for (int i = 0; i < 500 && !first.expired(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(first.expired());
}

TEST_F(Ring, AClockSetBackDoesNotLengthenALife) {
  clock.set(kNow + kLife);
  const std::weak_ptr<const channel::OhttpKey> first = keys.open_keys().back();
  clock.set(kNow + kLife + KeyRing::kOverlapSeconds);
  (void)keys.keys_section();
  clock.set(kNow);
  EXPECT_EQ(open_ids(), std::vector<int>{1});
  EXPECT_TRUE(first.expired());
  clock.set(kNow + kLife + KeyRing::kOverlapSeconds);
  EXPECT_EQ(open_ids(), std::vector<int>{1});
}

TEST_F(Ring, ASpentKeyRetires) {
  spend(3);
  EXPECT_EQ(open_ids(), std::vector<int>{0});
  spend(1);
  EXPECT_EQ(open_ids(), (std::vector<int>{1, 0}));
}

TEST_F(Ring, RequestIdsLiveAsLongAsTheKeysThatCarryThem) {
  const ByteArray<16> id = crypto::random_array<16>();
  ASSERT_TRUE(keys.request_ids().claim(id).ok());
  clock.set(kNow + kLife);
  (void)keys.keys_section();
  EXPECT_FALSE(keys.request_ids().claim(id).ok());
  clock.set(kNow + 2 * kLife);
  (void)keys.keys_section();
  EXPECT_TRUE(keys.request_ids().claim(id).ok());
}

TEST_F(Ring, KeyIdsOfNeighboursDifferForEver) {
  for (int i = 1; i < 300; ++i) {
    clock.set(kNow + i * kLife);
    const std::vector<int> ids = open_ids();
    ASSERT_EQ(ids.size(), 2U);
    ASSERT_NE(ids[0], ids[1]);
  }
}

TEST(RequestIds, AnIdIsClaimedOnce) {
  RequestIds ids;
  const ByteArray<16> id = crypto::random_array<16>();
  EXPECT_TRUE(ids.claim(id).ok());
  const Status again = ids.claim(id);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code(), Code::kConflict);
  EXPECT_EQ(again.error().reason(), "already-run");
  ids.rotate();
  EXPECT_FALSE(ids.claim(id).ok());
  ids.rotate();
  EXPECT_TRUE(ids.claim(id).ok());
}

TEST(RequestIds, AreBounded) {
  RequestIds ids(2);
  EXPECT_TRUE(ids.claim(crypto::random_array<16>()).ok());
  EXPECT_TRUE(ids.claim(crypto::random_array<16>()).ok());
  const Status full = ids.claim(crypto::random_array<16>());
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code(), Code::kExhausted);
  EXPECT_EQ(full.error().reason(), "gateway.requests");
  ids.rotate();
  EXPECT_TRUE(ids.claim(crypto::random_array<16>()).ok());
}

TEST(RequestIds, OneOfManyThreadsWins) {
  RequestIds ids;
  const ByteArray<16> id = crypto::random_array<16>();
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] { won += ids.claim(id).ok() ? 1 : 0; });
    }
  }
  EXPECT_EQ(won, 1);
}

}  // namespace
}  // namespace claustrum::gateway
