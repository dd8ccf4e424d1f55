// SPDX-License-Identifier: Apache-2.0
// How long a verdict lasts, and that nothing outlives it: each test changes one thing that the
// session stands on.
#include "claustrum/gateway/proxy/attested_service.h"

#include "claustrum/gateway/proxy/test_proxy.h"

namespace claustrum::gateway {
namespace {

using Known = Result<std::shared_ptr<const Attested>>;
using test::kNow;
using test::Tamper;
using test::World;
using test::WorldOptions;

void expect_error(const Known& known, Code code, std::string_view reason) {
  ASSERT_FALSE(known.ok());
  EXPECT_EQ(known.error().code(), code);
  EXPECT_EQ(known.error().reason(), reason) << known.error().text();
}

void expect_refused(const Known& known, std::string_view factor) {
  expect_error(known, Code::kPolicyDenied, "service.refused");
  EXPECT_TRUE(known.ok() || known.error().text().starts_with(factor)) << known.error().text();
}

Tamper no_evidence() {
  Tamper out;
  out.instead = [](const net::Request&) { return net::Response{503, {}, {}}; };
  return out;
}

// A document with one part changed by the operator.
Tamper changed_document(const std::function<void(document::EvidenceDocument&)>& change) {
  Tamper out;
  out.whole = [change](net::Response& response) {
    document::EvidenceDocument document = document::parse_evidence_document(response.body).value();
    change(document);
    response.body = to_bytes(document::serialize(document));
  };
  return out;
}

TEST(AttestedService, VerifiesOnceAndKeepsTheVerdict) {
  World world;
  EXPECT_EQ(world.service.last_verdict(), nullptr);
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok()) << first.error().message();
  EXPECT_EQ(*first, *world.service.current());
  EXPECT_EQ(world.documents, 1);
  const Attested& attested = **first;
  EXPECT_EQ(attested.keys.replica, world.replica().id());
  EXPECT_EQ(attested.document_sha256, crypto::sha256(attested.document));
  EXPECT_EQ(attested.verified_at, kNow);
  EXPECT_EQ(attested.appraisal.waivers().size(), 3U);
  EXPECT_TRUE(world.service.last_verdict()->accepted());
}

TEST(AttestedService, VerifiesAgainWhenTheVerdictIsOld) {
  World world;
  const Known first = world.service.current();
  world.clock.set(kNow + (AttestedService::kMaxAgeSeconds - 1));
  EXPECT_EQ(*world.service.current(), *first);
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  const Known second = world.service.current();
  ASSERT_TRUE(second.ok());
  EXPECT_NE(*second, *first);
  EXPECT_EQ((*second)->verified_at, kNow + AttestedService::kMaxAgeSeconds);
  EXPECT_EQ(world.documents, 2);
}

TEST(AttestedService, AClockSetBackDoesNotLengthenAVerdict) {
  World world;
  ASSERT_TRUE(world.service.current().ok());
  world.clock.set(kNow + -1);
  ASSERT_TRUE(world.service.current().ok());
  EXPECT_EQ(world.documents, 2);
}

TEST(AttestedService, VerifiesAgainBeforeTheKeysEnd) {
  WorldOptions options;
  options.key_life = 100;
  World world(options);
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  const Instant end = (*first)->keys.not_after;
  ASSERT_LT(end, kNow + AttestedService::kMaxAgeSeconds);
  world.clock.set(end + -(AttestedService::kKeyMarginSeconds + 1));
  EXPECT_EQ(*world.service.current(), *first);
  world.clock.set(end + -AttestedService::kKeyMarginSeconds);
  const Known second = world.service.current();
  ASSERT_TRUE(second.ok());
  EXPECT_NE((*second)->key.key_id, (*first)->key.key_id);
}

TEST(AttestedService, EndsWithTheProfile) {
  WorldOptions options;
  options.profile_expires = kNow + 300;
  World world(options);
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  world.clock.set(kNow + 300);
  EXPECT_EQ(*world.service.current(), *first);
  world.clock.set(kNow + 301);
  expect_refused(world.service.current(), "profile (profile.expired)");
}

TEST(AttestedService, EndsWithAWaiverThatWasUsed) {
  WorldOptions options;
  options.waivers_until = kNow + 300;
  World world(options);
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  world.clock.set(kNow + 300);
  EXPECT_EQ(*world.service.current(), *first);
  world.clock.set(kNow + 301);
  expect_refused(world.service.current(), "software (document.software_absent)");
}

TEST(AttestedService, ARefusedVerdictGivesNoKey) {
  World world;
  world.measured = false;
  expect_refused(world.service.current(), "measurement");
  ASSERT_NE(world.service.last_verdict(), nullptr);
  EXPECT_FALSE(world.service.last_verdict()->accepted());
  // Not even for the next one who asks, and it can be had once it is true again.
  expect_refused(world.service.current(), "measurement");
  EXPECT_EQ(world.documents, 2);
  world.measured = true;
  EXPECT_TRUE(world.service.current().ok());
}

TEST(AttestedService, AFailedRefreshLeavesNothingToFallBackTo) {
  World world;
  ASSERT_TRUE(world.service.current().ok());
  world.tamper(no_evidence());
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  expect_error(world.service.current(), Code::kUnavailable, "service.evidence");
  // At this time the old verdict would still have been young.
  world.clock.set(kNow + 1);
  expect_error(world.service.current(), Code::kUnavailable, "service.evidence");
  world.tamper({});
  EXPECT_TRUE(world.service.current().ok());
}

TEST(AttestedService, ARefusedRefreshLeavesNothingToFallBackTo) {
  World world;
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  world.measured = false;
  expect_refused(world.service.verify_again(*first), "measurement");
  expect_refused(world.service.current(), "measurement");
}

TEST(AttestedService, OneHintThatReachesManyCostsOneVerification) {
  World world;
  const Known first = world.service.current();
  const Known second = world.service.verify_again(*first);
  ASSERT_TRUE(second.ok());
  EXPECT_NE(*second, *first);
  EXPECT_EQ(*world.service.verify_again(*first), *second);
  EXPECT_EQ(world.documents, 2);
  EXPECT_NE(*world.service.verify_again(*second), *second);
  EXPECT_EQ(world.documents, 3);
}

TEST(AttestedService, ManyWhoAskAtOnceCostOneVerification) {
  World world;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] { good += world.service.current().ok() ? 1 : 0; });
    }
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(world.documents, 1);
}

TEST(AttestedService, AReplayedDocumentIsRefused) {
  World world;
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  Tamper replay;
  replay.instead = [old = (*first)->document](const net::Request&) {
    return net::Response{200, {}, old};
  };
  world.tamper(replay);
  expect_refused(world.service.verify_again(*first), "binding");
}

TEST(AttestedService, KeysOfAnotherReplicaAreRefused) {
  World world;
  test::Replica& other = world.add_replica();
  test::Replica& home = world.replica();
  world.route_to(other);
  const Known known = world.service.current();
  ASSERT_TRUE(known.ok());
  const Bytes keys = document::parse_evidence_document((*known)->document)->keys;
  world.route_to(home);
  world.tamper(changed_document([&](document::EvidenceDocument& out) { out.keys = keys; }));
  expect_refused(world.service.verify_again(*known), "binding");
}

TEST(AttestedService, SectionsTheOperatorChangedAreRefused) {
  World world;
  const std::vector<std::function<void(document::EvidenceDocument&)>> changes = {
      [](document::EvidenceDocument& out) { out.role = "broker"; },
      [](document::EvidenceDocument& out) { out.platform = "none"; },
      [](document::EvidenceDocument& out) { out.evidence[0] ^= 1; },
      [](document::EvidenceDocument& out) { out.batch.reset(); },
      [](document::EvidenceDocument& out) { out.init_data.push_back('\n'); },
      [](document::EvidenceDocument& out) { out.keys.back() ^= 1; },
      [](document::EvidenceDocument& out) { out.software = Bytes(); },
      [](document::EvidenceDocument& out) { out.model.reset(); },
      [](document::EvidenceDocument& out) { out.devices = Bytes(); },
      [](document::EvidenceDocument& out) { out.room = Bytes(); },
  };
  for (const auto& change : changes) {
    world.tamper(changed_document(change));
    expect_error(world.service.current(), Code::kPolicyDenied, "service.refused");
  }
  EXPECT_EQ(world.documents, static_cast<int>(changes.size()));
}

TEST(AttestedService, EveryCutDocumentIsRefused) {
  World world;
  const Known first = world.service.current();
  ASSERT_TRUE(first.ok());
  const Bytes whole = (*first)->document;
  for (std::size_t length = 0; length < whole.size(); length += 251) {
    Tamper cut;
    cut.whole = [length](net::Response& response) { response.body.resize(length); };
    world.tamper(cut);
    expect_error(world.service.verify_again(*first), Code::kPolicyDenied, "service.refused");
    EXPECT_TRUE(world.service.last_verdict()->malformed()) << length;
  }
}

TEST(AttestedService, LongDocumentsAndLongHeadsAreNotRead) {
  World world;
  Tamper flood;
  flood.whole = [](net::Response& response) {
    response.body.resize(document::kMaxDocumentLen + 1);
  };
  world.tamper(flood);
  expect_error(world.service.current(), Code::kExhausted, "net.body_limit");
  flood.whole = [](net::Response& response) {
    response.headers.add("X-Flood", std::string(65 * 1024, 'x'));
  };
  world.tamper(flood);
  expect_error(world.service.current(), Code::kExhausted, "net.header_limit");
}

TEST(AttestedService, OnlyAnAnswerOf200IsLookedAt) {
  World world;
  for (const int status : {201, 302, 404, 500}) {
    Tamper other;
    other.whole = [status](net::Response& response) { response.status = status; };
    world.tamper(other);
    expect_error(world.service.current(), Code::kUnavailable, "service.evidence");
  }
  EXPECT_EQ(world.service.last_verdict(), nullptr);
}

TEST(AttestedService, KeysThatCannotBeUsedAreAnError) {
  WorldOptions options;
  options.keys = [](document::KeysClaims& claims) { claims.ohttp_keys = {0, 1, 2}; };
  World no_key(options);
  expect_error(no_key.service.current(), Code::kMalformed, "ohttp_keys.config");
}

TEST(AttestedService, AServiceThatIsNotThereIsUnavailable) {
  document::Verifiers verifiers;
  test::TestClock clock;
  World world;
  AttestedService service(net::Endpoint::parse("unix:/nonexistent/claustrum.sock").value(),
                          world.service.profile(), verifiers, clock);
  const Known known = service.current();
  ASSERT_FALSE(known.ok());
  EXPECT_EQ(known.error().code(), Code::kUnavailable);
  EXPECT_EQ(service.last_verdict(), nullptr);
}

TEST(AttestedService, ANewerEditionOfTheProfileEndsTheSession) {
  std::atomic<std::int64_t> seen = 3;  // this profile's own number
  WorldOptions options;
  options.least_number = [&] { return Result<std::int64_t>(seen.load()); };
  World world(options);
  ASSERT_TRUE(world.service.current().ok());
  seen = 4;
  world.clock.set(kNow + AttestedService::kMaxAgeSeconds);
  expect_refused(world.service.current(), "profile (profile.number)");
}

TEST(AttestedService, WithoutTheLastNumberNothingIsAccepted) {
  WorldOptions options;
  options.least_number = [] {
    return Result<std::int64_t>(Error(Code::kMalformed, "test.state", "unreadable"));
  };
  World world(options);
  expect_error(world.service.current(), Code::kMalformed, "test.state");
}

}  // namespace
}  // namespace claustrum::gateway
