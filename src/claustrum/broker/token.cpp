// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/token.h"

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::broker {

namespace {

using codec::Json;

// AR4SI [draft-ietf-rats-ar4si]. Executables get no claim: a baseline does not judge what runs.
constexpr int kGenuine = 2;
constexpr int kWithWeaknesses = 32;
constexpr int kNotRecognised = 97;

struct Grade {
  std::string_view status;
  int hardware = kNotRecognised;
  int configuration = kWithWeaknesses;
};

// A policy may take a simulated root or waive a check; whoever reads the token must see that.
Grade grade_of(const policy::Appraisal& appraisal) {
  if (!appraisal.accepted() || appraisal.simulated()) {
    return {"contraindicated", kNotRecognised, kWithWeaknesses};
  }
  if (!appraisal.waivers().empty()) {
    return {"warning", kGenuine, kWithWeaknesses};
  }
  return {"affirming", kGenuine, kGenuine};
}

Json evidence_of(const TokenInput& input) {
  Json runtime = Json::object();
  runtime.set("nonce", input.presented->message.nonce)
      .set("tee-pubkey", input.presented->message.tee_pubkey);
  Json out = Json::object();
  out.set("runtime_data_claims", runtime);
  const evidence::Claims* claims = input.appraisal->claims();
  if (claims != nullptr) {
    out.set("snp", claims->details).set("report_data", codec::hex_encode(claims->report_data));
  }
  return out;
}

}  // namespace

std::string make_token(const TokenInput& input, const crypto::PrivateKey& broker) {
  const policy::Appraisal& appraisal = *input.appraisal;
  const Grade grade = grade_of(appraisal);
  Json vector = Json::object();
  vector.set("hardware", grade.hardware).set("configuration", grade.configuration);
  Json cpu = Json::object();
  cpu.set("ear.status", grade.status)
      .set("ear.trustworthiness-vector", vector)
      .set("ear.appraisal-policy-id", codec::hex_encode(appraisal.policy_digest()))
      .set("ear.veraison.annotated-evidence", evidence_of(input));
  if (appraisal.simulated()) {
    cpu.set("claustrum.simulated", "no protection");
  }
  Json verifier = Json::object();
  verifier.set("developer", "claustrum").set("build", "claustrum broker 1");
  Json payload = Json::object();
  payload.set("eat_profile", "tag:github.com,2024:confidential-containers/Trustee")
      .set("iss", "claustrum-broker")
      .set("jti", input.session_id)
      .set("iat", input.now.seconds)
      .set("exp", input.expires.seconds)
      .set("ear.verifier-id", verifier)
      .set("submods", Json::object().set("cpu0", cpu));
  Json header = Json::object();
  header.set("typ", "JWT").set("kid", codec::hex_encode(broker.public_key().spki_sha256()));
  const std::string text = codec::to_json(payload);
  return crypto::jws_sign_compact(broker, header, as_bytes(text));
}

}  // namespace claustrum::broker
