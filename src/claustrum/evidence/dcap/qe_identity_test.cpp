// SPDX-License-Identifier: Apache-2.0
// Enclave identities: what a good document says, and that no other is read.
#include <gtest/gtest.h>

#include "claustrum/evidence/dcap/document.h"
#include "claustrum/evidence/dcap/test_documents.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

Result<QeIdentity> parse(const Json& document) {
  return parse_qe_identity(as_bytes(codec::to_json(document)));
}

void expect_fault(const Json& document, Code code, std::string_view reason,
                  const std::string& note = {}) {
  const Result<QeIdentity> identity = parse(document);
  ASSERT_FALSE(identity.ok()) << note;
  EXPECT_EQ(identity.error().code(), code) << note;
  EXPECT_EQ(identity.error().reason(), reason) << note;
}

void expect_malformed(const Json& document, const std::string& note = {}) {
  expect_fault(document, Code::kMalformed, "dcap.qe_identity", note);
}

TEST(DcapQeIdentity, ReadsBothQuotingEnclaves) {
  const Result<QeIdentity> qe = parse(qe_identity_json(false));
  ASSERT_TRUE(qe.ok()) << qe.error().message();
  EXPECT_EQ(qe->id, "QE");
  EXPECT_EQ(qe->version, 2);
  EXPECT_EQ(format_rfc3339(qe->issue_date), "2026-06-12T22:19:21Z");
  EXPECT_EQ(format_rfc3339(qe->next_update), "2026-07-12T22:19:21Z");
  EXPECT_EQ(qe->evaluation_data_number, 21);
  EXPECT_EQ(qe->misc_select_mask, 0xffffffffU);
  EXPECT_EQ(qe->attributes[0], 0x11);
  EXPECT_EQ(qe->attributes_mask[0], 0xfb);
  EXPECT_EQ(qe->mr_signer[31], 0xaa);
  EXPECT_EQ(qe->isv_prod_id, 1);
  ASSERT_EQ(qe->levels.size(), 3U);
  EXPECT_EQ(qe->levels[1].isv_svn, 6);
  EXPECT_EQ(qe->levels[1].status, TcbStatus::kOutOfDate);
  EXPECT_EQ(qe->levels[1].advisories, std::vector<std::string>{"INTEL-SA-00477"});
  EXPECT_EQ(format_rfc3339(qe->levels[2].date), "2019-05-15T00:00:00Z");
  EXPECT_EQ(parse(qe_identity_json(true))->id, "TD_QE");
}

TEST(DcapQeIdentity, MiscSelectIsLittleEndian) {
  const Json document = with(qe_identity_json(false), "miscselect", "01000080");
  EXPECT_EQ(parse(document)->misc_select, 0x80000001U);
}

TEST(DcapQeIdentity, EveryMemberMustBeThereWithItsType) {
  const Json document = qe_identity_json(true);
  for (const std::string& path : paths_of(document)) {
    const bool optional = path.find("advisoryIDs") != std::string::npos ||
                          (path.starts_with("tcbLevels/") && path.size() == 11);
    if (!optional) {
      expect_malformed(without(document, path), path);
    }
    expect_malformed(with(document, path, nullptr), path);
    expect_malformed(with(document, path, false), path);
  }
}

TEST(DcapQeIdentity, ValuesStayInTheirRange) {
  const std::pair<std::string, Json> faults[] = {
      {"id", "qe"},
      {"id", ""},
      {"isvprodid", 65536},
      {"isvprodid", -1},
      {"tcbEvaluationDataNumber", -1},
      {"miscselect", "000000"},
      {"miscselectMask", "FFFFFFFFFF"},
      {"attributes", "11"},
      {"attributesMask", std::string(34, 'F')},
      {"mrsigner", std::string(96, 'a')},
      {"issueDate", "2026-06-12"},
      {"tcbLevels", Json::array()},
      {"tcbLevels/0/tcb/isvsvn", 65536},
      {"tcbLevels",
       Json::Array(kMaxLevels + 1, qe_identity_json(true).find("tcbLevels")->items()[0])},
  };
  for (const auto& [path, value] : faults) {
    expect_malformed(with(qe_identity_json(true), path, value), path);
  }
}

TEST(DcapQeIdentity, OtherVersionsAreUnsupported) {
  for (const int version : {1, 3}) {
    expect_fault(with(qe_identity_json(false), "version", version), Code::kUnsupported,
                 "dcap.qe_identity_version");
  }
}

TEST(DcapQeIdentity, AnUnknownStatusRefusesTheDocument) {
  for (const char* status : {"Fine", "SWHardeningNeeded", "OutOfDateConfigurationNeeded"}) {
    expect_fault(with(qe_identity_json(false), "tcbLevels/2/tcbStatus", status), Code::kMalformed,
                 "dcap.tcb_status");
  }
}

TEST(DcapQeIdentity, ALevelOccursOnce) {
  const std::string path = "tcbLevels/1/tcb/isvsvn";
  expect_malformed(with(qe_identity_json(false), path, 8), path);
  EXPECT_TRUE(parse(with(qe_identity_json(false), path, 7)).ok());
}

TEST(DcapQeIdentity, TheOrderInTheDocumentDecidesNothing) {
  const Json document = qe_identity_json(false);
  Json levels = Json::array();
  for (const std::size_t at : {1U, 2U, 0U}) {
    levels.push(document.find("tcbLevels")->items()[at]);
  }
  const Result<QeIdentity> identity = parse(with(document, "tcbLevels", levels));
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->levels[0].isv_svn, 8);
  EXPECT_EQ(identity->levels[1].isv_svn, 6);
  EXPECT_EQ(identity->levels[2].isv_svn, 5);
}

TEST(DcapQeIdentity, EveryPrefixIsMalformed) {
  const std::string text = codec::to_json(qe_identity_json(true));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<QeIdentity> identity = parse_qe_identity(as_bytes(text).first(size));
    ASSERT_FALSE(identity.ok()) << size;
    ASSERT_EQ(identity.error().reason(), "dcap.qe_identity") << size;
  }
}

}  // namespace
}  // namespace claustrum::evidence::dcap
