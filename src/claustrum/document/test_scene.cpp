// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/test_scene.h"

#include <algorithm>

#include "claustrum/codec/hex.h"

namespace claustrum::document::test {

namespace {

using evidence::FactorStatus;

constexpr std::string_view kModel = "{\"a\":\"manifest\"}";

const crypto::PrivateKey& publisher_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

crypto::PrivateKey note_key(std::uint8_t seed) {
  return crypto::PrivateKey::from_raw(crypto::KeyKind::kEd25519, Bytes(32, seed)).value();
}

crypto::PrivateKey witness_key(std::string_view name) {
  return note_key(static_cast<std::uint8_t>(100 + name.back() - '0'));
}

ledger::NoteSigner log_signer() {
  return ledger::NoteSigner("log.example", note_key(7));
}

}  // namespace

Scene::Scene() {
  nonce.fill(0x77);
  const std::string manifest = codec::hex_encode(crypto::sha256(as_bytes(kModel)));
  const std::string placeholder(64, '2');
  init_data = replaced(std::string(policy::test::kInitDataText), placeholder, manifest);
  init_data = replaced(init_data, "log.example+12345678+AQ", log_signer().vkey());
  policy = replaced(std::string(policy::test::kPolicyText), placeholder, manifest);

  profile_claims.service = "clinic-assistant";
  profile_claims.number = 3;
  profile_claims.publisher = "The Clinic";
  profile_claims.created = kNow + -86400;
  profile_claims.expires = kNow + 86400;
  profile_claims.identity_key_spki = identity_key().public_key().spki();
  profile_claims.ledger.origin = kOrigin;
  profile_claims.ledger.keys = {log_signer().vkey()};
  for (const char* name : {"w1", "w2", "w3"}) {
    profile_claims.ledger.witnesses.push_back(witness_vkey(name, witness_key(name).public_key()));
  }
  profile_claims.ledger.quorum = 2;

  release.type = "software";
  release.digest = crypto::sha256(as_bytes("binary"));
  release.time = kNow + -1000;
  release.detail.set("name", "claustrum")
      .set("version", "0.1.0")
      .set("platform", "amd-sev-snp")
      .set("measurement", std::string(96, 'a'))
      .set("source", "unknown")
      .set("builder", "test");

  document.role = "serve";
  document.platform = "amd-sev-snp";
  document.evidence = to_bytes("report");
  verifiers["amd-sev-snp"] = [this](const evidence::VerifyInput&) {
    evidence::Verification out = policy::test::verification_of(claims);
    if (!authentic) {
      out.claims.reset();
      *out.factors.find("signature") = {"signature", FactorStatus::kFail, "a", "b",
                                        "c",         "snp.signature"};
    }
    return out;
  };
}

std::string Scene::make_proof(BytesView entry) const {
  ledger::MerkleTree tree;
  tree.append(as_bytes("first"));
  tree.append(entry);
  tree.append(as_bytes("third"));
  const std::string text = ledger::checkpoint_text({log_origin, tree.size(), tree.root()});
  std::string note = log_signer().sign(text);
  for (const std::string& name : cosigners) {
    note += cosign(name, witness_key(name), text, cosigned_at);
  }
  return ledger::serialize_tlog_proof({1, tree.inclusion_proof(1, tree.size()), note});
}

std::string Scene::build() {
  EvidenceDocument out = document;
  out.init_data = to_bytes(init_data);
  out.keys = out.keys.empty() ? sign_keys(keys, identity_key()) : out.keys;
  if (with_model) {
    out.model = to_bytes(kModel);
  }
  if (with_software) {
    out.software = to_bytes(ledger::serialize_entry(release));
  }
  if (with_software && with_proof) {
    out.proofs["software"] = make_proof(*out.software);
  }
  Nonce bound = nonce;
  if (out.batch) {
    bound = batch_root(*out.batch, nonce).value();
  }
  claims.host_data = to_bytes(crypto::sha256(as_bytes(init_data)));
  const ByteArray<64> data = report_data(out.role, bound, out.sections());
  claims.report_data = to_bytes(BytesView(data));
  tamper(out);
  return serialize(out);
}

Profile Scene::profile() const {
  ProfileClaims signed_claims = profile_claims;
  signed_claims.policy = policy;
  const std::string text = sign_profile(signed_claims, publisher_key());
  return verify_profile(as_bytes(text), publisher_key().public_key().spki_sha256()).value();
}

DocumentVerdict Scene::verify(const std::string& text) {
  const Profile trusted = profile();
  DocumentInput input;
  input.document = as_bytes(text);
  input.nonce = nonce;
  input.now = now;
  input.profile = &trusted;
  input.verifiers = &verifiers;
  input.least_profile_number = least_profile_number;
  return verify_document(input);
}

void expect_only_fails(const DocumentVerdict& verdict, std::string_view id, std::string_view reason,
                       const std::vector<std::string>& unreached) {
  EXPECT_FALSE(verdict.appraisal.accepted());
  bool seen = false;
  for (const evidence::Factor& factor : verdict.appraisal.factors().list()) {
    const bool expected_unreached =
        std::find(unreached.begin(), unreached.end(), factor.id) != unreached.end();
    EXPECT_EQ(factor.status == FactorStatus::kNotReached, expected_unreached) << factor.id;
    if (factor.id == id) {
      seen = true;
      EXPECT_EQ(factor.status, FactorStatus::kFail) << id;
      EXPECT_EQ(factor.reason, reason) << id;
      EXPECT_FALSE(factor.expected.empty() || factor.found.empty() || factor.advice.empty()) << id;
    } else {
      EXPECT_NE(factor.status, FactorStatus::kFail) << factor.id << " " << factor.reason;
    }
  }
  EXPECT_TRUE(seen) << id;
}

void expect_accepted(const DocumentVerdict& verdict) {
  const evidence::Factor* failed = verdict.appraisal.first_failed();
  EXPECT_TRUE(verdict.appraisal.accepted())
      << (failed ? failed->id + " " + failed->reason + ": " + failed->found : std::string());
}

}  // namespace claustrum::document::test
