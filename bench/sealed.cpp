// SPDX-License-Identifier: Apache-2.0
// Opening a sealed model from the page cache against a plain copy of as many bytes into the same,
// already touched memory, with as many threads [PROTOCOL 8: decrypt >= 0.9x, with leaf check
// >= 0.5x]. `speed` is the limit's time divided by ours.
#include <stdlib.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "claustrum/sealed/open_model.h"
#include "claustrum/sealed/seal_model.h"
#include "pair.h"

namespace claustrum::bench {
namespace {

constexpr std::size_t kSize = std::size_t{256} << 20;

struct Folder {
  std::string path;
  sealed::FileKey key = sealed::file_key_from(Bytes(32, 7)).value();
  sealed::ManifestDigest digest{};
  Bytes out = Bytes(kSize, 1);

  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "claustrum-bench-XXXXXX");
    CLAUSTRUM_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
    const std::string plain = path + "/plain";
    Bytes block(1 << 20);
    std::ofstream file(plain, std::ios::binary);
    for (std::size_t at = 0; at < kSize; at += block.size()) {
      for (std::size_t i = 0; i < block.size(); i += 64) {
        block[i] = static_cast<std::uint8_t>(at >> 20 ^ i >> 6);
      }
      file << as_text(block);
    }
    file.close();
    digest = sealed::seal_model({{"weights", plain}}, key, "bench", "1", path + "/sealed")
                 .value()
                 .digest;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  static Folder& shared() {
    static Folder folder;
    return folder;
  }
};

void plain_copy(Folder& folder, const sealed::Fd& file, unsigned threads) {
  std::vector<std::thread> workers;
  const std::size_t share = kSize / threads;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      const std::span<std::uint8_t> mine(folder.out.data() + i * share, share);
      for (std::size_t at = 0; at < share; at += std::size_t{1} << 20) {
        CLAUSTRUM_CHECK(
            sealed::read_at(file, i * share + at, mine.subspan(at, std::size_t{1} << 20)).ok());
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
}

void add_speed(benchmark::State& state) {
  state.counters["speed"] = 1.0 / state.counters["ratio"];
}

// Decryption and leaf check, as `serve` loads a model.
void sealed_read_all(benchmark::State& state) {
  Folder& folder = Folder::shared();
  const auto opener =
      sealed::ModelOpener::open(folder.path + "/sealed", folder.key, folder.digest).value();
  const auto file = opener.file("weights").value();
  const auto plain = sealed::open_regular_file(folder.path + "/plain").value();
  sealed::Options options;
  options.threads = static_cast<unsigned>(state.range(0));
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(file.read_all(folder.out, options).ok()); },
      [&] { plain_copy(folder, plain, options.threads); });
  add_speed(state);
}
BENCHMARK(sealed_read_all)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(7);

// Decryption alone, chunk by chunk, sealed bytes in memory already; the limit is memcpy.
void sealed_decrypt(benchmark::State& state) {
  constexpr std::size_t kChunks = 4096;
  const auto key = sealed::file_key_from(Bytes(32, 7)).value();
  const Bytes context = sealed::file_context("bench", "1", "weights");
  const Bytes sealed_bytes = sealed::seal(key, context, Bytes(kChunks * sealed::kChunkLen, 3));
  const BytesView view(sealed_bytes);
  Bytes out(kChunks * sealed::kChunkLen, 1);
  auto opener =
      sealed::ChunkOpener::open(key, context, view.first(sealed::kHeaderLen), view.size()).value();
  run_pair(
      state,
      [&] {
        for (std::size_t i = 0; i < kChunks; ++i) {
          const std::span<std::uint8_t> chunk(out.data() + i * sealed::kChunkLen,
                                              sealed::kChunkLen);
          CLAUSTRUM_CHECK(opener
                              .open_chunk(i,
                                          view.subspan(sealed::ChunkOpener::chunk_offset(i),
                                                       sealed::kSealedChunkLen),
                                          chunk)
                              .ok());
        }
      },
      [&] {
        std::memcpy(out.data(), view.data(), out.size());
        benchmark::ClobberMemory();
      });
  add_speed(state);
}
BENCHMARK(sealed_decrypt)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(15);

}  // namespace
}  // namespace claustrum::bench
