// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files and folders named on the command line: how corpora serve as
// ordinary tests in builds without libFuzzer. A missing or empty folder fails, for a test that ran
// over nothing must not pass.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

bool replay(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> chars{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    return false;
  }
  const std::vector<std::uint8_t> bytes(chars.begin(), chars.end());
  (void)LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

// Files replayed from `path`, a file or a folder; 0 when anything could not be read.
std::size_t replay_all(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return replay(path) ? 1 : 0;
  }
  std::size_t count = 0;
  std::filesystem::recursive_directory_iterator entry(path, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(error)) {
    if (entry->is_regular_file(error)) {
      if (!replay(entry->path())) {
        return 0;
      }
      ++count;
    }
  }
  return error ? 0 : count;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t total = 0;
  for (int i = 1; i < argc; ++i) {
    const std::size_t count = replay_all(argv[i]);
    if (count == 0) {
      std::fprintf(stderr, "nothing replayed from %s\n", argv[i]);
      return 1;
    }
    total += count;
  }
  std::printf("%zu inputs replayed\n", total);
  return total == 0 ? 1 : 0;
}
