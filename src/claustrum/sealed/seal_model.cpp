// SPDX-License-Identifier: Apache-2.0
// Sealing a model (docs/formats/sealed.md, "Folder" and "Writing"). Each chunk is read once: the
// leaf and the ciphertext are of the same bytes even if somebody writes to the source meanwhile.
#include "claustrum/sealed/seal_model.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "claustrum/sealed/file_io.h"
#include "claustrum/sealed/merkle.h"

namespace claustrum::sealed {
namespace {

namespace fs = std::filesystem;

// One thread's share of sealing one file.
class SealWorker {
 public:
  SealWorker(const Fd& source, int out, std::uint64_t size, const ChunkSealer& sealer,
             std::vector<Leaf>& leaves, Engine engine)
      : source_(source),
        out_(out),
        size_(size),
        sealer_(sealer.clone()),
        leaves_(leaves),
        engine_(engine),
        sealed_(kBatchChunks * kSealedChunkLen) {}

  Status operator()(const Batch& batch) {
    std::array<std::size_t, kBatchChunks> lengths{};
    std::array<iovec, kBatchChunks> parts{};
    for (std::size_t i = 0; i < batch.count; ++i) {
      lengths[i] = length_of(batch.first + i);
      const std::span<std::uint8_t> chunk = plain_.chunk(i, lengths[i]);
      parts[i] = {chunk.data(), chunk.size()};
    }
    CLAUSTRUM_TRY(read_at(source_, batch.first * kChunkLen, std::span(parts).first(batch.count)));
    // Threads write disjoint ranges of leaves_.
    plain_.hash_leaves(
        std::span(lengths).first(batch.count),
        std::span(leaves_).subspan(static_cast<std::size_t>(batch.first), batch.count), engine_);
    std::size_t used = 0;
    for (std::size_t i = 0; i < batch.count; ++i) {
      const std::size_t length = lengths[i] + kTagLen;
      sealer_.seal_chunk(batch.first + i, plain_.chunk(i, lengths[i]),
                         std::span(sealed_).subspan(used, length));
      used += length;
    }
    return write_at(out_, ChunkOpener::chunk_offset(batch.first), BytesView(sealed_).first(used));
  }

 private:
  std::size_t length_of(std::uint64_t index) const {
    return static_cast<std::size_t>(std::min<std::uint64_t>(kChunkLen, size_ - index * kChunkLen));
  }

  const Fd& source_;
  int out_;
  std::uint64_t size_;
  ChunkSealer sealer_;
  std::vector<Leaf>& leaves_;
  Engine engine_;
  ChunkBatch plain_;
  Bytes sealed_;
};

Status write_leaves(const std::string& folder, std::size_t index, std::vector<Leaf>& leaves) {
  CLAUSTRUM_TRY_ASSIGN(AtomicFile file, AtomicFile::create(folder, leaves_name(index)));
  iovec part{leaves.data(), leaves.size() * sizeof(Leaf)};
  CLAUSTRUM_TRY(write_at(file.fd(), 0, std::span(&part, 1)));
  return file.commit();
}

struct SealTask {
  const FileKey& key;
  std::string_view model;
  std::string_view model_version;
  const std::string& folder;
  const Options& options;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

Result<ManifestFile> seal_file(SealTask& task, std::size_t index, const SourceFile& file) {
  CLAUSTRUM_TRY_ASSIGN(const Fd source, open_regular_file(file.source));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size, file_size(source));
  if (size > kMaxFileSize) {
    return Error(Code::kExhausted, "sealed.too_large", "more than 2^38 chunks");
  }
  CLAUSTRUM_TRY_ASSIGN(AtomicFile out, AtomicFile::create(task.folder, sealed_name(index)));
  const ChunkSealer sealer(task.key, file_context(task.model, task.model_version, file.path),
                           task.options.engine);
  std::vector<Leaf> leaves(static_cast<std::size_t>(num_chunks(size)));
  const auto make_worker = [&]() -> Worker {
    auto worker =
        std::make_shared<SealWorker>(source, out.fd(), size, sealer, leaves, task.options.engine);
    return [worker](const Batch& batch) { return (*worker)(batch); };
  };
  const auto report = [&](const Batch& batch) {
    task.done += std::min<std::uint64_t>(size - batch.first * kChunkLen, batch.count * kChunkLen);
    if (task.options.progress) {
      task.options.progress(task.done, task.total);
    }
  };
  CLAUSTRUM_TRY(for_each_batch(num_chunks(size), task.options.threads, make_worker, report));
  CLAUSTRUM_TRY(write_at(out.fd(), 0, sealer.header()));
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size_now, file_size(source));
  if (size_now != size) {
    return Error(Code::kConflict, "sealed.file_changed", "longer than it was");
  }
  CLAUSTRUM_TRY(out.commit());
  CLAUSTRUM_TRY(write_leaves(task.folder, index, leaves));
  return ManifestFile{file.path, size, merkle_root(leaves, task.options.engine)};
}

Status prepare_folder(const std::string& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return Error(Code::kUnavailable, "sealed.file", "cannot make folder: " + failed.message());
  }
  if (fs::exists(folder + "/" + kManifestName, failed) || failed) {
    return Error(Code::kConflict, "sealed.exists", "the folder holds a sealed model");
  }
  return {};
}

// Names, order and sizes before the first byte is written.
Result<std::uint64_t> check_sources(const std::vector<SourceFile>& files, std::string_view model,
                                    std::string_view model_version) {
  CLAUSTRUM_TRY(check_model_name(model));
  CLAUSTRUM_TRY(check_model_name(model_version));
  std::vector<ManifestFile> planned;
  std::uint64_t total = 0;
  for (const SourceFile& file : files) {
    CLAUSTRUM_TRY(check_path(file.path));
    CLAUSTRUM_TRY_ASSIGN(const Fd source, open_regular_file(file.source));
    CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size, file_size(source));
    planned.push_back({file.path, size, {}});
    total += size;
  }
  CLAUSTRUM_TRY(check_paths(planned));
  const Manifest manifest{std::string(model), std::string(model_version), std::move(planned)};
  if (encode_manifest(manifest).size() > kMaxManifestLen) {
    return Error(Code::kExhausted, "sealed.manifest.size", "the manifest would exceed 1 MiB");
  }
  return total;
}

}  // namespace

std::string sealed_name(std::size_t index) {
  return std::to_string(index) + ".sealed";
}

std::string leaves_name(std::size_t index) {
  return std::to_string(index) + ".leaves";
}

Result<std::vector<SourceFile>> list_source_files(const std::string& folder) {
  std::error_code failed;
  std::vector<SourceFile> files;
  fs::recursive_directory_iterator at(folder, failed);
  for (; !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
    if (at->is_regular_file(failed)) {
      files.push_back({at->path().lexically_relative(folder).string(), at->path().string()});
    } else if (!failed && (!at->is_directory(failed) || at->is_symlink(failed))) {
      return Error(Code::kMalformed, "sealed.source", "neither a file nor a folder");
    }
    if (files.size() > kMaxFiles) {
      return Error(Code::kExhausted, "sealed.source", "more than 4096 files");
    }
  }
  if (failed) {
    return Error(Code::kUnavailable, "sealed.file", "cannot list: " + failed.message());
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

Result<SealedModel> seal_model(std::vector<SourceFile> files, const FileKey& key,
                               std::string_view model, std::string_view model_version,
                               const std::string& out_folder, const Options& options) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t total, check_sources(files, model, model_version));
  CLAUSTRUM_TRY(prepare_folder(out_folder));
  SealTask task{key, model, model_version, out_folder, options, 0, total};
  SealedModel sealed;
  sealed.manifest.model = model;
  sealed.manifest.model_version = model_version;
  for (std::size_t i = 0; i < files.size(); ++i) {
    CLAUSTRUM_TRY_ASSIGN(ManifestFile file, seal_file(task, i, files[i]));
    sealed.manifest.files.push_back(std::move(file));
  }
  sealed.manifest_bytes = encode_manifest(sealed.manifest);
  sealed.digest = manifest_digest(sealed.manifest_bytes);
  // Last, and only now: a folder with a manifest is complete.
  CLAUSTRUM_TRY_ASSIGN(AtomicFile out, AtomicFile::create(out_folder, kManifestName));
  CLAUSTRUM_TRY(write_at(out.fd(), 0, sealed.manifest_bytes));
  CLAUSTRUM_TRY(out.commit());
  return sealed;
}

}  // namespace claustrum::sealed
