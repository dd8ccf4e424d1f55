// SPDX-License-Identifier: Apache-2.0
// Opens a sealed model [PROTOCOL 8]. The caller names the manifest digest it was told (init-data, a
// profile); the folder, its leaves and its ciphertexts are the host's and prove themselves against
// it. Plaintext leaves this code only after its tag and its leaf were checked, so a model resealed
// under the same key is refused ("sealed.leaf"), and so is a folder changed while it is read.
#pragma once

#include "claustrum/sealed/file_io.h"
#include "claustrum/sealed/merkle.h"
#include "claustrum/sealed/seal_model.h"

namespace claustrum::sealed {

// One file, its leaves checked against the root of the manifest. Thread-safe.
class SealedFile {
 public:
  std::uint64_t size() const { return opener_.size(); }
  std::uint64_t chunks() const { return opener_.chunks(); }
  std::size_t chunk_len(std::uint64_t index) const { return opener_.chunk_len(index); }
  // Random access: one checked chunk of chunk_len(index) bytes into `out`, wiped on failure.
  Status read_chunk(std::uint64_t index, std::span<std::uint8_t> out) const;
  // The whole file into memory of exactly size() bytes. On failure `out` is wiped.
  Status read_all(std::span<std::uint8_t> out, const Options& options = {}) const;
  // The whole file to offset 0 of an empty file or memfd; emptied again on failure.
  Status write_to(int fd, const Options& options = {}) const;

 private:
  friend class ModelOpener;
  SealedFile(Fd file, ChunkOpener opener, std::vector<Leaf> leaves)
      : file_(std::move(file)), opener_(std::move(opener)), leaves_(std::move(leaves)) {}
  using Sink = std::function<Status(std::uint64_t offset, std::span<iovec> parts)>;
  Status read_batches(const Options& options, const Sink& sink) const;
  Fd file_;
  ChunkOpener opener_;
  std::vector<Leaf> leaves_;
};

class ModelOpener {
 public:
  // Reads and verifies the manifest; nothing is decrypted yet.
  static Result<ModelOpener> open(const std::string& folder, const FileKey& key,
                                  const ManifestDigest& expected);

  const Manifest& manifest() const { return manifest_; }
  const Bytes& manifest_bytes() const { return manifest_bytes_; }

  // not_found "sealed.path"; mismatch "sealed.size" (ciphertext of another length), "sealed.root"
  // (leaves are not those of the manifest); "sealed.commitment" and the rest of cobblestone.h.
  Result<SealedFile> file(std::string_view path) const;
  // The file's plaintext in a new memfd that nobody, its owner included, can change any more
  // (F_SEAL_WRITE, SHRINK, GROW, SEAL); close-on-exec.
  Result<Fd> open_to_memfd(std::string_view path, const Options& options = {}) const;
  Status open_file_to_fd(std::string_view path, int fd, const Options& options = {}) const;

 private:
  ModelOpener(std::string folder, FileKey key, Manifest manifest, Bytes manifest_bytes)
      : folder_(std::move(folder)),
        key_(std::move(key)),
        manifest_(std::move(manifest)),
        manifest_bytes_(std::move(manifest_bytes)) {}
  std::string folder_;
  FileKey key_;
  Manifest manifest_;
  Bytes manifest_bytes_;
};

}  // namespace claustrum::sealed
