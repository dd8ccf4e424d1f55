// SPDX-License-Identifier: Apache-2.0
// Real TCB Info and identities with what Intel's rules make of them: every case beside the tree
// that says so. The inputs come from each case's own description, so that nothing but the documents
// and the matching is judged here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "claustrum/evidence/dcap/tcb_match.h"

namespace claustrum::evidence::dcap {
namespace {

namespace fs = std::filesystem;
using codec::Json;

fs::path evidence_folder() {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const bool given = shared != nullptr && *shared != '\0';
  return fs::path(given ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") / "evidence";
}

std::optional<Bytes> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return std::nullopt;
  }
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

struct RealCase {
  std::string name;
  Json file;
  Bytes tcb_info;
  Bytes qe_identity;
};

// Those with both documents and a TCB status.
std::vector<RealCase> real_cases() {
  std::vector<RealCase> out;
  std::error_code missing;
  codec::JsonLimits limits;
  limits.numbers = codec::JsonNumbers::kAny;
  for (const fs::directory_entry& entry : fs::directory_iterator(evidence_folder(), missing)) {
    const auto text = read_file(entry.path() / "case.json");
    const auto tcb_info = read_file(entry.path() / "tcb_info.json");
    const auto qe_identity = read_file(entry.path() / "qe_identity.json");
    if (!text || !tcb_info || !qe_identity) {
      continue;
    }
    const Json file = codec::parse_json(*text, limits).value();
    if (file.string_at("tcb_status").ok() && file.find("pck") != nullptr) {
      out.push_back({entry.path().filename().string(), file, *tcb_info, *qe_identity});
    }
  }
  return out;
}

template <std::size_t N>
ByteArray<N> hex_of(const Json& object, std::string_view key) {
  return to_array<N>(object.hex_at(key, N).value());
}

SgxReportBody qe_report_of(const Json& file) {
  const Json& from = *file.find("qe_report");
  SgxReportBody out;
  out.misc_select = static_cast<std::uint32_t>(from.integer_at("misc_select").value());
  out.attributes = hex_of<16>(from, "attributes");
  out.mr_signer = hex_of<32>(from, "mr_signer");
  out.isv_prod_id = static_cast<std::uint16_t>(from.integer_at("isv_prod_id").value());
  out.isv_svn = static_cast<std::uint16_t>(from.integer_at("isv_svn").value());
  return out;
}

TdReportBody td_of(const Json& claims) {
  TdReportBody out;
  out.tee_tcb_svn = hex_of<16>(claims, "tee_tcb_svn");
  out.mr_signer_seam = hex_of<48>(claims, "mr_signer_seam");
  const ByteArray<8> attributes = hex_of<8>(claims, "seam_attributes");
  out.seam_attributes = ByteReader(attributes, "seam_attributes").u64le();
  if (claims.find("tee_tcb_svn_2") != nullptr) {
    out.td15.emplace();
    out.td15->tee_tcb_svn_2 = hex_of<16>(claims, "tee_tcb_svn_2");
  }
  return out;
}

Result<TcbResult> evaluate(const RealCase& real) {
  const Json& pck = *real.file.find("pck");
  CLAUSTRUM_TRY_ASSIGN(const TcbInfo info, parse_tcb_info(real.tcb_info));
  CLAUSTRUM_TRY_ASSIGN(const QeIdentity identity, parse_qe_identity(real.qe_identity));
  CLAUSTRUM_TRY(check_tcb_info(info, hex_of<6>(pck, "fmspc"), hex_of<2>(pck, "pceid")));
  PlatformTcb platform;
  platform.components = hex_of<16>(pck, "cpusvn");
  platform.pce_svn = static_cast<std::uint16_t>(pck.integer_at("pcesvn").value());
  const bool tdx = real.file.string_at("platform").value() == "intel-tdx";
  const TdReportBody td = tdx ? td_of(*real.file.find("claims")) : TdReportBody();
  return evaluate_tcb(info, identity, platform, qe_report_of(real.file), tdx ? &td : nullptr);
}

void expect_text(const Json& detail, std::string_view key, const std::string& found) {
  if (const Json* expected = detail.find(key); expected != nullptr) {
    EXPECT_EQ(expected->string(), found) << key;
  }
}

void compare(const Json& detail, const TcbResult& result) {
  const auto text = [](const std::optional<TcbStatus>& status) {
    return status ? std::string(to_string(*status)) : std::string();
  };
  const auto date = [](const std::optional<Instant>& at) {
    return at ? format_rfc3339(*at) : std::string();
  };
  expect_text(detail, "platform_tcb_date", date(result.platform_date));
  expect_text(detail, "module_tcb_date", date(result.module_date));
  expect_text(detail, "qe_tcb_date", date(result.qe_date));
  expect_text(detail, "effective_tcb_date", date(result.date));
  expect_text(detail, "launch_tcb_status", text(result.launch));
  expect_text(detail, "current_tcb_status", text(result.current));
  EXPECT_EQ(detail.find("module_tcb_date") != nullptr, result.module.has_value());
  EXPECT_TRUE(detail.string_at("qe").value().starts_with(text(result.qe) + " "));
  const Json& platform = *detail.find("platform");
  const Json* level = platform.find("tdx_level");
  level = level == nullptr ? platform.find("sgx_level") : level;
  EXPECT_EQ(level->items()[0].string(), text(result.platform));
  if (const Json* module = platform.find("module"); module != nullptr) {
    EXPECT_EQ(module->items()[0].string(), result.module_id);
    EXPECT_EQ(module->items()[2].string(), text(result.module));
  }
  Json advisories = Json::array();
  for (const std::string& id : result.advisories) {
    advisories.push(id);
  }
  EXPECT_EQ(*detail.find("advisory_ids"), advisories);
}

TEST(DcapTcbCases, RealDocumentsGiveTheKnownStatus) {
  const std::vector<RealCase> cases = real_cases();
  if (cases.empty()) {
    GTEST_SKIP() << "no evidence beside the tree";
  }
  std::size_t levels = 0;
  for (const RealCase& real : cases) {
    SCOPED_TRACE(real.name);
    const std::string expected = real.file.string_at("tcb_status").value();
    const Result<TcbResult> result = evaluate(real);
    if (expected.starts_with("NotSupported")) {
      ASSERT_FALSE(result.ok());
      EXPECT_EQ(result.error().reason(), "dcap.tcb.no_level");
      continue;
    }
    ASSERT_TRUE(result.ok()) << result.error().message();
    EXPECT_EQ(to_string(result->status), expected);
    compare(*real.file.find("tcb_detail"), *result);
    ++levels;
  }
  std::cout << "TCB: " << cases.size() << " real cases, " << levels << " with a level\n";
}

TEST(DcapTcbCases, RealDocumentsSurviveNoTruncation) {
  for (const RealCase& real : real_cases()) {
    SCOPED_TRACE(real.name);
    for (std::size_t size = 0; size < real.tcb_info.size(); size += 101) {
      ASSERT_FALSE(parse_tcb_info(BytesView(real.tcb_info).first(size)).ok());
    }
    for (std::size_t size = 0; size < real.qe_identity.size(); ++size) {
      ASSERT_FALSE(parse_qe_identity(BytesView(real.qe_identity).first(size)).ok());
    }
  }
}

}  // namespace
}  // namespace claustrum::evidence::dcap
