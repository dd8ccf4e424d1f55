// SPDX-License-Identifier: Apache-2.0
// The manifest of a sealed model (docs/formats/sealed.md): which files it has and the Merkle root
// of each. Its SHA-256 is what init-data, evidence and receipts name, so the bytes have one
// spelling (JCS) and are hashed as sent. Guards against a model swapped under the same key, hidden
// or doubled files, and paths that leave the model's own folder.
#pragma once

#include "claustrum/base/result.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::sealed {

inline constexpr std::size_t kMaxManifestLen = std::size_t{1} << 20;
inline constexpr std::size_t kMaxFiles = 4096;
inline constexpr std::size_t kMaxPathLen = 1024;
// 2^52 bytes: what 2^38 chunks hold, and exact in every JSON reader.
inline constexpr std::uint64_t kMaxFileSize = (std::uint64_t{1} << 52) - 1;

using ManifestDigest = crypto::Sha256Digest;

struct ManifestFile {
  std::string path;  // relative, '/' between parts
  std::uint64_t size = 0;
  crypto::Sha256Digest root{};
  bool operator==(const ManifestFile&) const = default;
};

struct Manifest {
  std::string model;
  std::string model_version;
  std::vector<ManifestFile> files;  // in strictly ascending order of path
  const ManifestFile* find(std::string_view path) const;
  bool operator==(const Manifest&) const = default;
};

// Names and paths as the format allows them: malformed "sealed.manifest.name",
// "sealed.manifest.path".
Status check_model_name(std::string_view name);
Status check_path(std::string_view path);
// Order, uniqueness and nesting ("a" beside "a/b"): malformed "sealed.manifest.paths".
Status check_paths(const std::vector<ManifestFile>& files);

// `manifest` must pass the checks above (a checked bug otherwise).
Bytes encode_manifest(const Manifest& manifest);
// Shape only: unverified.
Result<Manifest> parse_manifest(BytesView bytes);
ManifestDigest manifest_digest(BytesView bytes);
// The manifest `expected` stands for: mismatch "sealed.manifest.digest" before anything is parsed.
Result<Manifest> verify_manifest(BytesView bytes, const ManifestDigest& expected);

}  // namespace claustrum::sealed
