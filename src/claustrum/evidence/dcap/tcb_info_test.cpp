// SPDX-License-Identifier: Apache-2.0
// TCB Info: what a good document says, and that no other is read.
#include <gtest/gtest.h>

#include <algorithm>

#include "claustrum/evidence/dcap/document.h"
#include "claustrum/evidence/dcap/test_documents.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

Result<TcbInfo> parse(const Json& document) {
  return parse_tcb_info(as_bytes(codec::to_json(document)));
}

void expect_fault(const Json& document, Code code, std::string_view reason,
                  const std::string& note = {}) {
  const Result<TcbInfo> info = parse(document);
  ASSERT_FALSE(info.ok()) << note;
  EXPECT_EQ(info.error().code(), code) << note;
  EXPECT_EQ(info.error().reason(), reason) << note;
}

void expect_malformed(const Json& document, const std::string& note = {}) {
  expect_fault(document, Code::kMalformed, "dcap.tcb_info", note);
}

bool may_be_absent(const std::string& path) {
  return path.ends_with("advisoryIDs") || path == "tdxModuleIdentities" ||
         path == "tdxModuleIdentities/0" || path == "tdxModuleIdentities/1" ||
         path == "tcbLevels/0" || path == "tcbLevels/1" || path == "tcbLevels/2" ||
         path == "tdxModuleIdentities/1/tcbLevels/0" ||
         path == "tdxModuleIdentities/1/tcbLevels/1" ||
         path.find("advisoryIDs/") != std::string::npos;
}

TEST(DcapTcbInfo, ReadsATdxDocument) {
  const Result<TcbInfo> info = parse(tdx_info_json());
  ASSERT_TRUE(info.ok()) << info.error().message();
  EXPECT_EQ(info->id, "TDX");
  EXPECT_EQ(info->version, 3);
  EXPECT_EQ(format_rfc3339(info->issue_date), "2026-06-12T22:19:21Z");
  EXPECT_EQ(format_rfc3339(info->next_update), "2026-07-12T22:19:21Z");
  EXPECT_EQ(info->fmspc, (ByteArray<6>{0x00, 0x80, 0x6f, 0x05, 0x00, 0x00}));
  EXPECT_EQ(info->pce_id, ByteArray<2>{});
  EXPECT_EQ(info->evaluation_data_number, 21);
  ASSERT_TRUE(info->tdx_module.has_value());
  EXPECT_EQ(info->tdx_module->attributes_mask, ~std::uint64_t{0});
  ASSERT_EQ(info->tdx_module_identities.size(), 2U);
  const TdxModuleIdentity* module = find_module(*info, "tdx_01");
  ASSERT_NE(module, nullptr);
  EXPECT_EQ(module->id, "TDX_01");
  ASSERT_EQ(module->levels.size(), 2U);
  EXPECT_EQ(module->levels[1].isv_svn, 4);
  EXPECT_EQ(module->levels[1].status, TcbStatus::kOutOfDate);
  EXPECT_EQ(module->levels[1].advisories, std::vector<std::string>{"INTEL-SA-01099"});
  ASSERT_EQ(info->levels.size(), 3U);
  EXPECT_EQ(info->levels[0].sgx, filled(30));
  EXPECT_EQ(info->levels[0].pce_svn, 13);
  EXPECT_EQ(info->levels[0].tdx->at(1), 1);
  EXPECT_EQ(info->levels[0].tdx->at(2), 7);
  EXPECT_EQ(info->levels[2].advisories.size(), 2U);
  EXPECT_EQ(format_rfc3339(info->levels[2].date), "2018-01-04T00:00:00Z");
}

TEST(DcapTcbInfo, ReadsSgxDocumentsOfBothVersions) {
  const Result<TcbInfo> v3 = parse(sgx_info_json());
  ASSERT_TRUE(v3.ok());
  EXPECT_EQ(v3->id, "SGX");
  EXPECT_FALSE(v3->levels[0].tdx.has_value());
  EXPECT_FALSE(v3->tdx_module.has_value());
  const Result<TcbInfo> v2 = parse(sgx_info_v2_json());
  ASSERT_TRUE(v2.ok()) << v2.error().message();
  EXPECT_EQ(v2->id, "SGX");
  EXPECT_EQ(v2->version, 2);
  EXPECT_EQ(v2->levels[0].sgx, (Components{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
  EXPECT_EQ(v2->levels[0].pce_svn, 11);
}

// SEAMATTRIBUTES stand in memory order.
TEST(DcapTcbInfo, AttributesAreLittleEndian) {
  const Json document = with(tdx_info_json(), "tdxModule/attributes", "0100000000000080");
  EXPECT_EQ(parse(document)->tdx_module->attributes, 0x8000000000000001U);
}

TEST(DcapTcbInfo, EveryMemberMustBeThere) {
  for (const Json& document : {tdx_info_json(), sgx_info_json(), sgx_info_v2_json()}) {
    for (const std::string& path : paths_of(document)) {
      if (!may_be_absent(path)) {
        expect_malformed(without(document, path), path);
      }
    }
  }
}

TEST(DcapTcbInfo, EveryMemberHasItsType) {
  for (const Json& document : {tdx_info_json(), sgx_info_v2_json()}) {
    for (const std::string& path : paths_of(document)) {
      expect_malformed(with(document, path, nullptr), path);
      expect_malformed(with(document, path, false), path);
    }
  }
  expect_malformed(Json::array());
  expect_malformed(Json("TDX"));
}

TEST(DcapTcbInfo, NumbersStayInTheirRange) {
  const std::pair<std::string, std::int64_t> faults[] = {
      {"tcbLevels/0/tcb/sgxtcbcomponents/15/svn", 256},
      {"tcbLevels/0/tcb/sgxtcbcomponents/0/svn", -1},
      {"tcbLevels/1/tcb/tdxtcbcomponents/7/svn", 256},
      {"tcbLevels/0/tcb/pcesvn", 65536},
      {"tcbLevels/0/tcb/pcesvn", -1},
      {"tdxModuleIdentities/0/tcbLevels/0/tcb/isvsvn", 65536},
      {"tdxModuleIdentities/0/tcbLevels/0/tcb/isvsvn", -1},
      {"tcbEvaluationDataNumber", -1},
      {"tcbEvaluationDataNumber", std::int64_t{1} << 31},
      {"tcbType", -1},
  };
  for (const auto& [path, value] : faults) {
    expect_malformed(with(tdx_info_json(), path, value), path);
  }
  EXPECT_TRUE(parse(with(tdx_info_json(), "tcbLevels/0/tcb/sgxtcbcomponents/0/svn", 255)).ok());
  EXPECT_TRUE(parse(with(tdx_info_json(), "tcbLevels/0/tcb/pcesvn", 65535)).ok());
}

// A reader that walks two arrays side by side would stop at the shorter one.
TEST(DcapTcbInfo, ComponentsAreSixteen) {
  for (const std::string key : {"sgxtcbcomponents", "tdxtcbcomponents"}) {
    const std::string path = "tcbLevels/0/tcb/" + key;
    Json longer = components_json(filled(0));
    longer.push(longer.items()[0]);
    expect_malformed(with(tdx_info_json(), path, longer), path);
    expect_malformed(with(tdx_info_json(), path, Json::array()), path);
  }
}

TEST(DcapTcbInfo, HexHasItsLength) {
  const std::pair<std::string, std::string> faults[] = {
      {"fmspc", "00806F0500"},
      {"fmspc", "00806F05000000"},
      {"fmspc", "00806F05000g"},
      {"pceId", "00"},
      {"tdxModule/mrsigner", std::string(94, '0')},
      {"tdxModule/attributes", "00000000000000"},
      {"tdxModule/attributesMask", "FFFFFFFFFFFFFFFFFF"},
      {"tdxModuleIdentities/0/mrsigner", std::string(64, '0')},
  };
  for (const auto& [path, value] : faults) {
    expect_malformed(with(tdx_info_json(), path, value), path + " " + value);
  }
  EXPECT_TRUE(parse(with(tdx_info_json(), "fmspc", "00806f050000")).ok());
}

TEST(DcapTcbInfo, DatesAreUtcToTheSecond) {
  for (const std::string path : {"issueDate", "nextUpdate", "tcbLevels/0/tcbDate",
                                 "tdxModuleIdentities/1/tcbLevels/0/tcbDate"}) {
    for (const char* value :
         {"2026-06-12T22:19:21", "2026-06-12T22:19:21z", "2026-06-12 22:19:21Z",
          "2026-06-12T22:19:21.5Z", "2026-06-12T22:19:21+00:00", "2026-13-12T22:19:21Z",
          "2026-06-31T22:19:21Z", "", "2026-06-12T22:19:21ZZ"}) {
      expect_malformed(with(tdx_info_json(), path, value), path + " " + value);
    }
  }
}

TEST(DcapTcbInfo, AnUnknownStatusRefusesTheDocument) {
  for (const char* status : {"uptodate", "UpToDate ", "", "TDRelaunchAdvised", "Fine"}) {
    for (const std::string path :
         {"tcbLevels/2/tcbStatus", "tdxModuleIdentities/1/tcbLevels/1/tcbStatus"}) {
      expect_fault(with(tdx_info_json(), path, status), Code::kMalformed, "dcap.tcb_status",
                   path + " " + status);
    }
  }
  // What only a platform can be, no module is.
  expect_fault(
      with(tdx_info_json(), "tdxModuleIdentities/1/tcbLevels/1/tcbStatus", "SWHardeningNeeded"),
      Code::kMalformed, "dcap.tcb_status");
}

TEST(DcapTcbInfo, StatusesKeepIntelsSpelling) {
  for (const char* text :
       {"UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded",
        "OutOfDate", "OutOfDateConfigurationNeeded", "Revoked"}) {
    ASSERT_TRUE(parse_tcb_status(text).ok()) << text;
    EXPECT_EQ(to_string(*parse_tcb_status(text)), text);
    EXPECT_TRUE(parse(with(tdx_info_json(), "tcbLevels/0/tcbStatus", text)).ok());
  }
  EXPECT_EQ(to_string(TcbStatus::kTdRelaunchAdvised), "TDRelaunchAdvised");
  EXPECT_EQ(to_string(TcbStatus::kTdRelaunchAdvisedConfigurationNeeded),
            "TDRelaunchAdvisedConfigurationNeeded");
}

TEST(DcapTcbInfo, OtherVersionsAndTypesAreUnsupported) {
  for (const int version : {0, 1, 4, -3}) {
    expect_fault(with(sgx_info_json(), "version", version), Code::kUnsupported,
                 "dcap.tcb_info_version");
  }
  // Version 2 knows no TDX: its components stand elsewhere.
  expect_malformed(with(tdx_info_json(), "version", 2));
  expect_malformed(with(sgx_info_v2_json(), "version", 3));
  expect_malformed(with(sgx_info_json(), "id", "sgx"));
  expect_malformed(with(sgx_info_json(), "id", "QE"));
}

TEST(DcapTcbInfo, RejectsAnotherTcbType) {
  for (const Json& document : {tdx_info_json(), sgx_info_json(), sgx_info_v2_json()}) {
    expect_fault(with(document, "tcbType", 1), Code::kUnsupported, "dcap.tcb_type");
  }
}

TEST(DcapTcbInfo, CountsAreBounded) {
  const auto repeated = [](const Json& value, std::size_t count) {
    return Json(Json::Array(count, value));
  };
  const Json document = sgx_info_v2_json();
  const Json level = document.find("tcbLevels")->items()[0];
  const auto levels = [&level](std::size_t count) {
    Json out = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
      out.push(with(level, "tcb/pcesvn", static_cast<int>(i)));
    }
    return out;
  };
  EXPECT_TRUE(parse(with(document, "tcbLevels", levels(kMaxLevels))).ok());
  expect_malformed(with(document, "tcbLevels", levels(kMaxLevels + 1)));
  expect_malformed(with(document, "tcbLevels", Json::array()));
  const Json advisory("INTEL-SA-00001");
  const std::string path = "tcbLevels/0/advisoryIDs";
  EXPECT_TRUE(parse(with(document, path, repeated(advisory, kMaxAdvisories))).ok());
  expect_malformed(with(document, path, repeated(advisory, kMaxAdvisories + 1)));
  Json modules = Json::array();
  const Json module = tdx_info_json().find("tdxModuleIdentities")->items()[0];
  for (std::size_t i = 0; i < kMaxModules; ++i) {
    modules.push(with(module, "id", "TDX_X" + std::to_string(i)));
  }
  EXPECT_TRUE(parse(with(tdx_info_json(), "tdxModuleIdentities", modules)).ok());
  modules.push(module);
  expect_malformed(with(tdx_info_json(), "tdxModuleIdentities", modules));
  expect_malformed(with(document, "padding", std::string(kMaxTcbInfoLen, 'x')));
}

TEST(DcapTcbInfo, AdvisoriesArePrintable) {
  const std::string path = "tcbLevels/2/advisoryIDs/0";
  EXPECT_TRUE(parse(with(tdx_info_json(), path, std::string(kMaxAdvisoryLen, 'A'))).ok());
  for (const std::string& id :
       {std::string(kMaxAdvisoryLen + 1, 'A'), std::string(), std::string("INTEL SA"),
        std::string("\x1b[2J"), std::string("\xc3\xa4")}) {
    expect_malformed(with(tdx_info_json(), path, id));
  }
}

TEST(DcapTcbInfo, OneModuleHasOneEntry) {
  expect_malformed(with(tdx_info_json(), "tdxModuleIdentities/0/id", "tdx_01"));
  expect_malformed(with(tdx_info_json(), "tdxModuleIdentities/0/id", ""));
  expect_malformed(with(tdx_info_json(), "tdxModuleIdentities/0/id", std::string(33, 'T')));
}

// Else the order of two would decide which status counts.
TEST(DcapTcbInfo, ALevelOccursOnce) {
  for (const Json& document : {tdx_info_json(), sgx_info_json()}) {
    const Json first = document.find("tcbLevels")->items()[0];
    expect_malformed(with(document, "tcbLevels/1", with(first, "tcbStatus", "OutOfDate")));
    EXPECT_TRUE(parse(with(document, "tcbLevels/1", with(first, "tcb/pcesvn", 1))).ok());
  }
  expect_malformed(with(tdx_info_json(), "tdxModuleIdentities/1/tcbLevels/1/tcb/isvsvn", 9));
}

// Intel adds members, and signs them all.
TEST(DcapTcbInfo, PassesOverMembersItDoesNotKnow) {
  const Json document = tdx_info_json();
  for (const std::string& path : paths_of(document)) {
    if (at(document, path).is_object()) {
      EXPECT_TRUE(parse(with(document, path + "/futureMember", "x")).ok()) << path;
    }
  }
  EXPECT_TRUE(parse(with(document, "tdxTcbComponents2", Json::array())).ok());
  EXPECT_TRUE(parse(with(sgx_info_json(), "tdxModule", nullptr)).ok());
}

TEST(DcapTcbInfo, TheOrderInTheDocumentDecidesNothing) {
  const Json document = tdx_info_json();
  const TcbInfo sorted = *parse(document);
  std::vector<std::size_t> order = {0, 1, 2};
  do {
    Json levels = Json::array();
    for (const std::size_t at : order) {
      levels.push(document.find("tcbLevels")->items()[at]);
    }
    const Result<TcbInfo> info = parse(with(document, "tcbLevels", levels));
    ASSERT_TRUE(info.ok());
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(info->levels[i].sgx, sorted.levels[i].sgx);
    }
  } while (std::ranges::next_permutation(order).found);
  const std::string path = "tdxModuleIdentities/1/tcbLevels";
  Json reversed = document.find("tdxModuleIdentities")->items()[1].find("tcbLevels")->items();
  std::ranges::reverse(reversed.items());
  EXPECT_EQ(parse(with(document, path, reversed))->tdx_module_identities[1].levels[0].isv_svn, 9);
}

TEST(DcapTcbInfo, SortsBySgxThenPceThenTdx) {
  Json document = tdx_info_json();
  const std::string low = "tcbLevels/0/tcb/sgxtcbcomponents/0/svn";
  // Level 0: first component below level 1's, all others above.
  EXPECT_EQ(parse(with(document, low, 19))->levels[0].pce_svn, 11);
  // Equal SGX components: PCESVN decides, then the TDX components.
  document = with(document, "tcbLevels/0/tcb/sgxtcbcomponents", components_json(filled(20)));
  EXPECT_EQ(parse(with(document, "tcbLevels/0/tcb/pcesvn", 10))->levels[0].pce_svn, 11);
  document = with(document, "tcbLevels/0/tcb/pcesvn", 11);
  document = with(document, "tcbLevels/0/tcb/tdxtcbcomponents/0/svn", 4);
  EXPECT_EQ(parse(document)->levels[0].status, TcbStatus::kOutOfDate);
}

TEST(DcapTcbInfo, EveryPrefixIsMalformed) {
  const std::string text = codec::to_json(tdx_info_json());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<TcbInfo> info = parse_tcb_info(as_bytes(text).first(size));
    ASSERT_FALSE(info.ok()) << size;
    ASSERT_EQ(info.error().reason(), "dcap.tcb_info") << size;
  }
  EXPECT_FALSE(parse_tcb_info(as_bytes(text + "x")).ok());
}

TEST(DcapTcbInfo, NestingIsBounded) {
  Json deep;
  for (int i = 0; i < 20; ++i) {
    Json outer = Json::array();
    outer.push(std::move(deep));
    deep = std::move(outer);
  }
  expect_malformed(with(sgx_info_json(), "deep", deep));
}

}  // namespace
}  // namespace claustrum::evidence::dcap
