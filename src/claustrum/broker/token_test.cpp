// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/token.h"

#include "claustrum/broker/test_scene.h"
#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"

namespace claustrum::broker {
namespace {

using codec::Json;
using test::Guest;
using test::Scene;

struct Token {
  Json header;
  Json claims;
  Json cpu() const { return *claims.object_at("submods")->object_at("cpu0"); }
};

// As issued; its signature was checked under the broker's key.
Token issued(const Scene& scene, const net::Response& response) {
  const Json body = codec::parse_json(response.body).value();
  auto verified = crypto::jws_verify_compact(*body.string_at("token"), scene.identity);
  EXPECT_TRUE(verified.ok()) << verified.error().message();
  return {verified->header, codec::parse_json(verified->payload).value()};
}

TEST(BrokerToken, IsSignedByTheBroker) {
  Scene scene;
  Guest guest;
  const Token token = issued(scene, scene.join(guest));
  EXPECT_EQ(*token.header.string_at("alg"), "ES256");
  EXPECT_EQ(*token.header.string_at("kid"), codec::hex_encode(scene.identity.spki_sha256()));
  EXPECT_EQ(token.header.find("jwk"), nullptr);
}

TEST(BrokerToken, HasTheMembersThatTrusteesReadersLookFor) {
  Scene scene;
  Guest guest;
  const Token token = issued(scene, scene.join(guest));
  EXPECT_EQ(*token.claims.string_at("eat_profile"),
            "tag:github.com,2024:confidential-containers/Trustee");
  EXPECT_EQ(*token.claims.integer_at("iat"), test::kSimNow.seconds);
  EXPECT_EQ(*token.claims.integer_at("exp"), test::kSimNow.seconds + Sessions::kLifeSeconds);
  EXPECT_TRUE(token.claims.object_at("ear.verifier-id")->string_at("developer").ok());
  const Json cpu = token.cpu();
  EXPECT_EQ(*cpu.string_at("ear.appraisal-policy-id"),
            codec::hex_encode(test::parse(test::good_policy()).digest()));
  const Json evidence = *cpu.object_at("ear.veraison.annotated-evidence");
  const Json runtime = *evidence.object_at("runtime_data_claims");
  EXPECT_EQ(*runtime.string_at("nonce"), guest.nonce);
  EXPECT_EQ(*crypto::public_key_from_jwk(*runtime.object_at("tee-pubkey")), guest.key.public_key());
  EXPECT_EQ(*evidence.object_at("snp")->string_at("measurement"), std::string(96, 'a'));
  EXPECT_EQ(evidence.string_at("report_data")->size(), 128U);
}

// [ARCHITECTURE 1.6] Every surface that shows a simulated machine says so.
TEST(BrokerToken, ASimulatedMachineIsNotAffirmed) {
  Scene scene;
  Guest guest;
  const Json cpu = issued(scene, scene.join(guest)).cpu();
  EXPECT_EQ(*cpu.string_at("ear.status"), "contraindicated");
  EXPECT_EQ(*cpu.object_at("ear.trustworthiness-vector")->integer_at("hardware"), 97);
  EXPECT_EQ(*cpu.string_at("claustrum.simulated"), "no protection");
}

// A verifier that vouches for claims stands in for real hardware here.
Json cpu_of_real(const std::string& policy_text) {
  evidence::Claims claims = policy::test::good_claims();
  const kbs::Attestation message = Guest().attestation("bm9uY2U=");
  const ByteArray<64> data = kbs::report_data(message.nonce, message.tee_pubkey, "");
  claims.report_data = to_bytes(BytesView(data));
  claims.tcb = {{"bootloader", 4}, {"tee", 0}, {"snp", 27}, {"microcode", 222}};
  document::Verifiers verifiers;
  verifiers["amd-sev-snp"] = [&](const evidence::VerifyInput&) {
    return policy::test::verification_of(claims);
  };
  const Presented presented{"amd-sev-snp", {}, {}, message};
  const policy::Policy policy = test::parse(policy_text);
  const policy::Appraisal appraisal =
      judge(policy, presented, message.nonce, verifiers, test::kSimNow);
  EXPECT_TRUE(appraisal.accepted());
  const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  const std::string token =
      make_token({&appraisal, &presented, "id", test::kSimNow, test::kSimNow + 300}, key);
  const Bytes payload = crypto::jws_verify_compact(token, key.public_key())->payload;
  return *codec::parse_json(payload)->object_at("submods")->object_at("cpu0");
}

TEST(BrokerToken, RealHardwareIsAffirmed) {
  const Json cpu = cpu_of_real(test::good_policy());
  EXPECT_EQ(*cpu.string_at("ear.status"), "affirming");
  EXPECT_EQ(*cpu.object_at("ear.trustworthiness-vector")->integer_at("hardware"), 2);
  EXPECT_EQ(*cpu.object_at("ear.trustworthiness-vector")->integer_at("configuration"), 2);
  EXPECT_EQ(cpu.find("claustrum.simulated"), nullptr);
}

TEST(BrokerToken, AWaiverShowsAsAWarning) {
  const std::string text = policy::test::replaced(
      test::good_policy(), "measurement = { exact = \"a", "measurement = { exact = \"b");
  const Json cpu = cpu_of_real(text +
                               "[[waive]]\nfactor = \"measurement\"\nreason = \"test\"\n"
                               "until = \"2030-01-01T00:00:00Z\"\n");
  EXPECT_EQ(*cpu.string_at("ear.status"), "warning");
  EXPECT_EQ(*cpu.object_at("ear.trustworthiness-vector")->integer_at("configuration"), 32);
}

}  // namespace
}  // namespace claustrum::broker
