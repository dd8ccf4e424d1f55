// SPDX-License-Identifier: Apache-2.0
// Strict reading and writing of manifests (docs/formats/sealed.md).
#include "claustrum/sealed/manifest.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/sealed/cobblestone.h"

namespace claustrum::sealed {
namespace {

constexpr std::string_view kCipher = "cobblestone-256";
constexpr std::size_t kMaxNameLen = 128;
constexpr std::size_t kMaxPartLen = 255;
constexpr codec::JsonLimits kLimits{
    .max_bytes = kMaxManifestLen, .max_depth = 4, .max_values = 5 * kMaxFiles + 16};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool made_of(std::string_view text, std::string_view also) {
  return std::all_of(text.begin(), text.end(), [also](char c) {
    return is_alphanumeric(c) || also.find(c) != std::string_view::npos;
  });
}

bool is_path_part(std::string_view part) {
  return !part.empty() && part.size() <= kMaxPartLen && part != "." && part != ".." &&
         made_of(part, "._-+=@,");
}

bool is_path(std::string_view path) {
  if (path.size() > kMaxPathLen) {
    return false;
  }
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_path_part(path.substr(0, slash))) {
      return false;
    }
    if (slash == std::string_view::npos) {
      return true;
    }
    path.remove_prefix(slash + 1);
  }
}

// `files` are sorted: would one also have to be a folder of another?
bool nested(const std::vector<ManifestFile>& files) {
  const auto exists = [&files](std::string_view path) {
    const auto at = std::lower_bound(
        files.begin(), files.end(), path,
        [](const ManifestFile& file, std::string_view wanted) { return file.path < wanted; });
    return at != files.end() && at->path == path;
  };
  return std::any_of(files.begin(), files.end(), [&exists](const ManifestFile& file) {
    const std::string_view path = file.path;
    for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1)) {
      if (exists(path.substr(0, at))) {
        return true;
      }
    }
    return false;
  });
}

Result<std::uint64_t> count_at(const codec::Json& json, std::string_view key, std::uint64_t max) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t value, json.integer_at(key));
  if (value < 0 || static_cast<std::uint64_t>(value) > max) {
    return Error(Code::kMalformed, "sealed.manifest.number", std::string(key));
  }
  return static_cast<std::uint64_t>(value);
}

Result<ManifestFile> parse_file(const codec::Json& json) {
  CLAUSTRUM_TRY(json.only_members({"path", "size", "chunks", "root"}));
  ManifestFile file;
  CLAUSTRUM_TRY_ASSIGN(file.path, json.string_at("path"));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("sealed.manifest.path", check_path(file.path)));
  CLAUSTRUM_TRY_ASSIGN(file.size, count_at(json, "size", kMaxFileSize));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t chunks, count_at(json, "chunks", kMaxChunks));
  if (chunks != num_chunks(file.size)) {
    return Error(Code::kMalformed, "sealed.manifest.chunks",
                 "not the number of chunks of its size");
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes root, json.hex_at("root", file.root.size()));
  file.root = to_array<32>(root);
  return file;
}

Status check_header(const codec::Json& json) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, json.integer_at("version"));
  if (version != 1) {
    return Error(Code::kUnsupported, "sealed.manifest.version", "only version 1 is known");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::string cipher, json.string_at("cipher"));
  if (cipher != kCipher) {
    return Error(Code::kUnsupported, "sealed.manifest.cipher", "only cobblestone-256 is known");
  }
  return json.only_members({"version", "model", "model-version", "cipher", "files"});
}

codec::Json to_json_value(const Manifest& manifest) {
  codec::Json files = codec::Json::array();
  for (const ManifestFile& file : manifest.files) {
    files.push(codec::Json::object()
                   .set("path", file.path)
                   .set("size", static_cast<std::int64_t>(file.size))
                   .set("chunks", static_cast<std::int64_t>(num_chunks(file.size)))
                   .set("root", codec::hex_encode(file.root)));
  }
  return codec::Json::object()
      .set("version", 1)
      .set("model", manifest.model)
      .set("model-version", manifest.model_version)
      .set("cipher", kCipher)
      .set("files", std::move(files));
}

}  // namespace

const ManifestFile* Manifest::find(std::string_view path) const {
  const auto at = std::find_if(files.begin(), files.end(),
                               [path](const ManifestFile& file) { return file.path == path; });
  return at == files.end() ? nullptr : &*at;
}

Status check_model_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameLen || !made_of(name, "._-+:/")) {
    return Error(Code::kMalformed, "sealed.manifest.name", "1..128 of A-Z a-z 0-9 . _ - + : /");
  }
  return {};
}

Status check_path(std::string_view path) {
  if (!is_path(path)) {
    return Error(Code::kMalformed, "sealed.manifest.path",
                 "relative, parts of A-Z a-z 0-9 . _ - + = @ , and never . or ..");
  }
  return {};
}

Status check_paths(const std::vector<ManifestFile>& files) {
  if (files.empty() || files.size() > kMaxFiles) {
    return Error(Code::kMalformed, "sealed.manifest.count", "1..4096 files");
  }
  const auto out_of_order = std::adjacent_find(
      files.begin(), files.end(),
      [](const ManifestFile& a, const ManifestFile& b) { return a.path >= b.path; });
  if (!CLAUSTRUM_GUARD("sealed.manifest.unique", out_of_order == files.end())) {
    return Error(Code::kMalformed, "sealed.manifest.paths", "not in strictly ascending order");
  }
  if (nested(files)) {
    return Error(Code::kMalformed, "sealed.manifest.paths", "a file is also a folder");
  }
  return {};
}

Bytes encode_manifest(const Manifest& manifest) {
  CLAUSTRUM_CHECK(check_paths(manifest.files).ok());
  return to_bytes(codec::to_jcs(to_json_value(manifest)));
}

Result<Manifest> parse_manifest(BytesView bytes) {
  CLAUSTRUM_TRY_ASSIGN(const codec::Json json, codec::parse_json(bytes, kLimits));
  CLAUSTRUM_TRY(check_header(json));
  Manifest manifest;
  CLAUSTRUM_TRY_ASSIGN(manifest.model, json.string_at("model"));
  CLAUSTRUM_TRY(check_model_name(manifest.model));
  CLAUSTRUM_TRY_ASSIGN(manifest.model_version, json.string_at("model-version"));
  CLAUSTRUM_TRY(check_model_name(manifest.model_version));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json files, json.array_at("files"));
  for (const codec::Json& entry : files.items()) {
    CLAUSTRUM_TRY_ASSIGN(ManifestFile file, parse_file(entry));
    manifest.files.push_back(std::move(file));
  }
  CLAUSTRUM_TRY(check_paths(manifest.files));
  // One manifest, one spelling: else one model could have many digests.
  if (!CLAUSTRUM_GUARD("sealed.manifest.canonical",
                       as_text(bytes) == codec::to_jcs(to_json_value(manifest)))) {
    return Error(Code::kMalformed, "sealed.manifest.canonical", "not in JCS form");
  }
  return manifest;
}

ManifestDigest manifest_digest(BytesView bytes) {
  return crypto::sha256(bytes);
}

Result<Manifest> verify_manifest(BytesView bytes, const ManifestDigest& expected) {
  if (!CLAUSTRUM_GUARD("sealed.manifest.digest", manifest_digest(bytes) == expected)) {
    return Error(Code::kMismatch, "sealed.manifest.digest", "another model than the one named");
  }
  return parse_manifest(bytes);
}

}  // namespace claustrum::sealed
