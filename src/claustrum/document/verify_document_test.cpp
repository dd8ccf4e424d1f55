// SPDX-License-Identifier: Apache-2.0
// One thing changed a test, everything signed again, one reason expected.
#include "claustrum/document/verify_document.h"

#include "claustrum/codec/hex.h"
#include "claustrum/document/test_scene.h"
#include "claustrum/policy/explain.h"

namespace claustrum::document {
namespace {

using evidence::FactorStatus;
using test::expect_accepted;
using test::expect_only_fails;
using test::kNow;
using test::replaced;
using test::Scene;

void append_waiver(Scene& scene, std::string_view factor) {
  scene.policy += "[[waive]]\nfactor = \"" + std::string(factor) +
                  "\"\nreason = \"demo\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
}

TEST(VerifyDocument, AcceptsAServiceThatIsRightInEverything) {
  Scene scene;
  const std::string text = scene.build();
  const DocumentVerdict verdict = scene.verify(text);
  expect_accepted(verdict);
  EXPECT_EQ(verdict.document_sha256, crypto::sha256(as_bytes(text)));
  ASSERT_TRUE(verdict.keys && verdict.launch && verdict.document);
  EXPECT_EQ(*verdict.keys, scene.keys);
  EXPECT_EQ(verdict.launch->service, "clinic-assistant");
  for (const char* id : {"document", "versions", "profile", "role", "devices", "launch", "keys",
                         "nonce", "binding", "service", "model", "software", "ledger-inclusion",
                         "ledger-witnessed", "init-data-digest", "measurement", "simulated"}) {
    ASSERT_NE(verdict.appraisal.factors().find(id), nullptr) << id;
    EXPECT_EQ(verdict.appraisal.factors().find(id)->status, FactorStatus::kPass) << id;
  }
}

TEST(VerifyDocument, AcceptsOneOfMany) {
  Scene scene;
  const Batch batch = make_batch({Nonce{}, scene.nonce, Nonce{1}});
  scene.document.batch = batch.proofs[1];
  const DocumentVerdict verdict = scene.run();
  expect_accepted(verdict);
  EXPECT_EQ(verdict.appraisal.factors().find("nonce")->found,
            "the report answers 3 clients, this one among them");
}

TEST(VerifyDocument, RejectsAnotherClientsAnswer) {
  Scene scene;
  const std::string text = scene.build();
  scene.nonce.fill(0x78);
  expect_only_fails(scene.verify(text), "binding", "document.binding", {"nonce"});
}

TEST(VerifyDocument, RejectsABatchWithoutThisClient) {
  Scene scene;
  const Batch batch = make_batch({Nonce{}, scene.nonce, Nonce{1}});
  scene.document.batch = batch.proofs[1];
  scene.tamper = [&batch](EvidenceDocument& document) { document.batch = batch.proofs[0]; };
  expect_only_fails(scene.run(), "binding", "document.binding", {"nonce"});
  scene.tamper = [](EvidenceDocument& document) { document.batch->path.clear(); };
  expect_only_fails(scene.run(), "nonce", "document.batch", {"binding"});
}

TEST(VerifyDocument, RejectsADroppedOrAddedSection) {
  Scene scene;
  scene.document.collateral["x"] = {1};
  scene.tamper = [](EvidenceDocument& document) { document.collateral.clear(); };
  expect_accepted(scene.run());  // stands on its own signature, not hashed
  scene.tamper = [](EvidenceDocument& document) {
    document.software = to_bytes(as_text(*document.software));
    document.software->push_back('\n');
  };
  const DocumentVerdict verdict = scene.run();
  EXPECT_EQ(verdict.appraisal.factors().find("binding")->reason, "document.binding");
}

TEST(VerifyDocument, RejectsKeysSwappedAfterBinding) {
  Scene scene;
  scene.tamper = [](EvidenceDocument& document) {
    KeysClaims keys = test::good_keys();
    keys.replica.fill(1);
    document.keys = sign_keys(keys, test::identity_key());
  };
  expect_only_fails(scene.run(), "binding", "document.binding", {"nonce"});
}

TEST(VerifyDocument, RejectsTheSameImageOfSomebodyElse) {
  Scene scene;
  scene.document.keys = sign_keys(scene.keys, test::other_key());
  const DocumentVerdict verdict = scene.run();
  expect_only_fails(verdict, "keys", "cose.signature");
  EXPECT_FALSE(verdict.keys.has_value());
}

TEST(VerifyDocument, RejectsKeysOfAnotherService) {
  Scene scene;
  scene.keys.service = "other";
  expect_only_fails(scene.run(), "keys", "keys.service");
}

TEST(VerifyDocument, RejectsKeysOutsideTheirTime) {
  Scene scene;
  scene.keys.not_before = kNow + 1;
  scene.keys.not_after = kNow + 100;
  expect_only_fails(scene.run(), "keys", "keys.not_yet_valid");
  scene.keys.not_before = kNow + -100;
  scene.keys.not_after = kNow + -1;
  expect_only_fails(scene.run(), "keys", "keys.expired");
}

TEST(VerifyDocument, RejectsAnotherRole) {
  Scene scene;
  scene.document.role = "broker";
  expect_only_fails(scene.run(), "role", "document.role");
}

TEST(VerifyDocument, RejectsSectionsItCannotVerify) {
  Scene scene;
  scene.document.devices = to_bytes("gpu");
  expect_only_fails(scene.run(), "devices", "document.devices");
  scene.document.devices.reset();
  scene.document.room = to_bytes("contract");
  expect_only_fails(scene.run(), "devices", "document.devices");
}

TEST(VerifyDocument, RejectsFormatsOlderThanTheProfilesMinimum) {
  for (auto member : {&ProfileMinimum::document, &ProfileMinimum::keys, &ProfileMinimum::receipt}) {
    Scene scene;
    scene.profile_claims.minimum.*member = 2;
    expect_only_fails(scene.run(), "versions", "document.minimum");
  }
}

TEST(VerifyDocument, RejectsAProfileOutOfTimeOrReplaced) {
  Scene scene;
  scene.profile_claims.created = kNow + 1;
  expect_only_fails(scene.run(), "profile", "profile.not_yet_valid");
  scene.profile_claims.created = kNow + -2;
  scene.profile_claims.expires = kNow + -1;
  expect_only_fails(scene.run(), "profile", "profile.expired");
  scene.profile_claims.expires = kNow;
  scene.least_profile_number = 4;
  expect_only_fails(scene.run(), "profile", "profile.number");
}

TEST(VerifyDocument, RejectsAnotherServicesLaunchData) {
  Scene scene;
  scene.init_data =
      replaced(scene.init_data, "service = \"clinic-assistant\"", "service = \"other\"");
  scene.policy = replaced(scene.policy, "\"service\" = { exact = \"clinic-assistant\" }",
                          "\"service\" = { ignore = \"the profile names it\" }");
  expect_only_fails(scene.run(), "service", "document.service");
}

TEST(VerifyDocument, RejectsLaunchDataTheHardwareDidNotBind) {
  Scene scene;
  scene.tamper = [&scene](EvidenceDocument&) { scene.claims.host_data = Bytes(32, 0xee); };
  expect_only_fails(scene.run(), "init-data-digest", "init_data.digest");
}

TEST(VerifyDocument, RejectsALaunchConfigurationItCannotRead) {
  Scene scene;
  scene.init_data = replaced(scene.init_data, "tick-ms = 50", "tick-ms = 5");
  scene.policy = replaced(scene.policy, "\"serve.tick-ms\" = { at-least = 10 }",
                          "\"serve.tick-ms\" = { ignore = \"any\" }");
  expect_only_fails(scene.run(), "launch", "launch.range",
                    {"service", "model", "ledger-inclusion", "ledger-witnessed"});
}

TEST(VerifyDocument, RejectsAnotherModel) {
  Scene scene;
  scene.with_model = false;
  scene.document.model = to_bytes("other");
  expect_only_fails(scene.run(), "model", "document.model");
  scene.document.model.reset();
  expect_only_fails(scene.run(), "model", "document.model_absent");
}

TEST(VerifyDocument, RejectsAReleaseOfAnotherProgram) {
  Scene scene;
  scene.release.detail.set("measurement", std::string(96, 'b'));
  expect_only_fails(scene.run(), "software", "document.software");
}

TEST(VerifyDocument, RejectsAReleaseForAnotherPlatform) {
  Scene scene;
  scene.release.detail.set("platform", "intel-tdx");
  expect_only_fails(scene.run(), "software", "document.software_platform");
}

TEST(VerifyDocument, RejectsAnEntryOfAnotherType) {
  Scene scene;
  scene.release.type = "policy";
  expect_only_fails(scene.run(), "software", "document.software_type");
}

TEST(VerifyDocument, RejectsAMissingRelease) {
  Scene scene;
  scene.with_software = false;
  const DocumentVerdict verdict = scene.run();
  const evidence::Factors& factors = verdict.appraisal.factors();
  EXPECT_EQ(factors.find("software")->reason, "document.software_absent");
  EXPECT_EQ(factors.find("ledger-inclusion")->reason, "document.software_absent");
  EXPECT_EQ(factors.find("ledger-witnessed")->reason, "ledger.unwitnessed");
  append_waiver(scene, "software");
  append_waiver(scene, "ledger-inclusion");
  append_waiver(scene, "ledger-witnessed");
  expect_accepted(scene.run());
}

TEST(VerifyDocument, RejectsAReleaseWithoutProof) {
  Scene scene;
  scene.with_proof = false;
  append_waiver(scene, "ledger-witnessed");
  expect_only_fails(scene.run(), "ledger-inclusion", "document.proof_absent");
}

TEST(VerifyDocument, RejectsAProofOfAnotherEntry) {
  Scene scene;
  scene.tamper = [](EvidenceDocument& document) {
    std::string& proof = document.proofs["software"];
    proof = replaced(proof, "index 1\n", "index 0\n");
  };
  expect_only_fails(scene.run(), "ledger-inclusion", "ledger.inclusion", {"ledger-witnessed"});
  // No waiver for missing witnesses makes a wrong proof good.
  append_waiver(scene, "ledger-inclusion");
  append_waiver(scene, "ledger-witnessed");
  EXPECT_FALSE(scene.run().appraisal.accepted());
}

TEST(VerifyDocument, RejectsAnotherLog) {
  Scene scene;
  scene.log_origin = "other.example/log";
  expect_only_fails(scene.run(), "ledger-inclusion", "tlog_proof.origin", {"ledger-witnessed"});
}

TEST(VerifyDocument, RejectsALogKeyTheLaunchDataDoesNotName) {
  Scene scene;
  const std::string key = scene.profile_claims.ledger.keys.front();
  scene.init_data = replaced(scene.init_data, key, "other+12345678+AQ");
  expect_only_fails(scene.run(), "ledger-inclusion", "document.ledger_key", {"ledger-witnessed"});
}

TEST(VerifyDocument, RejectsALogKeyTheProfileDoesNotName) {
  Scene scene;
  scene.profile_claims.ledger.keys.clear();
  expect_only_fails(scene.run(), "ledger-inclusion", "note.unsigned", {"ledger-witnessed"});
  scene.profile_claims.ledger.keys = {"no key"};
  expect_only_fails(scene.run(), "ledger-inclusion", "note.vkey", {"ledger-witnessed"});
}

TEST(VerifyDocument, CountsDifferentWitnessesAgainstTheQuorum) {
  Scene scene;
  scene.cosigners = {"w1", "w1"};
  expect_only_fails(scene.run(), "ledger-witnessed", "ledger.quorum");
  scene.cosigners = {"w1", "w9"};  // not in the profile
  expect_only_fails(scene.run(), "ledger-witnessed", "ledger.quorum");
  scene.cosigners = {"w3", "w2"};
  expect_accepted(scene.run());
}

TEST(VerifyDocument, AQuorumOfNoneIsUnwitnessedUntilWaived) {
  Scene scene;
  scene.cosigners.clear();
  expect_only_fails(scene.run(), "ledger-witnessed", "ledger.unwitnessed");
  scene.profile_claims.ledger.quorum = 0;
  expect_only_fails(scene.run(), "ledger-witnessed", "ledger.unwitnessed");
  append_waiver(scene, "ledger-witnessed");
  const DocumentVerdict verdict = scene.run();
  expect_accepted(verdict);
  EXPECT_EQ(verdict.appraisal.factors().find("ledger-witnessed")->status, FactorStatus::kWaived);
}

TEST(VerifyDocument, RejectsForgedAndFutureCosignatures) {
  Scene scene;
  scene.tamper = [](EvidenceDocument& document) {
    std::string& proof = document.proofs["software"];
    const std::size_t at = proof.find(" w2 ");
    ASSERT_NE(at, std::string::npos);
    char& letter = proof[at + 40];  // inside the signature
    letter = letter == 'A' ? 'B' : 'A';
  };
  expect_only_fails(scene.run(), "ledger-witnessed", "witness.signature");
  scene.tamper = [](EvidenceDocument&) {};
  scene.cosigned_at = kNow + 1;
  expect_only_fails(scene.run(), "ledger-witnessed", "witness.time");
}

TEST(VerifyDocument, RejectsWitnessKeysItCannotRead) {
  Scene scene;
  scene.profile_claims.ledger.witnesses = {"x", "y"};
  expect_only_fails(scene.run(), "ledger-witnessed", "witness.vkey");
}

TEST(VerifyDocument, WithoutAuthenticEvidenceNothingIsBound) {
  Scene scene;
  scene.authentic = false;
  const DocumentVerdict verdict = scene.run();
  const evidence::Factors& factors = verdict.appraisal.factors();
  EXPECT_FALSE(verdict.appraisal.accepted());
  EXPECT_EQ(factors.find("signature")->status, FactorStatus::kFail);
  for (const char* id : {"nonce", "binding", "software", "measurement"}) {
    EXPECT_EQ(factors.find(id)->status, FactorStatus::kNotReached) << id;
  }
  EXPECT_EQ(factors.find("keys")->status, FactorStatus::kPass);
}

TEST(VerifyDocument, APlatformWithoutVerifierIsUnsupported) {
  Scene scene;
  scene.document.platform = "intel-tdx";
  const DocumentVerdict verdict = scene.run();
  EXPECT_EQ(policy::verdict_of(verdict.appraisal), policy::Verdict::kUnsupported);
  EXPECT_EQ(verdict.appraisal.factors().find("format")->reason, "document.platform");
}

TEST(VerifyDocument, BytesThatAreNoDocumentAreMalformedOrUnsupported) {
  Scene scene;
  DocumentVerdict verdict = scene.verify("{}");
  EXPECT_EQ(policy::verdict_of(verdict.appraisal), policy::Verdict::kMalformed);
  EXPECT_EQ(verdict.appraisal.factors().find("document")->reason, "json.member");
  EXPECT_EQ(verdict.appraisal.factors().find("binding")->status, FactorStatus::kNotReached);
  EXPECT_FALSE(verdict.document.has_value());
  verdict = scene.verify("{\"version\":2}");
  EXPECT_EQ(policy::verdict_of(verdict.appraisal), policy::Verdict::kUnsupported);
}

// Roots, floors and time a verifier sees are the profile's and the caller's, never the document's.
TEST(VerifyDocument, HandsTheProfilesTrustToTheVerifier) {
  Scene scene;
  scene.policy += "[[floor]]\nissuer = \"" + std::string(64, 'd') +
                  "\"\ncrl-this-update = \"2026-01-01T00:00:00Z\"\n[[simulated]]\nroot = \"" +
                  std::string(64, 'e') +
                  "\"\nreason = \"demo\"\nuntil = \"2026-12-31T00:00:00Z\"\n";
  scene.document.collateral["vcek"] = {1, 2};
  bool called = false;
  const auto inner = scene.verifiers["amd-sev-snp"];
  scene.verifiers["amd-sev-snp"] = [&](const evidence::VerifyInput& input) {
    called = true;
    EXPECT_TRUE(equal(input.evidence, as_bytes("report")));
    EXPECT_EQ(input.now, kNow);
    EXPECT_EQ(input.collateral->at("vcek"), (Bytes{1, 2}));
    EXPECT_TRUE(input.floors->have_source);
    EXPECT_EQ(input.floors->crl_this_update.size(), 1U);
    EXPECT_EQ(input.extra_roots.size(), 1U);
    EXPECT_TRUE(input.extra_roots.front().simulated);
    return inner(input);
  };
  expect_accepted(scene.run());
  EXPECT_TRUE(called);
}

TEST(VerifyDocument, NoBitOfTheDocumentCanBeFlippedUnseen) {
  Scene scene;
  scene.document.collateral.clear();
  const std::string text = scene.build();
  const Profile profile = scene.profile();
  const std::size_t proofs = text.find("\"collateral\"");
  ASSERT_NE(proofs, std::string::npos);
  // Up to the unhashed sections; the cpu evidence here is a stand-in no verifier looks at.
  const std::size_t skip_from = text.find("\"evidence\":\"") + 12;
  const std::size_t skip_to = text.find('"', skip_from);
  for (std::size_t i = 0; i < proofs; i += 3) {
    if (i >= skip_from && i < skip_to) {
      continue;
    }
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 7)));
    DocumentInput input;
    input.document = as_bytes(changed);
    input.nonce = scene.nonce;
    input.now = kNow;
    input.profile = &profile;
    input.verifiers = &scene.verifiers;
    EXPECT_FALSE(verify_document(input).appraisal.accepted()) << i;
  }
}

}  // namespace
}  // namespace claustrum::document
