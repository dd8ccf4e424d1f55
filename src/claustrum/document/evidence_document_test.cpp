// SPDX-License-Identifier: Apache-2.0
#include "claustrum/document/evidence_document.h"

#include <gtest/gtest.h>

#include "claustrum/document/test_support.h"

namespace claustrum::document {
namespace {

using test::replaced;
using test::small_document;

void expect_refused(const std::string& text, Code code, std::string_view reason) {
  const auto document = parse_evidence_document(as_bytes(text));
  ASSERT_FALSE(document.ok()) << text.substr(0, 200);
  EXPECT_EQ(document.error().code(), code) << document.error().message();
  EXPECT_EQ(document.error().reason(), reason) << document.error().message();
}

void expect_change_refused(std::string_view from, std::string_view to, Code code,
                           std::string_view reason) {
  const std::string text = serialize(small_document());
  const std::string changed = replaced(text, from, to);
  ASSERT_NE(changed, text) << from << " in " << text;
  expect_refused(changed, code, reason);
}

TEST(EvidenceDocument, ComesBackAsItWasSent) {
  const EvidenceDocument sent = small_document();
  const auto document = parse_evidence_document(as_bytes(serialize(sent)));
  ASSERT_TRUE(document.ok()) << document.error().message();
  EXPECT_EQ(document->version, 1);
  EXPECT_EQ(document->role, "serve");
  EXPECT_EQ(document->platform, "amd-sev-snp");
  EXPECT_EQ(document->evidence, sent.evidence);
  EXPECT_EQ(document->batch, sent.batch);
  EXPECT_EQ(document->init_data, sent.init_data);
  EXPECT_EQ(document->keys, sent.keys);
  EXPECT_EQ(document->software, sent.software);
  EXPECT_EQ(document->model, Bytes{});
  EXPECT_FALSE(document->devices.has_value());
  EXPECT_FALSE(document->room.has_value());
  EXPECT_EQ(document->collateral, sent.collateral);
  EXPECT_EQ(document->proofs, sent.proofs);
  EXPECT_EQ(serialize(*document), serialize(sent));
}

TEST(EvidenceDocument, SectionsKeepAbsentAndEmptyApart) {
  const EvidenceDocument document = small_document();
  const Sections sections = document.sections();
  EXPECT_TRUE(sections.model.has_value());
  EXPECT_TRUE(sections.model->empty());
  EXPECT_FALSE(sections.devices.has_value());
  EXPECT_TRUE(equal(*sections.init_data, as_bytes("init")));
}

TEST(EvidenceDocument, AnotherVersionIsUnsupportedWhateverElseItHas) {
  expect_change_refused("{\"version\":1,", "{\"version\":2,\"new\":true,", Code::kUnsupported,
                        "document.version");
}

TEST(EvidenceDocument, RefusesUnknownDuplicateAndMissingMembers) {
  expect_change_refused("{\"version\":1,", "{\"version\":1,\"new\":true,", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("{\"platform\"", "{\"x\":1,\"platform\"", Code::kMalformed,
                        "json.unknown_member");
  expect_change_refused("\"role\":\"serve\",", "\"role\":\"serve\",\"role\":\"serve\",",
                        Code::kMalformed, "json.duplicate");
  expect_change_refused("\"role\":\"serve\",", "", Code::kMalformed, "json.member");
  expect_change_refused("\"keys\":\"a2V5cw==\",", "", Code::kMalformed, "json.member");
  expect_change_refused(",\"proofs\":{\"software\":\"proof\\n\"}", "", Code::kMalformed,
                        "json.member");
}

TEST(EvidenceDocument, RefusesNamesThatAreNoNames) {
  expect_change_refused("\"role\":\"serve\"", "\"role\":\"Serve\"", Code::kMalformed,
                        "document.role");
  expect_change_refused("amd-sev-snp", "AMD", Code::kMalformed, "document.platform");
  expect_change_refused("\"vcek\"", "\"../vcek\"", Code::kMalformed, "document.name");
  expect_change_refused("{\"software\":\"proof\\n\"}", "{\"\":\"proof\\n\"}", Code::kMalformed,
                        "document.name");
}

TEST(EvidenceDocument, RefusesBatchesOutOfRange) {
  const auto refuse = [](std::string_view from, std::string_view to) {
    expect_change_refused(from, to, Code::kMalformed, "document.batch");
  };
  refuse("\"size\":2", "\"size\":0");
  refuse("\"size\":2", "\"size\":4097");
  refuse("\"size\":2", "\"size\":1");
  refuse("\"index\":1", "\"index\":-1");
  refuse("\"path\":[\"", "\"path\":[1,\"");
  refuse("\"path\":[\"", "\"path\":[\"AA==\",\"");
  std::string many;
  for (int i = 0; i < 16; ++i) {
    many += "\"" + codec::base64_encode(crypto::sha256({})) + "\",";
  }
  refuse("\"path\":[\"", "\"path\":[" + many + "\"");
}

TEST(EvidenceDocument, RefusesWhatIsOverItsLimit) {
  expect_refused(std::string(kMaxDocumentLen + 1, ' '), Code::kExhausted, "document.limit");
  EvidenceDocument document = small_document();
  document.init_data = Bytes((64 << 10) + 1);
  expect_refused(serialize(document), Code::kExhausted, "document.limit");
  document = small_document();
  document.room = Bytes(kMaxSectionLen + 1);
  expect_refused(serialize(document), Code::kExhausted, "document.limit");
  document = small_document();
  document.proofs["software"] = std::string((64 << 10) + 1, 'x');
  expect_refused(serialize(document), Code::kExhausted, "document.limit");
  document = small_document();
  for (int i = 0; i < 33; ++i) {
    document.collateral["c" + std::to_string(i)] = {};
  }
  expect_refused(serialize(document), Code::kExhausted, "document.limit");
}

TEST(EvidenceDocument, EveryPrefixFails) {
  const std::string text = serialize(small_document());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_evidence_document(as_bytes(std::string_view(text).substr(0, size))).ok());
  }
}

}  // namespace
}  // namespace claustrum::document
