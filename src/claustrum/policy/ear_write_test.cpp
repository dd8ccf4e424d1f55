// SPDX-License-Identifier: Apache-2.0
// What a verdict says as an EAR, claim by claim, and that a reader gets back what was written.
#include "claustrum/policy/ear_write.h"

#include <gtest/gtest.h>

#include "claustrum/codec/base64.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/policy/ear_vector.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using codec::Json;
using crypto::KeyKind;
using crypto::PrivateKey;
using evidence::FactorStatus;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

template <typename T>
void expect_fault(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason);
}

const PrivateKey& signer() {
  static const PrivateKey key = PrivateKey::generate(KeyKind::kP256);
  return key;
}

class EarWrite : public ::testing::Test {
 protected:
  EarWrite() {
    options_.developer = "Claustrum";
    options_.build = "test";
    more_.pass("nonce", "report data equal", "equal");
  }

  Appraisal appraisal() const {
    const auto policy = Policy::parse(as_bytes(policy_));
    evidence::Verification verification = test::verification_of(claims_);
    if (!authentic_) {
      verification.claims.reset();
      verification.factors.find("signature")->status = FactorStatus::kFail;
    }
    AppraisalInput input;
    input.verification = &verification;
    input.now = kNow;
    input.init_data = as_bytes(test::kInitDataText);
    input.more = more_;
    return appraise(*policy, input);
  }

  Json write(std::optional<Bytes> nonce = std::nullopt) const {
    const Appraisal verdict = appraisal();
    const EarComponent component{"", &verdict, std::move(nonce)};
    return ear_claims({&component, 1}, options_).value();
  }

  static const Json& only_submodule(const Json& claims) {
    return claims.find("submods")->members().front().second;
  }

  Result<Ear> round_trip(const PrivateKey& key) const {
    const Appraisal verdict = appraisal();
    const EarComponent component{"", &verdict, Bytes(64, 7)};
    const std::string token = sign_ear({&component, 1}, options_, key).value();
    const std::vector<crypto::PublicKey> keys = {key.public_key()};
    return verify_ear(token, keys, kNow);
  }

  std::string policy_{test::kPolicyText};
  evidence::Claims claims_ = test::good_claims();
  evidence::Factors more_;
  bool authentic_ = true;
  EarOptions options_;
};

TEST_F(EarWrite, SaysWhatThePageSaysAndNothingElse) {
  EXPECT_EQ(
      codec::to_json(write(Bytes(64, 7))),
      R"({"eat_profile":"tag:ietf.org,2026:rats/ear#04","iat":1795608000,"exp":1795608300,)"
      R"("ear_verifier_id":{"developer":"Claustrum","build":"test"},"ear_status":"affirming",)"
      R"("submods":{"amd-sev-snp":{"ear_status":"affirming","ear_trustworthiness_vector":)"
      R"({"instance-identity":2,"configuration":3,"executables":3,"hardware":2,)"
      R"("runtime-opaque":2},"ear_appraisal_policy_ids":["ni:///sha-256;)" +
          codec::base64url_encode(crypto::sha256(as_bytes(policy_))) + R"("],"eat_nonce":")" +
          codec::base64url_encode(Bytes(64, 7)) + R"(","ear_verifier_claims":)" +
          codec::to_json(*only_submodule(write()).find("ear_verifier_claims")) + "}}}");
  const Json added = *only_submodule(write()).find("ear_verifier_claims");
  EXPECT_TRUE(added.only_members({"verdict", "platform", "simulated", "factors"}).ok());
  EXPECT_EQ(added.find("verdict")->string(), "accepted");
  EXPECT_EQ(added.find("factors")->find("nonce")->string(), "pass");
}

TEST_F(EarWrite, NamesNoMachine) {
  const std::string text = codec::to_json(write());
  EXPECT_EQ(text.find("cccc"), std::string::npos);
  EXPECT_EQ(text.find("aaaaaaaa"), std::string::npos);
}

TEST_F(EarWrite, SpeaksTheOlderDialects) {
  for (const EarDialect dialect : {EarDialect::kVeraison, EarDialect::kTrustee}) {
    options_.dialect = dialect;
    options_.raw_evidence = EarRawEvidence{"application/octet-stream", {0xde, 0xad}};
    const Json claims = write(Bytes(64, 7));
    const Json& part = only_submodule(claims);
    EXPECT_EQ(claims.find("submods")->members().front().first,
              dialect == EarDialect::kTrustee ? "cpu0" : "amd-sev-snp");
    EXPECT_EQ(claims.find("ear.raw-evidence")->string(), "3q0");
    EXPECT_EQ(claims.find("ear.status"), nullptr);
    EXPECT_EQ(claims.find("ear.verifier-id")->find("build")->string(), "test");
    EXPECT_EQ(part.find("ear.status")->string(), "affirming");
    EXPECT_EQ(part.find("ear.trustworthiness-vector")->find("hardware")->integer(), 2);
    EXPECT_TRUE(part.find("ear.appraisal-policy-id")->string().starts_with("ni:///sha-256;"));
    EXPECT_EQ(part.find("eat_nonce"), nullptr);
    EXPECT_NE(part.find("ear.veraison.policy-claims"), nullptr);
  }
}

TEST_F(EarWrite, CarriesEvidenceAndNonceOnlyWhereAsked) {
  EXPECT_EQ(write().find("ear_raw_evidence"), nullptr);
  EXPECT_EQ(write().find("eat_nonce"), nullptr);
  options_.raw_evidence = EarRawEvidence{"application/octet-stream", {0xde, 0xad}};
  options_.nonce = Bytes(8, 1);
  EXPECT_EQ(codec::to_json(*write().find("ear_raw_evidence")),
            R"(["application/octet-stream","3q0"])");
  EXPECT_EQ(write().find("eat_nonce")->string(), codec::base64url_encode(Bytes(8, 1)));
}

TEST_F(EarWrite, NamesTheEvidencesNonceOnlyWhereItWasFound) {
  EXPECT_NE(only_submodule(write(Bytes(64, 7))).find("eat_nonce"), nullptr);
  more_.find("nonce")->status = FactorStatus::kFail;
  EXPECT_EQ(only_submodule(write(Bytes(64, 7))).find("eat_nonce"), nullptr);
  more_ = {};
  EXPECT_EQ(only_submodule(write(Bytes(64, 7))).find("eat_nonce"), nullptr);
}

TEST_F(EarWrite, TheWholeIsAsGoodAsItsWorstPart) {
  const Appraisal good = appraisal();
  policy_ = test::replaced(policy_, "vmpl = { exact = 0 }", "vmpl = { exact = 1 }");
  const Appraisal refused = appraisal();
  ASSERT_FALSE(refused.accepted());
  const EarComponent parts[] = {{"a", &good, {}}, {"b", &refused, {}}};
  const Json claims = ear_claims(parts, options_).value();
  EXPECT_EQ(claims.find("ear_status")->string(), "contraindicated");
  EXPECT_EQ(claims.find("submods")->find("a")->find("ear_status")->string(), "affirming");
  EXPECT_EQ(claims.find("submods")->find("b")->find("ear_status")->string(), "contraindicated");
}

TEST_F(EarWrite, IsAsOldAsItsOldestPart) {
  const Appraisal verdict = appraisal();
  const auto policy = Policy::parse(as_bytes(policy_));
  AppraisalInput early;
  early.now = {kNow.seconds - 1000};
  const Appraisal older = appraise(*policy, early);
  const EarComponent parts[] = {{"a", &verdict, {}}, {"b", &older, {}}};
  const Json claims = ear_claims(parts, options_).value();
  EXPECT_EQ(claims.find("iat")->integer(), kNow.seconds - 1000);
  EXPECT_EQ(claims.find("exp")->integer(), kNow.seconds - 700);
}

TEST_F(EarWrite, RefusesWhatIsNoResult) {
  const Appraisal verdict = appraisal();
  const EarComponent twice[] = {{"a", &verdict, {}}, {"a", &verdict, {}}};
  expect_fault(ear_claims({}, options_), Code::kMalformed, "ear.components");
  expect_fault(ear_claims(twice, options_), Code::kMalformed, "ear.components");
  const std::vector<EarComponent> many(17, EarComponent{"", &verdict, {}});
  expect_fault(ear_claims(many, options_), Code::kMalformed, "ear.components");
  const EarComponent long_name{std::string(257, 'a'), &verdict, {}};
  expect_fault(ear_claims({&long_name, 1}, options_), Code::kMalformed, "ear.components");
  EarOptions heavy = options_;
  heavy.raw_evidence = EarRawEvidence{"application/octet-stream", Bytes(kMaxEarRawEvidence + 1)};
  expect_fault(ear_claims({twice, 1}, heavy), Code::kExhausted, "ear.raw_evidence");
  for (const std::int64_t life : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{86'401}}) {
    options_.life_seconds = life;
    expect_fault(ear_claims({twice, 1}, options_), Code::kMalformed, "ear.life");
  }
  options_.life_seconds = 86'400;
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{65}}) {
    const EarComponent component{"a", &verdict, Bytes(size, 1)};
    expect_fault(ear_claims({&component, 1}, options_), Code::kMalformed, "ear.nonce");
    EarOptions other = options_;
    other.nonce = Bytes(size, 1);
    expect_fault(ear_claims({twice, 1}, other), Code::kMalformed, "ear.nonce");
  }
  expect_fault(sign_ear({twice, 1}, options_, PrivateKey::generate(KeyKind::kEd25519)),
               Code::kUnsupported, "ear.key_kind");
}

TEST_F(EarWrite, AReaderGetsBackWhatWasWritten) {
  for (const KeyKind kind : {KeyKind::kP256, KeyKind::kP384}) {
    for (const EarDialect dialect :
         {EarDialect::kIetf, EarDialect::kVeraison, EarDialect::kTrustee}) {
      options_.dialect = dialect;
      const auto ear = round_trip(PrivateKey::generate(kind));
      ASSERT_TRUE(ear.ok()) << ear.error().message();
      EXPECT_EQ(ear->dialect, dialect);
      EXPECT_EQ(ear->status, Tier::kAffirming);
      EXPECT_EQ(ear->issued, kNow);
      EXPECT_EQ(ear->expires, kNow + 300);
      EXPECT_EQ(ear->developer, "Claustrum");
      ASSERT_EQ(ear->submodules.size(), 1U);
      EXPECT_EQ(ear->submodules[0].vector, trust_vector(appraisal()));
      EXPECT_EQ(ear->submodules[0].nonces.size(), dialect == EarDialect::kIetf ? 1U : 0U);
      EXPECT_FALSE(ear->header_key);
    }
  }
}

TEST_F(EarWrite, TheHeaderNamesTypeAndThumbprintAndBringsNoKey) {
  const Appraisal verdict = appraisal();
  const EarComponent component{"", &verdict, {}};
  const std::string token = sign_ear({&component, 1}, options_, signer()).value();
  const auto jws = crypto::jws_verify_compact(token, signer().public_key());
  ASSERT_TRUE(jws.ok());
  EXPECT_TRUE(jws->header.only_members({"alg", "typ", "kid"}).ok());
  EXPECT_EQ(jws->header.find("typ")->string(), "eat+jwt");
  EXPECT_EQ(jws->header.find("kid")->string().size(), 43U);
}

// The whole way, from claims to status.
TEST_F(EarWrite, ASimulatedMachineIsContraindicatedThoughThePolicyTakesIt) {
  claims_.simulated = true;
  policy_ += "[[simulated]]\nroot = \"" + codec::hex_encode(claims_.root_spki_sha256) +
             "\"\nreason = \"demo\"\nuntil = \"2026-12-31T00:00:00Z\"\n";
  ASSERT_TRUE(appraisal().accepted());
  const Json claims = write();
  EXPECT_EQ(claims.find("ear_status")->string(), "contraindicated");
  EXPECT_EQ(claims.find("submods")->find("amd-sev-snp")->find("ear_status")->string(),
            "contraindicated");
  for (const auto& [name, value] :
       only_submodule(claims).find("ear_trustworthiness_vector")->members()) {
    EXPECT_NE(tier_of(static_cast<std::int8_t>(value.integer())), Tier::kAffirming) << name;
  }
  EXPECT_TRUE(only_submodule(claims).find("ear_verifier_claims")->find("simulated")->boolean());
}

TEST_F(EarWrite, EvidenceThatIsNotAuthenticIsContraindicated) {
  authentic_ = false;
  const Json claims = write();
  EXPECT_EQ(claims.find("ear_status")->string(), "contraindicated");
  EXPECT_EQ(only_submodule(claims).find("ear_trustworthiness_vector")->find("hardware")->integer(),
            99);
}

TEST_F(EarWrite, NothingVerifiedIsAResultToo) {
  const auto policy = Policy::parse(as_bytes(policy_));
  const Appraisal nothing = appraise(*policy, {});
  const EarComponent component{"", &nothing, {}};
  const Json claims = ear_claims({&component, 1}, options_).value();
  EXPECT_EQ(claims.find("submods")->find("unknown")->find("ear_status")->string(),
            "contraindicated");
}

TEST_F(EarWrite, AWaivedRevocationIsAWarning) {
  policy_ +=
      "[[waive]]\nfactor = \"revocation\"\nreason = \"x\"\nuntil = \"2026-12-31T00:00:00Z\"\n";
  evidence::Verification verification = test::verification_of(claims_);
  verification.factors.find("revocation")->status = FactorStatus::kFail;
  const auto policy = Policy::parse(as_bytes(policy_));
  AppraisalInput input;
  input.verification = &verification;
  input.now = kNow;
  input.init_data = as_bytes(test::kInitDataText);
  input.more = more_;
  const Appraisal verdict = appraise(*policy, input);
  ASSERT_TRUE(verdict.accepted());
  const EarComponent component{"", &verdict, {}};
  EXPECT_EQ(ear_claims({&component, 1}, options_).value().find("ear_status")->string(), "warning");
}

// Whatever factor an appraisal may hold: if it is not a pass, some category stops affirming.
TEST_F(EarWrite, NoFactorOfAnAppraisalIsWithoutWeight) {
  for (const std::string_view text : {test::kPolicyText, test::kPolicyText2}) {
    policy_ = text;
    const Appraisal verdict = appraisal();
    evidence::Factors good = verdict.factors();
    for (evidence::Factor& factor : good.list()) {
      factor.status = FactorStatus::kPass;
    }
    const TrustVector before = trust_vector({&good, verdict.claims(), true});
    for (std::size_t i = 0; i < good.list().size(); ++i) {
      evidence::Factors factors = good;
      factors.list()[i].status = FactorStatus::kNotReached;
      EXPECT_NE(trust_vector({&factors, verdict.claims(), true}), before) << factors.list()[i].id;
    }
  }
}

}  // namespace
}  // namespace claustrum::policy
