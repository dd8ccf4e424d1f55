// SPDX-License-Identifier: Apache-2.0
// Good tokens of each dialect with one thing changed: exactly one refusal.
#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/policy/ear.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using codec::Json;
using crypto::KeyKind;
using crypto::PrivateKey;

constexpr std::int64_t kIssued = 1'795'608'000;
const Instant kNow = {kIssued + 10};

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok()) << reason;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason) << result.error().message();
}

const PrivateKey& verifier_key() {
  static const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  return key;
}

constexpr std::string_view kIetf =
    R"({"eat_profile":"tag:ietf.org,2026:rats/ear#04","iat":1795608000,"exp":1795608300,)"
    R"("ear_verifier_id":{"developer":"d","build":"b"},"ear_status":"warning",)"
    R"("eat_nonce":"bm9uY2Vub25jZQ","submods":{"cpu":{"ear_status":"affirming",)"
    R"("ear_trustworthiness_vector":{"instance-identity":2,"hardware":2},)"
    R"("ear_appraisal_policy_ids":["p1","p2"],"eat_nonce":"ZXZpZGVuY2U",)"
    R"("ear_attester_claims":{"a":1.5},"ear_verifier_claims":{"b":1}},"gpu":)"
    R"({"ear_status":"warning","ear_appraisal_policy_ids":["p2"],"eat_nonce":"ZXZpZGVuY2U"}},)"
    R"("ear_device_topology":{"cpu":["gpu"]},"x":null})";

constexpr std::string_view kVeraison =
    R"({"eat_profile":"tag:github.com,2023:veraison/ear","iat":1795608000,)"
    R"("ear.verifier-id":{"developer":"d","build":"b"},"submods":{"test":)"
    R"({"ear.status":"affirming","ear.appraisal-policy-id":"p",)"
    R"("ear.trustworthiness-vector":{"executables":3}}}})";

constexpr std::string_view kTrustee =
    R"({"eat_profile":"tag:github.com,2024:confidential-containers/Trustee","iat":1795608000,)"
    R"("exp":1795608300,"ear.verifier-id":{"developer":"d","build":"b"},"submods":{"cpu0":)"
    R"({"ear.status":"contraindicated","ear.trustworthiness-vector":{"configuration":36,)"
    R"("executables":33,"hardware":97,"file-system":0},"ear.appraisal-policy-id":"default",)"
    R"("ear.veraison.annotated-evidence":{"sample":{"svn":"1"}}}}})";

class EarRead : public ::testing::Test {
 protected:
  Json claims(std::string_view text = kIetf) const {
    codec::JsonLimits limits;
    limits.numbers = codec::JsonNumbers::kAny;
    return codec::parse_json(text, limits).value();
  }

  static std::string token(std::string_view text, Json header = Json::object(),
                           const PrivateKey& key = verifier_key()) {
    return crypto::jws_sign_compact(key, std::move(header), as_bytes(text));
  }

  Result<Ear> verify(std::string_view text) const { return verify_token(token(text)); }
  Result<Ear> verify_claims(const Json& changed) const { return verify(codec::to_json(changed)); }
  Result<Ear> verify_token(std::string_view text) const {
    const std::vector<crypto::PublicKey> keys = {verifier_key().public_key()};
    return verify_ear(text, keys, now_, expected_);
  }

  void expect_both(const std::string& text, Code code, std::string_view reason) const {
    expect_fault(parse_ear(as_bytes(text)), code, reason);
    expect_fault(verify(text), code, reason);
  }

  Instant now_ = kNow;
  EarExpectations expected_;
};

TEST_F(EarRead, ReadsAllThreeDialects) {
  const Ear ietf = verify(kIetf).value();
  EXPECT_EQ(ietf.dialect, EarDialect::kIetf);
  EXPECT_EQ(ietf.status, Tier::kWarning);
  EXPECT_EQ(ietf.nonces, std::vector<std::string>{"bm9uY2Vub25jZQ"});
  ASSERT_EQ(ietf.submodules.size(), 2U);
  EXPECT_EQ(ietf.submodules[0].name, "cpu");
  EXPECT_EQ(ietf.submodules[0].policy_ids, (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(ietf.submodules[0].vector.at(TrustCategory::kHardware), 2);
  EXPECT_EQ(ietf.submodules[0].attester_claims.find("a")->number(), 1.5);
  EXPECT_EQ(ietf.submodules[0].verifier_claims.find("b")->integer(), 1);

  const Ear veraison = verify(kVeraison).value();
  EXPECT_EQ(veraison.dialect, EarDialect::kVeraison);
  EXPECT_EQ(veraison.status, Tier::kAffirming);
  EXPECT_FALSE(veraison.expires.has_value());
  EXPECT_EQ(veraison.submodules[0].policy_ids, std::vector<std::string>{"p"});

  const Ear trustee = verify(kTrustee).value();
  EXPECT_EQ(trustee.dialect, EarDialect::kTrustee);
  EXPECT_EQ(trustee.status, Tier::kContraindicated);
  EXPECT_EQ(trustee.submodules[0].vector.at(TrustCategory::kHardware), 97);
  EXPECT_NE(trustee.submodules[0].attester_claims.find("sample"), nullptr);
}

TEST_F(EarRead, ReadsTheDraftBefore) {
  const std::string text = test::replaced(std::string(kIetf), "ear#04", "ear#03");
  const Ear ear = verify(text).value();
  EXPECT_EQ(ear.dialect, EarDialect::kIetf);
  EXPECT_EQ(ear.profile, "tag:ietf.org,2026:rats/ear#03");
  EXPECT_TRUE(ear.submodules[0].attester_claims.is_null());  // has another name there
}

TEST_F(EarRead, RefusesProfilesItDoesNotKnow) {
  for (const char* profile : {"tag:ietf.org,2026:rats/ear#05", "tag:ietf.org,2025-07:ear", ""}) {
    Json changed = claims();
    changed.set("eat_profile", profile);
    expect_both(codec::to_json(changed), Code::kUnsupported, "ear.profile");
  }
  Json changed = claims();
  changed.set("eat_profile", 1);
  expect_both(codec::to_json(changed), Code::kMalformed, "ear.claim");
}

TEST_F(EarRead, RefusesAnotherKey) {
  const PrivateKey other = PrivateKey::generate(KeyKind::kP256);
  expect_fault(verify_token(token(kIetf, {}, other)), Code::kBadSignature, "jws.signature");
  std::string changed = token(kIetf);
  changed[changed.size() - 10] = changed[changed.size() - 10] == 'A' ? 'B' : 'A';
  expect_fault(verify_token(changed), Code::kBadSignature, "jws.signature");
  expect_fault(verify_ear(token(kIetf), {}, kNow), Code::kUnauthorised, "ear.no_key");
}

TEST_F(EarRead, AKeyInTheHeaderIsOverlookedAndNeverUsed) {
  const PrivateKey own = PrivateKey::generate(KeyKind::kP256);
  Json header = Json::object();
  header.set("jwk", crypto::jwk_from_public_key(own.public_key()));
  expect_fault(verify_token(token(kTrustee, header, own)), Code::kBadSignature, "jws.signature");
  const Ear ear = verify_token(token(kTrustee, header)).value();
  EXPECT_TRUE(ear.header_key);
  EXPECT_NE(explain_ear(ear, false).find("was not used"), std::string::npos);
  expect_fault(verify_token(token(kTrustee, Json::object({{"jku", "https://x"}}))),
               Code::kUnsupported, "jws.header_key");
}

TEST_F(EarRead, TheKeyDecidesTheAlgorithm) {
  const std::string input =
      codec::base64url_encode(as_bytes(std::string_view(R"({"alg":"none"})"))) + "." +
      codec::base64url_encode(as_bytes(kIetf)) + ".";
  expect_fault(verify_token(input), Code::kMismatch, "jws.alg");
  const PrivateKey p384 = PrivateKey::generate(KeyKind::kP384);
  expect_fault(verify_token(token(kIetf, {}, p384)), Code::kMismatch, "jws.alg");
}

TEST_F(EarRead, OneOfSeveralKeysIsEnough) {
  const std::vector<crypto::PublicKey> keys = {PrivateKey::generate(KeyKind::kP384).public_key(),
                                               PrivateKey::generate(KeyKind::kP256).public_key(),
                                               verifier_key().public_key()};
  EXPECT_TRUE(verify_ear(token(kIetf), keys, kNow).ok());
  const std::vector<crypto::PublicKey> others = {keys[0], keys[1]};
  expect_fault(verify_ear(token(kIetf), others, kNow), Code::kBadSignature, "jws.signature");
  const std::vector<crypto::PublicKey> many(17, keys[0]);
  expect_fault(verify_ear(token(kIetf), many, kNow), Code::kUnauthorised, "ear.no_key");
}

TEST_F(EarRead, RefusesTokensOfAnotherKind) {
  for (const char* typ : {"JWT", "eat+jwt"}) {
    EXPECT_TRUE(verify_token(token(kIetf, Json::object({{"typ", typ}}))).ok()) << typ;
  }
  for (const char* typ : {"at+jwt", "dpop+jwt", ""}) {
    expect_fault(verify_token(token(kIetf, Json::object({{"typ", typ}}))), Code::kMismatch,
                 "ear.typ");
  }
  expect_fault(verify_token(token(kIetf, Json::object({{"typ", 1}}))), Code::kMismatch, "ear.typ");
}

TEST_F(EarRead, HoldsItsTimes) {
  now_ = {kIssued + 299};
  EXPECT_TRUE(verify(kIetf).ok());
  now_ = {kIssued + 300};
  expect_fault(verify(kIetf), Code::kExpired, "ear.expired");
  now_ = {kIssued - kEarLeeway};
  EXPECT_TRUE(verify(kIetf).ok());
  now_ = {kIssued - kEarLeeway - 1};
  expect_fault(verify(kIetf), Code::kNotYetValid, "ear.not_yet_valid");
  now_ = kNow;
  Json later = claims();
  later.set("nbf", kNow.seconds + kEarLeeway);
  EXPECT_TRUE(verify_claims(later).ok());
  later.set("nbf", kNow.seconds + kEarLeeway + 1);
  expect_fault(verify_claims(later), Code::kNotYetValid, "ear.not_yet_valid");
}

TEST_F(EarRead, ATokenWithoutAnEndLivesADay) {
  now_ = {kIssued + kEarDefaultAge};
  EXPECT_TRUE(verify(kVeraison).ok());
  now_ = {kIssued + kEarDefaultAge + 1};
  expect_fault(verify(kVeraison), Code::kStale, "ear.stale");
  expected_.max_age = 2 * kEarDefaultAge;
  EXPECT_TRUE(verify(kVeraison).ok());
  expected_.max_age = 5;
  now_ = kNow;
  expect_fault(verify(kIetf), Code::kStale, "ear.stale");
}

TEST_F(EarRead, HoldsTheNonce) {
  expected_.nonce = "bm9uY2Vub25jZQ";
  EXPECT_TRUE(verify(kIetf).ok());
  expect_fault(verify(kVeraison), Code::kMismatch, "ear.nonce_mismatch");
  Json changed = claims();
  changed.set("eat_nonce", Json::Array{"bm9uY2Vub25jZQ", "another-nonce"});
  EXPECT_TRUE(verify_claims(changed).ok());
  expected_.nonce = "ZXZpZGVuY2U";  // the evidence's is not the result's
  expect_fault(verify(kIetf), Code::kMismatch, "ear.nonce_mismatch");
}

TEST_F(EarRead, HoldsTheEvidencesNonceInEverySubmodule) {
  expected_.evidence_nonce = "ZXZpZGVuY2U";
  EXPECT_TRUE(verify(kIetf).ok());
  const std::string text =
      test::replaced(std::string(kIetf), R"(["p2"],"eat_nonce":"ZXZpZGVuY2U")", R"(["p2"])");
  expect_fault(verify(text), Code::kMismatch, "ear.evidence_nonce");
}

TEST_F(EarRead, HoldsThePolicyInEverySubmodule) {
  expected_.policy_id = "p2";
  EXPECT_TRUE(verify(kIetf).ok());
  expected_.policy_id = "p1";
  expect_fault(verify(kIetf), Code::kMismatch, "ear.policy");
}

TEST_F(EarRead, ATokenForSomebodyElseIsRefused) {
  Json changed = claims();
  changed.set("aud", "them");
  expect_fault(verify_claims(changed), Code::kMismatch, "ear.audience");
  expected_.audience = "us";
  expect_fault(verify_claims(changed), Code::kMismatch, "ear.audience");
  changed.set("aud", Json::Array{"them", "us"});
  EXPECT_TRUE(verify_claims(changed).ok());
}

TEST_F(EarRead, RefusesAStatusBetterThanItsVector) {
  const std::string text =
      test::replaced(std::string(kIetf), R"("hardware":2)", R"("hardware":32)");
  expect_both(text, Code::kMismatch, "ear.overstated");
  expect_both(test::replaced(std::string(kTrustee), "contraindicated", "warning"), Code::kMismatch,
              "ear.overstated");
  expect_both(test::replaced(std::string(kTrustee), "contraindicated", "none"), Code::kMismatch,
              "ear.overstated");
}

TEST_F(EarRead, RefusesAWholeBetterThanItsParts) {
  Json changed = claims();
  changed.set("ear_status", "affirming");
  expect_both(codec::to_json(changed), Code::kMismatch, "ear.overstated");
  changed.set("ear_status", "contraindicated");
  EXPECT_EQ(verify_claims(changed).value().status, Tier::kContraindicated);
  changed.set("ear_status", "none");
  EXPECT_EQ(verify_claims(changed).value().status, Tier::kWarning);
}

TEST_F(EarRead, APartWithoutAConclusionKeepsTheWholeFromAffirming) {
  const std::string text = test::replaced(std::string(kVeraison), R"("submods":{)",
                                          R"("submods":{"gpu":{"ear.status":"none"},)");
  EXPECT_EQ(verify(text).value().status, Tier::kNone);
}

TEST_F(EarRead, TimesAreWholeSecondsAndFloatsOnlyWhereTheyAreKnownToOccur) {
  const std::string float_time =
      test::replaced(std::string(kVeraison), "1795608000", "1.795608e+09");
  EXPECT_EQ(verify(float_time).value().issued, Instant{kIssued});
  expect_both(test::replaced(std::string(kVeraison), "1795608000", "1795608000.5"),
              Code::kMalformed, "ear.time");
  expect_both(test::replaced(std::string(kIetf), ":1795608000", ":1.795608e+09"), Code::kMalformed,
              "ear.time");
  expect_both(test::replaced(std::string(kTrustee), ":1795608300", ":1.7956083e+09"),
              Code::kMalformed, "ear.time");
  for (const char* bad : {"-1", "\"1795608000\"", "99999999999999999999", "253402300800", "null"}) {
    expect_both(test::replaced(std::string(kIetf), ":1795608000", std::string(":") + bad),
                Code::kMalformed, "ear.time");
  }
  Json changed = claims();
  changed.set("nbf", "soon");
  expect_both(codec::to_json(changed), Code::kMalformed, "ear.time");
}

TEST_F(EarRead, RefusesClaimsThatAreMissingOrOfAnotherType) {
  struct Change {
    const char* from;
    const char* to;
    const char* reason;
  };
  const Change changes[] = {
      {R"("developer":"d")", R"("developer":1)", "ear.claim"},
      {R"("developer":"d",)", "", "ear.claim"},
      {R"({"developer":"d","build":"b"})", "[]", "ear.claim"},
      {R"("iat":1795608000,)", "", "ear.time"},
      {R"("ear_status":"affirming")", R"("ear_status":2)", "ear.status"},
      {R"("ear_status":"affirming")", R"("ear_status":"Affirming")", "ear.status"},
      {R"("ear_status":"affirming",)", "", "ear.status"},
      {R"("ear_status":"warning","eat_nonce")", R"("ear_status":0,"eat_nonce")", "ear.status"},
      {R"({"instance-identity":2,"hardware":2})", "[]", "ear.vector"},
      {R"("hardware":2)", R"("hardware":128)", "ear.vector"},
      {R"("hardware":2)", R"("hardware":-129)", "ear.vector"},
      {R"("hardware":2)", R"("hardware":2.5)", "ear.vector"},
      {R"("hardware":2)", R"("hardware":"genuine")", "ear.vector"},
      {R"("hardware":2)", R"("software":2)", "ear.vector"},
      {R"(["p1","p2"])", R"("p1")", "ear.claim"},
      {R"(["p1","p2"])", "[]", "ear.claim"},
      {R"(["p1","p2"])", "[1]", "ear.claim"},
      {R"("bm9uY2Vub25jZQ")", R"("short")", "ear.nonce"},
      {R"("bm9uY2Vub25jZQ")", "[]", "ear.claim"},
      {R"("bm9uY2Vub25jZQ")", "7", "ear.claim"},
      {R"({"cpu":)", R"({"":)", "ear.submods"},
      {R"("x":null)", R"("aud":[])", "ear.claim"},
  };
  for (const Change& change : changes) {
    const std::string text = test::replaced(std::string(kIetf), change.from, change.to);
    ASSERT_NE(text, kIetf) << change.from;
    expect_both(text, Code::kMalformed, change.reason);
  }
  for (const char* submods : {"{}", "[]", "null", R"({"a":1})"}) {
    Json changed = claims();
    changed.set("submods", claims(submods));
    expect_both(codec::to_json(changed), Code::kMalformed, "ear.submods");
  }
  Json many = claims();
  Json list = Json::object();
  for (int i = 0; i < 65; ++i) {
    list.set(std::to_string(i), Json::object({{"ear_status", "none"}}));
  }
  many.set("submods", list);
  expect_both(codec::to_json(many), Code::kMalformed, "ear.submods");
}

TEST_F(EarRead, EveryPrefixAndEveryChangedByteIsRefused) {
  const std::string good = token(kIetf);
  ASSERT_TRUE(verify_token(good).ok());
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(verify_token(good.substr(0, length)).ok()) << length;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_token(changed).ok()) << at;
  }
  for (std::size_t length = 0; length < kIetf.size(); ++length) {
    EXPECT_FALSE(parse_ear(as_bytes(kIetf.substr(0, length))).ok()) << length;
  }
}

TEST_F(EarRead, IsExplainedWithoutControlBytes) {
  const std::string text =
      test::replaced(std::string(kIetf), R"("developer":"d")", R"("developer":"\u001b[2Jd")");
  const Ear ear = verify(text).value();
  const std::string words = explain_ear(ear, false);
  EXPECT_EQ(words.find('\x1b'), std::string::npos);
  for (const char* part : {"warning", "ietf", "cpu", "gpu", "hardware", "genuine and supported",
                           "no vector", "p1", "bm9uY2Vub25jZQ", "valid until"}) {
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
  }
  const Json json = ear_json(ear);
  EXPECT_EQ(json.find("verdict")->string(), "refused");
  EXPECT_EQ(json.find("status")->string(), "warning");
  EXPECT_EQ(json.find("submodules")->items().size(), 2U);
}

TEST_F(EarRead, ASimulatedMachineIsImpossibleToMiss) {
  const std::string text =
      test::replaced(std::string(kIetf), R"({"b":1})", R"({"simulated":true})");
  const Ear ear = verify(text).value();
  EXPECT_NE(explain_ear(ear, true).find("SIMULATED: NO PROTECTION"), std::string::npos);
  EXPECT_TRUE(ear_json(ear).find("simulated")->boolean());
}

}  // namespace
}  // namespace claustrum::policy
