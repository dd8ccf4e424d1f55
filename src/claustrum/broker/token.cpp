// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/token.h"

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::broker {

namespace {

using codec::Json;

constexpr std::int64_t kLifeSeconds = 300;

// AR4SI values for a baseline appraisal: hardware genuine, configuration acceptable; executables
// stay "no claim" because a baseline does not judge the measurement.
Json trustworthiness(bool accepted) {
  Json vector = Json::object();
  vector.set("hardware", accepted ? 2 : 97).set("configuration", accepted ? 2 : 96);
  return vector;
}

}  // namespace

std::string make_token(const policy::Appraisal& appraisal, const Presented& presented,
                       const crypto::PrivateKey& broker, Instant now) {
  Json runtime = Json::object();
  runtime.set("nonce", presented.message.nonce).set("tee-pubkey", presented.message.tee_pubkey);
  Json annotated = Json::object();
  annotated.set("runtime_data_claims", runtime);
  if (appraisal.claims() != nullptr) {
    annotated.set("snp", appraisal.claims()->details)
        .set("report_data", codec::hex_encode(appraisal.claims()->report_data));
  }
  Json cpu = Json::object();
  cpu.set("ear.status", appraisal.accepted() ? "affirming" : "contraindicated")
      .set("ear.trustworthiness-vector", trustworthiness(appraisal.accepted()))
      .set("ear.appraisal-policy-id", codec::hex_encode(appraisal.policy_digest()))
      .set("ear.veraison.annotated-evidence", annotated);
  Json verifier = Json::object();
  verifier.set("developer", "claustrum").set("build", "claustrum 0.1.0");
  Json payload = Json::object();
  payload.set("eat_profile", "tag:github.com,2024:confidential-containers/Trustee")
      .set("iss", "claustrum-broker")
      .set("iat", now.seconds)
      .set("exp", now.seconds + kLifeSeconds)
      .set("ear.verifier-id", verifier)
      .set("submods", Json::object().set("cpu0", cpu));
  Json header = Json::object();
  header.set("typ", "JWT").set("jwk", crypto::jwk_from_public_key(broker.public_key()));
  const std::string text = codec::to_json(payload);
  return crypto::jws_sign_compact(broker, header, as_bytes(text));
}

}  // namespace claustrum::broker
