// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/messages.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/crypto/test_vectors.h"

namespace claustrum::kbs {
namespace {

using codec::Json;

template <typename T>
void expect_error(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason) << result.error().message();
}

Result<AuthRequest> auth(std::string_view text) {
  return parse_auth_request(as_bytes(text));
}

Json good_key() {
  return crypto::jwk_from_public_key(
      crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key(), "ECDH-ES+A256KW");
}

Attestation good_attestation() {
  Attestation out;
  out.init_data = InitDataMessage{"toml", "version = \"0.1.0\""};
  out.nonce = "bm9uY2U=";
  out.tee_pubkey = good_key();
  out.primary_evidence = Json::object().set("attestation_report", "AA==");
  return out;
}

TEST(KbsAuth, ReadsWhatStockClientsSend) {
  const auto message = auth(
      R"({"version":"0.4.0","tee":"snp","extra-params":{"supported-hash-algorithms":["sha256","sha384","sha512","sm3"]}})");
  ASSERT_TRUE(message.ok());
  EXPECT_EQ(message->version, "0.4.0");
  EXPECT_EQ(message->tee, "snp");
  EXPECT_TRUE(auth(R"({"version":"0.4.0","tee":"tdx","extra-params":""})").ok());
  EXPECT_TRUE(auth(R"({"version":"0.4.0","tee":"snp"})").ok());
}

TEST(KbsAuth, OursIsWrittenAsStockClientsWriteIt) {
  EXPECT_EQ(
      to_json(AuthRequest{"0.4.0", "snp"}),
      R"({"version":"0.4.0","tee":"snp","extra-params":{"supported-hash-algorithms":["sha384"]}})");
  EXPECT_TRUE(auth(to_json(AuthRequest{"0.4.0", "snp"})).ok());
}

TEST(KbsAuth, AnotherVersionGetsTheSentenceThatClientsLookFor) {
  for (const char* version : {"0.1.1", "0.2.0", "0.3.0", "0.4.1", "1.0.0", ""}) {
    const auto message =
        auth(std::string(R"({"tee":"snp","version":")") + version + R"(","extra-params":{}})");
    expect_error(message, Code::kUnsupported, "kbs.version");
    EXPECT_EQ(message.error().text(),
              "KBS Client Protocol Version Mismatch: expect =0.4.0 while the request is " +
                  std::string(version));
  }
}

TEST(KbsAuth, WhatIsNoVersionIsNotRepeated) {
  for (const std::string& version :
       {std::string(33, '1'), std::string("<b>"), std::string("0.4.0 ")}) {
    const auto message = auth(R"({"tee":"snp","version":")" + version + R"("})");
    expect_error(message, Code::kUnsupported, "kbs.version");
    EXPECT_EQ(message.error().text(),
              "KBS Client Protocol Version Mismatch: expect =0.4.0 while the request is of no "
              "version");
  }
}

TEST(KbsAuth, AClientWithoutSha384IsTold) {
  expect_error(
      auth(
          R"({"version":"0.4.0","tee":"snp","extra-params":{"supported-hash-algorithms":["sha256",384]}})"),
      Code::kUnsupported, "kbs.hash_algorithm");
  expect_error(
      auth(
          R"({"version":"0.4.0","tee":"snp","extra-params":{"supported-hash-algorithms":"sha384"}})"),
      Code::kMalformed, "kbs.message");
}

TEST(KbsAuth, RefusesOtherShapes) {
  expect_error(auth("[]"), Code::kMalformed, "kbs.message");
  expect_error(auth(R"({"version":"0.4.0"})"), Code::kMalformed, "json.member");
  expect_error(auth(R"({"version":4,"tee":"snp"})"), Code::kMalformed, "json.member");
  EXPECT_FALSE(auth(R"({"version":"0.4.0","tee":"snp","tee":"tdx"})").ok());
  const std::string long_tee(20'000, 'x');
  EXPECT_FALSE(auth(R"({"version":"0.4.0","tee":")" + long_tee + R"("})").ok());
}

TEST(KbsChallenge, RoundTrips) {
  const std::string text = to_json(Challenge{"AAEC"});
  EXPECT_EQ(text, R"({"nonce":"AAEC","extra-params":""})");
  const auto challenge = parse_challenge(as_bytes(text));
  ASSERT_TRUE(challenge.ok());
  EXPECT_EQ(challenge->nonce, "AAEC");
}

TEST(KbsChallenge, AcceptsTheHashWeSpeakAndNoOther) {
  EXPECT_TRUE(
      parse_challenge(
          as_bytes(R"({"nonce":"AAEC","extra-params":{"selected-hash-algorithm":"sha384"}})"))
          .ok());
  for (const char* other : {"\"sha512\"", "384", "null"}) {
    expect_error(parse_challenge(as_bytes(
                     std::string(R"({"nonce":"AAEC","extra-params":{"selected-hash-algorithm":)") +
                     other + "}}")),
                 Code::kUnsupported, "kbs.hash_algorithm");
  }
}

TEST(KbsChallenge, ANonceHasALength) {
  expect_error(parse_challenge(as_bytes(R"({"nonce":""})")), Code::kMalformed, "kbs.message");
  const std::string longest(128, 'A');
  EXPECT_TRUE(parse_challenge(as_bytes(R"({"nonce":")" + longest + R"("})")).ok());
  expect_error(parse_challenge(as_bytes(R"({"nonce":"A)" + longest + R"("})")), Code::kMalformed,
               "kbs.message");
}

TEST(KbsAttestation, RoundTrips) {
  Attestation sent = good_attestation();
  sent.additional_evidence = R"({"nvidia":{}})";
  const auto read = parse_attestation(as_bytes(to_json(sent)));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->nonce, sent.nonce);
  EXPECT_EQ(read->tee_pubkey, sent.tee_pubkey);
  EXPECT_EQ(read->primary_evidence, sent.primary_evidence);
  EXPECT_EQ(read->additional_evidence, sent.additional_evidence);
  ASSERT_TRUE(read->init_data.has_value());
  EXPECT_EQ(read->init_data->body, sent.init_data->body);
}

TEST(KbsAttestation, NamesAreAsStockClientsWriteThem) {
  const Json message = *codec::parse_json(to_json(good_attestation()));
  EXPECT_TRUE(message.only_members({"init-data", "runtime-data", "tee-evidence"}).ok());
  EXPECT_TRUE(message.object_at("runtime-data")->only_members({"nonce", "tee-pubkey"}).ok());
  EXPECT_TRUE(message.object_at("tee-evidence")
                  ->only_members({"primary_evidence", "additional_evidence"})
                  .ok());
}

TEST(KbsAttestation, InitDataMayBeMissingOrNull) {
  Attestation sent = good_attestation();
  sent.init_data.reset();
  const std::string text = to_json(sent);
  EXPECT_NE(text.find(R"("init-data":null)"), std::string::npos);
  const auto read = parse_attestation(as_bytes(text));
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->init_data.has_value());
  sent.init_data = InitDataMessage{"json", "{}"};
  expect_error(parse_attestation(as_bytes(to_json(sent))), Code::kUnsupported,
               "kbs.init_data_format");
}

TEST(KbsAttestation, EveryMemberIsNeeded) {
  const Json whole = *codec::parse_json(to_json(good_attestation()));
  for (const char* part : {"runtime-data", "tee-evidence"}) {
    Json message = whole;
    message.set(part, Json());
    expect_error(parse_attestation(as_bytes(codec::to_json(message))), Code::kMalformed,
                 "json.member");
    const Json inner = *whole.object_at(part);
    for (const auto& [name, value] : inner.members()) {
      Json changed = inner;
      changed.set(name, 7);
      message.set(part, changed);
      expect_error(parse_attestation(as_bytes(codec::to_json(message))), Code::kMalformed,
                   "json.member");
    }
  }
}

TEST(KbsAttestation, EveryPrefixIsRefused) {
  const std::string text = to_json(good_attestation());
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse_attestation(as_bytes(text).first(length)).ok());
  }
}

TEST(KbsAttestation, HasALimit) {
  Attestation sent = good_attestation();
  sent.additional_evidence.assign(std::size_t{1} << 20, 'x');
  EXPECT_FALSE(parse_attestation(as_bytes(to_json(sent))).ok());
}

TEST(KbsTeeKey, TakesBothCurves) {
  for (const crypto::KeyKind kind : {crypto::KeyKind::kP256, crypto::KeyKind::kP521}) {
    const crypto::PublicKey key = crypto::PrivateKey::generate(kind).public_key();
    const auto read = tee_key_from_jwk(crypto::jwk_from_public_key(key, "ECDH-ES+A256KW"));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, key);
  }
}

TEST(KbsTeeKey, RefusesOtherAlgorithms) {
  const crypto::PublicKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  for (const char* alg : {"ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256", "RSA1_5"}) {
    expect_error(tee_key_from_jwk(crypto::jwk_from_public_key(key, alg)), Code::kUnsupported,
                 "kbs.tee_key");
  }
  expect_error(tee_key_from_jwk(crypto::jwk_from_public_key(key)), Code::kUnsupported,
               "kbs.tee_key");
}

TEST(KbsTeeKey, RefusesOtherKinds) {
  const crypto::PublicKey p384 = crypto::PrivateKey::generate(crypto::KeyKind::kP384).public_key();
  expect_error(tee_key_from_jwk(crypto::jwk_from_public_key(p384, "ECDH-ES+A256KW")),
               Code::kUnsupported, "kbs.tee_key");
  Json rsa = Json::object();
  rsa.set("kty", "RSA").set("alg", "RSA1_5").set("n", "AQAB").set("e", "AQAB");
  expect_error(tee_key_from_jwk(rsa), Code::kUnsupported, "kbs.tee_key");
}

// Another verifier would drop the member and hash something else than we do.
TEST(KbsTeeKey, RefusesMembersThatWouldChangeTheDigest) {
  for (const char* member : {"kid", "use", "key_ops", "d"}) {
    Json key = good_key();
    key.set(member, "x");
    expect_error(tee_key_from_jwk(key), Code::kUnsupported, "kbs.tee_key");
  }
  expect_error(tee_key_from_jwk(Json("key")), Code::kUnsupported, "kbs.tee_key");
}

TEST(KbsResourcePath, TakesThreePlainSegments) {
  for (const char* good : {"default/model-key/1", "a/b/c", "A_1/x.y/...-"}) {
    const auto path = parse_resource_path(good);
    ASSERT_TRUE(path.ok()) << good;
    EXPECT_EQ(path->text, good);
  }
  const std::string longest(64, 'x');
  EXPECT_TRUE(parse_resource_path(longest + "/" + longest + "/" + longest).ok());
}

TEST(KbsResourcePath, RefusesEverythingElse) {
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("a/b"), std::string("a/b/c/d"),
        std::string("a//c"), std::string("/a/b/c"), std::string("a/b/c/"), std::string("a/../c"),
        std::string("./b/c"), std::string("a/b/%2e"), std::string("a/b/c?x"),
        std::string("a/b/c d"), std::string("a/b/\xC3\xA9"), std::string("a/b/c\0", 6),
        "a/b/" + std::string(65, 'x')}) {
    expect_error(parse_resource_path(bad), Code::kMalformed, "kbs.resource_path");
  }
}

TEST(KbsErrors, RoundTrip) {
  const std::string body = error_body("PolicyDeny", "no \"access\"");
  EXPECT_EQ(
      body,
      R"({"type":"https://github.com/confidential-containers/kbs/errors/PolicyDeny","detail":"no \"access\""})");
  EXPECT_EQ(error_detail(as_bytes(body)), "no \"access\"");
}

TEST(KbsErrors, ADetailCannotActOnATerminal) {
  EXPECT_EQ(error_detail(as_bytes(R"({"detail":"a\u001b[2Jb\nc\u00e9"})")), "a?[2Jb?c??");
  EXPECT_EQ(error_detail(as_bytes(R"({"detail":")" + std::string(5000, 'x') + R"("})")).size(),
            300U);
  EXPECT_EQ(error_detail(as_bytes("<html>")), "");
  EXPECT_EQ(error_detail(as_bytes(R"({"detail":7})")), "");
}

TEST(KbsVectors, ReportDataIsTheDigestOtherImplementationsMake) {
  const std::optional<Json> vectors = crypto::shared_json("vectors/kbs/kbs_vectors.json");
  if (!vectors) {
    GTEST_SKIP() << "no KBS vectors";
  }
  for (const char* curve : {"P-256", "P-521"}) {
    const Json vector = *vectors->object_at(curve);
    const Json key = *vector.object_at("tee_jwk");
    const std::string nonce = *vector.string_at("nonce");
    const ByteArray<64> data = report_data(nonce, key, "");
    EXPECT_EQ(codec::hex_encode(data), *vector.string_at("primary_report_data_64B_hex"));
    EXPECT_EQ(codec::hex_encode(BytesView(data).first(48)),
              *vector.string_at("primary_digest_sha384"));
    const std::string gpu = R"({"nvidia":{"device_evidence_list":[]}})";
    EXPECT_EQ(codec::hex_encode(BytesView(report_data(nonce, key, gpu)).first(48)),
              *vector.string_at("primary_with_gpu_digest_sha384"));
    EXPECT_TRUE(tee_key_from_jwk(key).ok());
  }
}

TEST(KbsVectors, CanonicalFormIsTheOtherImplementations) {
  const std::optional<Json> vectors = crypto::shared_json("vectors/kbs/kbs_vectors.json");
  if (!vectors) {
    GTEST_SKIP() << "no KBS vectors";
  }
  const Json example = *vectors->object_at("jcs_example_from_trustee");
  EXPECT_EQ(codec::hex_encode(crypto::sha384(as_bytes(codec::to_jcs(*example.find("input"))))),
            *example.string_at("sha384"));
  const Json p256 = *vectors->object_at("P-256");
  Json runtime = Json::object();
  runtime.set("tee-pubkey", *p256.find("tee_jwk"))
      .set("nonce", *p256.string_at("nonce"))
      .set("additional-evidence", "");
  EXPECT_EQ(codec::to_jcs(runtime), *p256.string_at("primary_runtime_jcs"));
}

TEST(KbsReportData, EveryPartCounts) {
  const Json key = good_key();
  const ByteArray<64> data = report_data("n", key, "");
  EXPECT_TRUE(all_zero(BytesView(data).last(16)));
  EXPECT_NE(data, report_data("m", key, ""));
  EXPECT_NE(data, report_data("n", good_key(), ""));
  EXPECT_NE(data, report_data("n", key, "{}"));
}

}  // namespace
}  // namespace claustrum::kbs
