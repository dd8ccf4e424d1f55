// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/test_cases.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace claustrum::evidence {
namespace {

namespace fs = std::filesystem;

fs::path evidence_folder() {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const bool given = shared != nullptr && *shared != '\0';
  return fs::path(given ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") / "evidence";
}

Result<Bytes> read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Error(Code::kNotFound, "case.file", path.string());
  }
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

std::vector<CaseFolder> cases_of(std::initializer_list<std::string_view> platforms) {
  std::vector<CaseFolder> out;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(evidence_folder(), missing)) {
    const Result<Bytes> text = read_file(entry.path() / "case.json");
    if (!text.ok()) {
      continue;
    }
    codec::JsonLimits limits;
    limits.numbers = codec::JsonNumbers::kAny;
    codec::Json file = codec::parse_json(*text, limits).value();
    if (std::ranges::find(platforms, file.string_at("platform").value()) == platforms.end()) {
      continue;
    }
    const auto load = [&entry](std::string_view name) { return read_file(entry.path() / name); };
    Case loaded = load_case(file, load, Instant{1767225600}).value();
    out.push_back({entry.path().filename().string(), std::move(file), std::move(loaded)});
  }
  std::ranges::sort(out, {}, &CaseFolder::name);
  return out;
}

Verification run_case(const Case& c, const std::function<Verification(const VerifyInput&)>& verify,
                      IssuerCache* issuers) {
  VerifyInput in;
  in.evidence = c.evidence;
  in.collateral = &c.collateral;
  in.now = c.verify_at;
  in.issuers = issuers;
  return verify(in);
}

}  // namespace claustrum::evidence
