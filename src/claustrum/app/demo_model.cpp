// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_model.h"

#include <array>
#include <filesystem>
#include <fstream>

namespace claustrum::app {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "GGUF";
constexpr std::size_t kMaxName = 64;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

}  // namespace

Status check_model_file(const std::string& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) {
    return Error(Code::kNotFound, "demo.model", "cannot read " + path + ": " + failed.message());
  }
  if (!fs::is_regular_file(status)) {
    return Error(Code::kNotFound, "demo.model", path + " is no regular file; give a GGUF file");
  }
  std::ifstream file(path, std::ios::binary);
  std::array<char, kMagic.size()> start{};
  file.read(start.data(), start.size());
  if (!file.is_open()) {
    return Error(Code::kNotFound, "demo.model", "cannot read " + path);
  }
  if (!file || std::string_view(start.data(), start.size()) != kMagic) {
    return Error(Code::kMalformed, "demo.model",
                 path + " does not begin like a GGUF file; give a model in that format");
  }
  return ok_status();
}

std::string plain_model_name(const std::string& path) {
  std::string name = fs::path(path).stem().string().substr(0, kMaxName);
  for (char& c : name) {
    c = is_plain(c) ? c : '_';
  }
  // No hidden file, no option.
  if (name.empty() || name.front() == '.' || name.front() == '-') {
    name.insert(name.begin(), '_');
  }
  return name;
}

}  // namespace claustrum::app
