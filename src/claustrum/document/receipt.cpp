// SPDX-License-Identifier: Apache-2.0
// Signing, reading and checking receipts [docs/formats/receipt.md].
#include "claustrum/document/receipt.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/signed_json.h"
#include "claustrum/policy/launch_config.h"

namespace claustrum::document {

namespace {

using codec::Json;
using crypto::Sha256Digest;

constexpr SignedJsonForm kForm{kReceiptMediaType, "claustrum receipt v1"};
constexpr std::string_view kDeclared = "declared by host";
constexpr std::size_t kMaxCheckpointLen = 16 << 10;

Error malformed(std::string_view reason, std::string text) {
  return Error(Code::kMalformed, reason, std::move(text));
}

Json digest_or_null(const std::optional<Sha256Digest>& digest) {
  return digest ? Json(codec::hex_encode(*digest)) : Json();
}

Result<Sha256Digest> digest_at(const Json& root, std::string_view key) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes bytes, root.hex_at(key, 32));
  return to_array<32>(bytes);
}

Result<std::optional<Sha256Digest>> optional_digest_at(const Json& root, std::string_view key) {
  const Json* member = root.find(key);
  if (member != nullptr && member->is_null()) {
    return std::optional<Sha256Digest>();
  }
  CLAUSTRUM_TRY_ASSIGN(const Sha256Digest digest, digest_at(root, key));
  return std::optional<Sha256Digest>(digest);
}

Result<Outcome> outcome_at(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const std::string text, root.string_at("outcome"));
  for (const Outcome outcome : {Outcome::kComplete, Outcome::kCut, Outcome::kEngineFailed}) {
    if (text == to_string(outcome)) {
      return outcome;
    }
  }
  return malformed("receipt.outcome", "an outcome this version does not know");
}

Result<Instant> clock_at(const Json& root) {
  CLAUSTRUM_TRY_ASSIGN(const Json clock, root.object_at("clock"));
  CLAUSTRUM_TRY(clock.only_members({"time", "source"}));
  CLAUSTRUM_TRY_ASSIGN(const std::string source, clock.string_at("source"));
  if (source != kDeclared) {
    return malformed("receipt.clock", "a source of time this version does not know");
  }
  return instant_at(clock, "time");
}

Result<std::optional<NotBefore>> not_before_at(const Json& root) {
  const Json* member = root.find("not-before");
  if (member != nullptr && member->is_null()) {
    return std::optional<NotBefore>();
  }
  CLAUSTRUM_TRY_ASSIGN(const Json object, root.object_at("not-before"));
  CLAUSTRUM_TRY(object.only_members({"checkpoint", "time"}));
  NotBefore out;
  CLAUSTRUM_TRY_ASSIGN(out.checkpoint, object.string_at("checkpoint"));
  if (out.checkpoint.size() > kMaxCheckpointLen) {
    return malformed("receipt.checkpoint", "a checkpoint is longer than 16 KiB");
  }
  CLAUSTRUM_TRY_ASSIGN(out.time, instant_at(object, "time"));
  return std::optional<NotBefore>(std::move(out));
}

Status read_digests(const Json& root, ReceiptClaims& claims) {
  CLAUSTRUM_TRY_ASSIGN(claims.request, digest_at(root, "request"));
  CLAUSTRUM_TRY_ASSIGN(claims.answer, digest_at(root, "answer"));
  CLAUSTRUM_TRY_ASSIGN(claims.evidence_document, digest_at(root, "evidence-document"));
  CLAUSTRUM_TRY_ASSIGN(claims.init_data, digest_at(root, "init-data"));
  CLAUSTRUM_TRY_ASSIGN(claims.manifest, digest_at(root, "manifest"));
  CLAUSTRUM_TRY_ASSIGN(claims.software, optional_digest_at(root, "software"));
  CLAUSTRUM_TRY_ASSIGN(claims.release_policy, optional_digest_at(root, "release-policy"));
  return ok_status();
}

Status read_identity(const Json& root, ReceiptClaims& claims) {
  CLAUSTRUM_TRY_ASSIGN(claims.service, root.string_at("service"));
  if (!policy::is_service_id(claims.service)) {
    return malformed("receipt.service_id", "a service id is 1 to 64 of a-z, 0-9 and -");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes replica, root.hex_at("replica", 16));
  claims.replica = to_array<16>(replica);
  CLAUSTRUM_TRY_ASSIGN(const Bytes request_id, root.hex_at("request-id", 16));
  claims.request_id = to_array<16>(request_id);
  return ok_status();
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kComplete:
      return "complete";
    case Outcome::kCut:
      return "cut";
    case Outcome::kEngineFailed:
      return "engine-failed";
  }
  return "engine-failed";
}

Json receipt_json(const ReceiptClaims& claims) {
  Json clock = Json::object();
  clock.set("time", format_rfc3339(claims.clock)).set("source", kDeclared);
  Json not_before;
  if (claims.not_before) {
    not_before.set("checkpoint", claims.not_before->checkpoint)
        .set("time", format_rfc3339(claims.not_before->time));
  }
  Json root = Json::object();
  root.set("version", kReceiptVersion)
      .set("service", claims.service)
      .set("replica", codec::hex_encode(claims.replica))
      .set("request-id", codec::hex_encode(claims.request_id))
      .set("outcome", to_string(claims.outcome))
      .set("request", codec::hex_encode(claims.request))
      .set("answer", codec::hex_encode(claims.answer))
      .set("answer-length", claims.answer_length)
      .set("status", claims.status)
      .set("evidence-document", codec::hex_encode(claims.evidence_document))
      .set("init-data", codec::hex_encode(claims.init_data))
      .set("manifest", codec::hex_encode(claims.manifest))
      .set("software", digest_or_null(claims.software))
      .set("release-policy", digest_or_null(claims.release_policy))
      .set("clock", std::move(clock))
      .set("not-before", std::move(not_before));
  return root;
}

std::string receipt_payload(const ReceiptClaims& claims) {
  return codec::to_jcs(receipt_json(claims));
}

Bytes sign_receipt(const ReceiptClaims& claims, const crypto::PrivateKey& key) {
  return sign_json(kForm, receipt_payload(claims), key);
}

Result<ReceiptClaims> parse_receipt_payload(BytesView json) {
  CLAUSTRUM_TRY_ASSIGN(const Json root, parse_signed_payload(json));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, root.integer_at("version"));
  if (version != kReceiptVersion) {
    return Error(Code::kUnsupported, "receipt.version", "only version 1 is known");
  }
  CLAUSTRUM_TRY(
      root.only_members({"version", "service", "replica", "request-id", "outcome", "request",
                         "answer", "answer-length", "status", "evidence-document", "init-data",
                         "manifest", "software", "release-policy", "clock", "not-before"}));
  ReceiptClaims claims;
  CLAUSTRUM_TRY(read_identity(root, claims));
  CLAUSTRUM_TRY_ASSIGN(claims.outcome, outcome_at(root));
  CLAUSTRUM_TRY(read_digests(root, claims));
  CLAUSTRUM_TRY_ASSIGN(claims.answer_length, root.integer_at("answer-length"));
  CLAUSTRUM_TRY_ASSIGN(claims.status, root.integer_at("status"));
  if (claims.answer_length < 0 || claims.status < 100 || claims.status > 599) {
    return malformed("receipt.range", "a length or status is outside its range");
  }
  CLAUSTRUM_TRY_ASSIGN(claims.clock, clock_at(root));
  CLAUSTRUM_TRY_ASSIGN(claims.not_before, not_before_at(root));
  CLAUSTRUM_TRY(check_canonical(json, receipt_payload(claims)));
  return claims;
}

Result<ReceiptClaims> verify_receipt(BytesView cose, const crypto::PublicKey& key) {
  CLAUSTRUM_TRY_ASSIGN(const SignedJson message, read_signed_json(kForm, cose));
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("document.receipt_signature", verify_json(kForm, message, key)));
  return parse_receipt_payload(message.payload());
}

Commitment::Commitment(std::string_view label, const ByteArray<32>& salt)
    : hasher_(crypto::HashAlg::kSha256) {
  const std::uint8_t zero = 0;
  hasher_.update(label).update(BytesView(&zero, 1)).update(BytesView(salt));
}

Commitment Commitment::request(const ByteArray<32>& salt) {
  return Commitment("claustrum request v1", salt);
}

Commitment Commitment::answer(const ByteArray<32>& salt, std::uint16_t status) {
  Commitment out("claustrum answer v1", salt);
  const ByteArray<2> big_endian = {static_cast<std::uint8_t>(status >> 8),
                                   static_cast<std::uint8_t>(status & 0xff)};
  out.hasher_.update(BytesView(big_endian));
  return out;
}

Commitment& Commitment::update(BytesView bytes) {
  hasher_.update(bytes);
  length_ += static_cast<std::int64_t>(bytes.size());
  return *this;
}

Sha256Digest Commitment::finish() {
  return to_array<32>(hasher_.finish());
}

Status check_receipt(const ReceiptClaims& claims, const ReceiptExpectation& expected) {
  const auto differs = [](std::string_view reason) {
    return Error(Code::kMismatch, reason, "the receipt speaks of something else");
  };
  if (!CLAUSTRUM_GUARD("document.receipt_service", claims.service == expected.service)) {
    return differs("receipt.service");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_replica", claims.replica == expected.replica)) {
    return differs("receipt.replica");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_request_id", claims.request_id == expected.request_id)) {
    return differs("receipt.request_id");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_request", claims.request == expected.request)) {
    return differs("receipt.request");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_answer", claims.answer == expected.answer)) {
    return differs("receipt.answer");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_length", claims.answer_length == expected.answer_length)) {
    return differs("receipt.answer_length");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_status", claims.status == expected.status)) {
    return differs("receipt.status");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_document",
                       claims.evidence_document == expected.evidence_document)) {
    return differs("receipt.evidence_document");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_init_data", claims.init_data == expected.init_data)) {
    return differs("receipt.init_data");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_manifest", claims.manifest == expected.manifest)) {
    return differs("receipt.manifest");
  }
  if (!CLAUSTRUM_GUARD("document.receipt_software", claims.software == expected.software)) {
    return differs("receipt.software");
  }
  return ok_status();
}

}  // namespace claustrum::document
