// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/receipt.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/document/test_support.h"

namespace claustrum::document {
namespace {

using test::kNow;
using test::other_key;
using test::receipt_key;
using test::replaced;

ByteArray<32> filled(std::uint8_t value) {
  ByteArray<32> out;
  out.fill(value);
  return out;
}

ReceiptClaims good_receipt() {
  ReceiptClaims claims;
  claims.service = "clinic-assistant";
  claims.replica.fill(1);
  claims.request_id.fill(2);
  claims.request = filled(3);
  claims.answer = filled(4);
  claims.answer_length = 12;
  claims.status = 200;
  claims.evidence_document = filled(5);
  claims.init_data = filled(6);
  claims.manifest = filled(7);
  claims.software = filled(8);
  claims.release_policy = filled(9);
  claims.clock = kNow;
  claims.not_before = NotBefore{"log.example\n1\nAA==\n", kNow + -60};
  return claims;
}

ReceiptExpectation good_expectation() {
  const ReceiptClaims claims = good_receipt();
  ReceiptExpectation out;
  out.service = claims.service;
  out.replica = claims.replica;
  out.request_id = claims.request_id;
  out.request = claims.request;
  out.answer = claims.answer;
  out.answer_length = claims.answer_length;
  out.status = claims.status;
  out.evidence_document = claims.evidence_document;
  out.init_data = claims.init_data;
  out.manifest = claims.manifest;
  out.software = claims.software;
  return out;
}

void expect_change_refused(std::string_view from, std::string_view to, Code code,
                           std::string_view reason) {
  const std::string payload = receipt_payload(good_receipt());
  const std::string changed = replaced(payload, from, to);
  ASSERT_NE(changed, payload) << from << " in " << payload;
  const Bytes cose = sign_json({kReceiptMediaType, "claustrum receipt v1"}, changed, receipt_key());
  const auto receipt = verify_receipt(cose, receipt_key().public_key());
  ASSERT_FALSE(receipt.ok());
  EXPECT_EQ(receipt.error().code(), code) << receipt.error().message();
  EXPECT_EQ(receipt.error().reason(), reason) << receipt.error().message();
}

TEST(Receipt, ComesBackAsSigned) {
  const auto key = receipt_key().public_key();
  ReceiptClaims claims = good_receipt();
  auto receipt = verify_receipt(sign_receipt(claims, receipt_key()), key);
  ASSERT_TRUE(receipt.ok()) << receipt.error().message();
  EXPECT_EQ(*receipt, claims);
  claims.not_before = std::nullopt;
  claims.software = std::nullopt;
  claims.release_policy = std::nullopt;
  for (const Outcome outcome : {Outcome::kComplete, Outcome::kCut, Outcome::kEngineFailed}) {
    claims.outcome = outcome;
    receipt = verify_receipt(sign_receipt(claims, receipt_key()), key);
    ASSERT_TRUE(receipt.ok()) << receipt.error().message();
    EXPECT_EQ(*receipt, claims);
  }
}

TEST(Receipt, RefusesAnotherSigner) {
  const auto receipt =
      verify_receipt(sign_receipt(good_receipt(), other_key()), receipt_key().public_key());
  ASSERT_FALSE(receipt.ok());
  EXPECT_EQ(receipt.error().code(), Code::kBadSignature);
}

TEST(Receipt, RefusesKeysSignedByTheSameKey) {
  const Bytes cose = sign_json({kReceiptMediaType, "claustrum keys v1"},
                               receipt_payload(good_receipt()), receipt_key());
  EXPECT_EQ(verify_receipt(cose, receipt_key().public_key()).error().code(), Code::kBadSignature);
}

TEST(Receipt, RefusesWhatItDoesNotKnow) {
  expect_change_refused("\"version\":1", "\"version\":2", Code::kUnsupported, "receipt.version");
  expect_change_refused("\"version\":1", "\"version\":1,\"x\":1", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("\"complete\"", "\"mostly\"", Code::kMalformed, "receipt.outcome");
  expect_change_refused("declared by host", "declared by guest", Code::kMalformed, "receipt.clock");
  expect_change_refused("\"status\":200", "\"status\":99", Code::kMalformed, "receipt.range");
  expect_change_refused("\"answer-length\":12", "\"answer-length\":-1", Code::kMalformed,
                        "receipt.range");
  expect_change_refused("clinic-assistant", "Clinic", Code::kMalformed, "receipt.service_id");
  expect_change_refused("\"request\":\"03", "\"request\":\"", Code::kMalformed, "json.member");
  expect_change_refused("AA==", std::string(17 << 10, 'x'), Code::kMalformed, "receipt.checkpoint");
  expect_change_refused("\"status\":200", "\"status\": 200", Code::kMalformed,
                        "signed_json.not_canonical");
}

TEST(Receipt, NoBitCanBeFlippedAndNoByteCutOff) {
  const Bytes cose = sign_receipt(good_receipt(), receipt_key());
  const auto key = receipt_key().public_key();
  for (std::size_t i = 0; i < cose.size(); ++i) {
    Bytes changed = cose;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1U << (i % 8)));
    EXPECT_FALSE(verify_receipt(changed, key).ok()) << i;
    EXPECT_FALSE(verify_receipt(BytesView(cose).first(i), key).ok()) << i;
  }
}

TEST(Receipt, IsCheckedAgainstWhatTheClientKnows) {
  EXPECT_TRUE(check_receipt(good_receipt(), good_expectation()).ok());
  const auto expect_mismatch = [](std::string_view reason, auto change) {
    ReceiptClaims claims = good_receipt();
    change(claims);
    const Status status = check_receipt(claims, good_expectation());
    ASSERT_FALSE(status.ok()) << reason;
    EXPECT_EQ(status.error().code(), Code::kMismatch);
    EXPECT_EQ(status.error().reason(), reason);
  };
  expect_mismatch("receipt.service", [](ReceiptClaims& c) { c.service = "other"; });
  expect_mismatch("receipt.replica", [](ReceiptClaims& c) { c.replica.fill(9); });
  expect_mismatch("receipt.request_id", [](ReceiptClaims& c) { c.request_id.fill(9); });
  expect_mismatch("receipt.request", [](ReceiptClaims& c) { c.request = filled(99); });
  expect_mismatch("receipt.answer", [](ReceiptClaims& c) { c.answer = filled(99); });
  expect_mismatch("receipt.answer_length", [](ReceiptClaims& c) { c.answer_length = 13; });
  expect_mismatch("receipt.status", [](ReceiptClaims& c) { c.status = 500; });
  expect_mismatch("receipt.evidence_document",
                  [](ReceiptClaims& c) { c.evidence_document = filled(99); });
  expect_mismatch("receipt.init_data", [](ReceiptClaims& c) { c.init_data = filled(99); });
  expect_mismatch("receipt.manifest", [](ReceiptClaims& c) { c.manifest = filled(99); });
  expect_mismatch("receipt.software", [](ReceiptClaims& c) { c.software = std::nullopt; });
}

// Made with Python's hashlib over label 00 salt bytes.
TEST(Commitment, HashesLabelSaltAndBytes) {
  ByteArray<32> salt;
  for (std::size_t i = 0; i < salt.size(); ++i) {
    salt[i] = static_cast<std::uint8_t>(i);
  }
  Commitment request = Commitment::request(salt);
  request.update(as_bytes("hel")).update(as_bytes("lo"));
  EXPECT_EQ(request.length(), 5);
  EXPECT_EQ(codec::hex_encode(request.finish()),
            "bed72513235d1adc4ebc20ff74805534c35450fca079416a9807142f19c66e8c");
  Commitment answer = Commitment::answer(salt, 200);
  answer.update(as_bytes("world"));
  EXPECT_EQ(answer.length(), 5);
  EXPECT_EQ(codec::hex_encode(answer.finish()),
            "4049f923cf8ee134d235c4ea037253bf9b97f08dbd4f5f4f20238ef1c48b0dfc");
}

}  // namespace
}  // namespace claustrum::document
