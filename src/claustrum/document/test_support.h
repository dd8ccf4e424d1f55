// SPDX-License-Identifier: Apache-2.0
// For tests of this folder: keys and a document that is right in everything, so that each test
// changes one thing. Never included by a library source.
#pragma once

#include "claustrum/codec/base64.h"
#include "claustrum/document/evidence_document.h"
#include "claustrum/document/keys.h"
#include "claustrum/document/receipt.h"
#include "claustrum/document/signed_json.h"

namespace claustrum::document::test {

inline const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

inline const crypto::PrivateKey& identity_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

inline const crypto::PrivateKey& receipt_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

inline const crypto::PrivateKey& other_key() {
  static const crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  return key;
}

inline KeysClaims good_keys() {
  KeysClaims claims;
  claims.service = "clinic-assistant";
  claims.replica.fill(0x5a);
  claims.ohttp_keys = {0, 1, 2, 3};
  claims.receipt_key_spki = receipt_key().public_key().spki();
  claims.not_before = kNow + -300;
  claims.not_after = kNow + 3600;
  return claims;
}

inline EvidenceDocument small_document() {
  EvidenceDocument document;
  document.role = "serve";
  document.platform = "amd-sev-snp";
  document.evidence = {1, 2, 3};
  document.batch = BatchProof{2, 1, {crypto::sha256({})}};
  document.init_data = to_bytes("init");
  document.keys = to_bytes("keys");
  document.software = to_bytes("software");
  document.model = Bytes{};
  document.collateral["vcek"] = {9, 9};
  document.proofs["software"] = "proof\n";
  return document;
}

// All `from` in `text` by `to`.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace claustrum::document::test
