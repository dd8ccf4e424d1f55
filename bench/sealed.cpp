// SPDX-License-Identifier: Apache-2.0
// Opening a sealed model from the page cache against a plain copy of as many bytes into the same,
// already touched memory, with as many threads [PROTOCOL 8: decrypt >= 0.9x, with leaf check
// >= 0.5x]. `speed` is the limit's time divided by ours.
#include <stdlib.h>
#include <sys/mman.h>
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

// As `serve` loads a model: into a new memfd, whose pages the kernel has to find first. The limit
// does the same with the plain file.
void plain_to_memfd(const sealed::Fd& file, unsigned threads) {
  const sealed::Fd memory(::memfd_create("bench", MFD_CLOEXEC));
  std::vector<std::thread> workers;
  const std::size_t share = kSize / threads;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      Bytes block(std::size_t{256} << 10);
      for (std::size_t at = i * share; at < (i + 1) * share; at += block.size()) {
        CLAUSTRUM_CHECK(sealed::read_at(file, at, std::span(block)).ok());
        CLAUSTRUM_CHECK(sealed::write_at(memory.value(), at, block).ok());
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
}

void sealed_to_memfd(benchmark::State& state) {
  Folder& folder = Folder::shared();
  const auto opener =
      sealed::ModelOpener::open(folder.path + "/sealed", folder.key, folder.digest).value();
  const auto plain = sealed::open_regular_file(folder.path + "/plain").value();
  sealed::Options options;
  options.threads = static_cast<unsigned>(state.range(0));
  run_pair(
      state, [&] { CLAUSTRUM_CHECK(opener.open_to_memfd("weights", options).ok()); },
      [&] { plain_to_memfd(plain, options.threads); });
  add_speed(state);
}
BENCHMARK(sealed_to_memfd)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(7);

// Chunks [first, last) of `view` into their places in `out`.
void decrypt_chunks(sealed::ChunkOpener opener, BytesView view, std::span<std::uint8_t> out,
                    std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last; ++i) {
    const BytesView chunk =
        view.subspan(sealed::ChunkOpener::chunk_offset(i), sealed::kSealedChunkLen);
    CLAUSTRUM_CHECK(
        opener.open_chunk(i, chunk, out.subspan(i * sealed::kChunkLen, sealed::kChunkLen)).ok());
  }
}

// Decryption alone, chunk by chunk, sealed bytes in memory already; the limit is memcpy.
void sealed_decrypt(benchmark::State& state) {
  constexpr std::size_t kChunks = 4096;
  const auto key = sealed::file_key_from(Bytes(32, 7)).value();
  const Bytes context = sealed::file_context("bench", "1", "weights");
  const Bytes sealed_bytes = sealed::seal(key, context, Bytes(kChunks * sealed::kChunkLen, 3));
  const BytesView view(sealed_bytes);
  Bytes out(kChunks * sealed::kChunkLen, 1);
  const auto opener =
      sealed::ChunkOpener::open(key, context, view.first(sealed::kHeaderLen), view.size()).value();
  const auto threads = static_cast<std::size_t>(state.range(0));
  const auto on_threads = [&](const auto& work) {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([&, i] { work(kChunks * i / threads, kChunks * (i + 1) / threads); });
    }
  };
  run_pair(
      state,
      [&] {
        on_threads([&](std::size_t first, std::size_t last) {
          decrypt_chunks(opener.clone(sealed::Engine::kBest), view, out, first, last);
        });
      },
      [&] {
        on_threads([&](std::size_t first, std::size_t last) {
          std::memcpy(out.data() + first * sealed::kChunkLen,
                      view.data() + first * sealed::kChunkLen, (last - first) * sealed::kChunkLen);
          benchmark::ClobberMemory();
        });
      });
  add_speed(state);
}
BENCHMARK(sealed_decrypt)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(15);

}  // namespace
}  // namespace claustrum::bench
