// SPDX-License-Identifier: Apache-2.0
// The evidence document, version 1 [docs/formats/evidence-document.md]: one JSON object with all a
// verifier needs. Sections are kept as sent and hashed as sent. Nothing in a parsed document is
// verified; verify_document.h does that.
#pragma once

#include <map>

#include "claustrum/document/binding.h"

namespace claustrum::document {

inline constexpr std::int64_t kDocumentVersion = 1;
inline constexpr std::size_t kMaxDocumentLen = 4 << 20;
inline constexpr std::size_t kMaxSectionLen = 1 << 20;
inline constexpr std::string_view kDocumentMediaType = "application/vnd.claustrum.evidence+json";

struct EvidenceDocument {
  std::int64_t version = kDocumentVersion;
  std::string role;
  std::string platform;  // of the cpu evidence
  Bytes evidence;
  std::optional<BatchProof> batch;
  Bytes init_data;
  Bytes keys;
  std::optional<Bytes> devices;
  std::optional<Bytes> software;
  std::optional<Bytes> model;
  std::optional<Bytes> room;
  std::map<std::string, Bytes, std::less<>> collateral;
  std::map<std::string, std::string, std::less<>> proofs;

  // Views into this document.
  Sections sections() const;
};

// Malformed "document.*" or "json.*"; another version is unsupported "document.version"; a section
// over its limit is exhausted "document.limit".
Result<EvidenceDocument> parse_evidence_document(BytesView json);
std::string serialize(const EvidenceDocument& document);

}  // namespace claustrum::document
