// SPDX-License-Identifier: Apache-2.0
// Opening and checking [PROTOCOL 8]. Ciphertext is read, never mapped: the host may change a mapped
// file between the check and the use, or cut it and stop us with SIGBUS.
#include "claustrum/sealed/open_model.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "claustrum/base/guard.h"

namespace claustrum::sealed {
namespace {

// One thread's share of opening one file.
class OpenWorker {
 public:
  OpenWorker(const Fd& file, const ChunkOpener& opener, std::span<const Leaf> leaves, Engine engine)
      : file_(file),
        opener_(opener.clone(engine)),
        leaves_(leaves),
        engine_(engine),
        sealed_(kBatchChunks * kSealedChunkLen) {}

  // Checked chunks of the batch; the parts point into this worker's memory.
  Result<std::span<iovec>> open(const Batch& batch) {
    std::size_t used = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      lengths_[i] = opener_.chunk_len(batch.first + i);
      used += lengths_[i] + kTagLen;
    }
    CLAUSTRUM_TRY(
        read_at(file_, ChunkOpener::chunk_offset(batch.first), std::span(sealed_).first(used)));
    CLAUSTRUM_TRY(decrypt(batch));
    CLAUSTRUM_TRY(check_leaves(batch));
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::span<std::uint8_t> chunk = plain_.chunk(i, lengths_[i]);
      parts_[i] = {chunk.data(), chunk.size()};
    }
    return std::span(parts_).first(batch.count);
  }

 private:
  Status decrypt(const Batch& batch) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::size_t length = lengths_[i] + kTagLen;
      CLAUSTRUM_TRY(opener_.open_chunk(batch.first + i, BytesView(sealed_).subspan(at, length),
                                       plain_.chunk(i, lengths_[i])));
      at += length;
    }
    return {};
  }

  // [PROTOCOL 8] The key's holder can seal other chunks under the same name; the leaf tells.
  Status check_leaves(const Batch& batch) {
    std::array<Leaf, kBatchChunks> found;
    plain_.hash_leaves(std::span(lengths_).first(batch.count), std::span(found).first(batch.count),
                       engine_);
    const bool same =
        std::equal(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(batch.count),
                   leaves_.begin() + static_cast<std::ptrdiff_t>(batch.first));
    if (!CLAUSTRUM_GUARD("sealed.leaf", same)) {
      return Error(Code::kMismatch, "sealed.leaf", "a chunk is not the model's");
    }
    return {};
  }

  const Fd& file_;
  ChunkOpener opener_;
  std::span<const Leaf> leaves_;
  Engine engine_;
  ChunkBatch plain_;
  Bytes sealed_;
  std::array<std::size_t, kBatchChunks> lengths_{};
  std::array<iovec, kBatchChunks> parts_{};
};

Result<std::vector<Leaf>> read_leaves(const std::string& path, std::uint64_t chunks,
                                      const crypto::Sha256Digest& root) {
  CLAUSTRUM_TRY_ASSIGN(const Fd file, open_regular_file(path));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size, file_size(file));
  if (size != chunks * sizeof(Leaf)) {
    return Error(Code::kMismatch, "sealed.leaves", "not one leaf a chunk");
  }
  std::vector<Leaf> leaves(static_cast<std::size_t>(chunks));
  iovec part{leaves.data(), leaves.size() * sizeof(Leaf)};
  CLAUSTRUM_TRY(read_at(file, 0, std::span(&part, 1)));
  if (!CLAUSTRUM_GUARD("sealed.root", merkle_root(leaves) == root)) {
    return Error(Code::kMismatch, "sealed.root", "leaves of another file");
  }
  return leaves;
}

Error memfd_error(std::string_view what) {
  return Error(Code::kUnavailable, "sealed.memfd", std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

Status SealedFile::read_chunk(std::uint64_t index, std::span<std::uint8_t> out) const {
  OpenWorker worker(file_, opener_, leaves_, Engine::kBest);
  CLAUSTRUM_CHECK(out.size() == chunk_len(index));
  auto parts = worker.open({index, 1});
  if (!parts.ok()) {
    wipe(out.data(), out.size());
    return std::move(parts).error();
  }
  const iovec& part = parts->front();
  std::copy_n(static_cast<const std::uint8_t*>(part.iov_base), part.iov_len, out.begin());
  return {};
}

Status SealedFile::read_batches(const Options& options, const Sink& sink) const {
  const auto make_worker = [&]() -> Worker {
    auto worker = std::make_shared<OpenWorker>(file_, opener_, leaves_, options.engine);
    return [worker, &sink](const Batch& batch) -> Status {
      CLAUSTRUM_TRY_ASSIGN(const std::span<iovec> parts, worker->open(batch));
      return sink(batch.first * kChunkLen, parts);
    };
  };
  std::uint64_t finished = 0;
  const auto report = [&](const Batch& batch) {
    finished += std::min<std::uint64_t>(size() - batch.first * kChunkLen, batch.count * kChunkLen);
    if (options.progress) {
      options.progress(finished, size());
    }
  };
  return for_each_batch(chunks(), options.threads, make_worker, report);
}

Status SealedFile::read_all(std::span<std::uint8_t> out, const Options& options) const {
  CLAUSTRUM_CHECK(out.size() == size());
  Status status = read_batches(options, [out](std::uint64_t offset, std::span<iovec> parts) {
    auto* to = out.data() + offset;
    for (const iovec& part : parts) {
      std::copy_n(static_cast<const std::uint8_t*>(part.iov_base), part.iov_len, to);
      to += part.iov_len;
    }
    return ok_status();
  });
  if (!status.ok()) {
    wipe(out.data(), out.size());
  }
  return status;
}

Status SealedFile::write_to(int fd, const Options& options) const {
  Status status = read_batches(options, [fd](std::uint64_t offset, std::span<iovec> parts) {
    return write_at(fd, offset, parts);
  });
  if (!status.ok() && ::ftruncate(fd, 0) != 0) {
    return memfd_error("cannot empty a half-written file");
  }
  return status;
}

Result<ModelOpener> ModelOpener::open(const std::string& folder, const FileKey& key,
                                      const ManifestDigest& expected) {
  CLAUSTRUM_TRY_ASSIGN(Bytes bytes, read_whole_file(folder + "/" + kManifestName, kMaxManifestLen));
  CLAUSTRUM_TRY_ASSIGN(Manifest manifest, verify_manifest(bytes, expected));
  return ModelOpener(folder, key.clone(), std::move(manifest), std::move(bytes));
}

Result<SealedFile> ModelOpener::file(std::string_view path) const {
  const ManifestFile* const entry = manifest_.find(path);
  if (entry == nullptr) {
    return Error(Code::kNotFound, "sealed.path", "the model has no such file");
  }
  const auto index = static_cast<std::size_t>(entry - manifest_.files.data());
  CLAUSTRUM_TRY_ASSIGN(Fd file, open_regular_file(folder_ + "/" + sealed_name(index)));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t length, file_size(file));
  if (!CLAUSTRUM_GUARD("sealed.size", length == sealed_len(entry->size))) {
    return Error(Code::kMismatch, "sealed.size", "ciphertext of another length");
  }
  ByteArray<kHeaderLen> header;
  CLAUSTRUM_TRY(read_at(file, 0, std::span<std::uint8_t>(header)));
  const Bytes context = file_context(manifest_.model, manifest_.model_version, entry->path);
  CLAUSTRUM_TRY_ASSIGN(ChunkOpener opener, ChunkOpener::open(key_, context, header, length));
  CLAUSTRUM_TRY_ASSIGN(std::vector<Leaf> leaves, read_leaves(folder_ + "/" + leaves_name(index),
                                                             opener.chunks(), entry->root));
  return SealedFile(std::move(file), std::move(opener), std::move(leaves));
}

Result<Fd> ModelOpener::open_to_memfd(std::string_view path, const Options& options) const {
  Fd memory(::memfd_create("claustrum-model", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.value() < 0) {
    return memfd_error("cannot create");
  }
  CLAUSTRUM_TRY(open_file_to_fd(path, memory.value(), options));
  // The engine gets this descriptor; nothing may change under it or through it from here on.
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(memory.value(), F_ADD_SEALS, kSeals) != 0) {
    return memfd_error("cannot seal");
  }
  return memory;
}

Status ModelOpener::open_file_to_fd(std::string_view path, int fd, const Options& options) const {
  CLAUSTRUM_TRY_ASSIGN(const SealedFile sealed, file(path));
  return sealed.write_to(fd, options);
}

}  // namespace claustrum::sealed
