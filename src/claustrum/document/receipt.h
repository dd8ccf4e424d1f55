// SPDX-License-Identifier: Apache-2.0
// Receipts: a replica's signed statement about one answer [docs/formats/receipt.md, PROTOCOL 7].
// Request and answer appear as salted commitments only, so a receipt can be shown to a third party
// without showing either.
#pragma once

#include "claustrum/base/clock.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::document {

inline constexpr std::int64_t kReceiptVersion = 1;
inline constexpr std::string_view kReceiptMediaType = "application/vnd.claustrum.receipt+json";

enum class Outcome { kComplete, kCut, kEngineFailed };
std::string_view to_string(Outcome outcome);

// The newest witness-cosigned checkpoint the replica knew: the answer is not older than it.
struct NotBefore {
  std::string checkpoint;  // signed note, as received
  Instant time;            // of its newest cosignature
  bool operator==(const NotBefore&) const = default;
};

struct ReceiptClaims {
  std::string service;
  ByteArray<16> replica{};
  ByteArray<16> request_id{};
  Outcome outcome = Outcome::kComplete;
  crypto::Sha256Digest request{};  // commitment
  crypto::Sha256Digest answer{};   // commitment
  std::int64_t answer_length = 0;
  std::int64_t status = 0;  // HTTP
  crypto::Sha256Digest evidence_document{};
  crypto::Sha256Digest init_data{};
  crypto::Sha256Digest manifest{};
  std::optional<crypto::Sha256Digest> software;        // absent: the document has no such section
  std::optional<crypto::Sha256Digest> release_policy;  // absent: the broker named none
  Instant clock;                                       // declared by host
  std::optional<NotBefore> not_before;                 // absent: unwitnessed
  bool operator==(const ReceiptClaims&) const = default;
};

std::string receipt_payload(const ReceiptClaims& claims);
// `key` is the replica's receipt key, P-256 (checked bug).
Bytes sign_receipt(const ReceiptClaims& claims, const crypto::PrivateKey& key);
Result<ReceiptClaims> verify_receipt(BytesView cose, const crypto::PublicKey& key);
Result<ReceiptClaims> parse_receipt_payload(BytesView json);
// For people and `--json`.
codec::Json receipt_json(const ReceiptClaims& claims);

// SHA-256(label 00 salt bytes), fed as the bytes appear.
class Commitment {
 public:
  static Commitment request(const ByteArray<32>& salt);
  static Commitment answer(const ByteArray<32>& salt, std::uint16_t status);
  Commitment& update(BytesView bytes);
  std::int64_t length() const { return length_; }  // of the content, without the status
  crypto::Sha256Digest finish();

 private:
  Commitment(std::string_view label, const ByteArray<32>& salt);
  crypto::Hasher hasher_;
  std::int64_t length_ = 0;
};

// What a client that verified a document, sent a request and saw an answer knows for itself.
struct ReceiptExpectation {
  std::string service;
  ByteArray<16> replica{};
  ByteArray<16> request_id{};
  crypto::Sha256Digest request{};
  crypto::Sha256Digest answer{};
  std::int64_t answer_length = 0;
  std::int64_t status = 0;
  crypto::Sha256Digest evidence_document{};
  crypto::Sha256Digest init_data{};
  crypto::Sha256Digest manifest{};
  std::optional<crypto::Sha256Digest> software;
};
// Each member equal, else mismatch "receipt.<member>". The outcome is the caller's to judge.
Status check_receipt(const ReceiptClaims& claims, const ReceiptExpectation& expected);

}  // namespace claustrum::document
