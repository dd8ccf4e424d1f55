// SPDX-License-Identifier: Apache-2.0
// Sealing that is killed at any moment leaves a complete model or no manifest at all.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT: kill is not in <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "claustrum/sealed/open_model.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

using testing::noise;
using testing::TempFolder;
using testing::test_key;
using testing::write_file;

constexpr std::size_t kFileLen = 3 * 1024 * 1024;

Result<SealedModel> seal_source(const TempFolder& temp, const std::string& out) {
  CLAUSTRUM_TRY_ASSIGN(auto files, list_source_files(temp.path("source")));
  return seal_model(files, test_key(), "m", "1", out, {1, Engine::kBest, {}});
}

void seal_and_kill_after(const TempFolder& temp, const std::string& out, useconds_t wait) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::_exit(seal_source(temp, out).ok() ? 0 : 1);
  }
  ::usleep(wait);
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
}

TEST(SealKill, LeavesACompleteModelOrNoManifest) {
  const TempFolder temp;
  for (std::uint32_t i = 0; i < 3; ++i) {
    write_file(temp.path("source/" + std::to_string(i)), noise(kFileLen, i));
  }
  const auto reference = seal_source(temp, temp.path("reference"));
  ASSERT_TRUE(reference.ok());
  std::size_t complete = 0;
  for (unsigned round = 0; round < 20; ++round) {
    const std::string out = temp.path("out" + std::to_string(round));
    seal_and_kill_after(temp, out, round * 7'000);
    if (!std::filesystem::exists(out + "/" + kManifestName)) {
      // Starting again in the same folder works, whatever was left there.
      ASSERT_TRUE(seal_source(temp, out).ok());
    } else {
      ++complete;
    }
    const auto opener = ModelOpener::open(out, test_key(), reference->digest);
    ASSERT_TRUE(opener.ok()) << opener.error().message();
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto file = opener->file(std::to_string(i));
      ASSERT_TRUE(file.ok());
      Bytes plain(kFileLen);
      ASSERT_TRUE(file->read_all(plain).ok());
      EXPECT_EQ(plain, noise(kFileLen, i));
    }
    std::filesystem::remove_all(out);
  }
  EXPECT_LT(complete, 20U);
}

}  // namespace
}  // namespace claustrum::sealed
