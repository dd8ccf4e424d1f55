// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace claustrum::simulator {
namespace {

std::string fresh_path(const char* name) {
  const std::string path =
      ::testing::TempDir() + "claustrum-files-" + name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  return path;
}

unsigned mode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0U;
}

TEST(SimFiles, AreTheirOwnersAlone) {
  const std::string directory = fresh_path("private");
  ASSERT_TRUE(make_private_directory(directory).ok());
  EXPECT_EQ(mode_of(directory), 0700U);
  ASSERT_TRUE(write_new_file(directory + "/key", as_bytes("secret")).ok());
  EXPECT_EQ(mode_of(directory + "/key"), 0600U);
  EXPECT_EQ(read_file(directory + "/key").value(), to_bytes("secret"));
  std::filesystem::remove_all(directory);
}

TEST(SimFiles, AreNeverOverwritten) {
  const std::string path = fresh_path("once");
  ASSERT_TRUE(write_new_file(path, as_bytes("a")).ok());
  EXPECT_EQ(write_new_file(path, as_bytes("b")).error().reason(), "sim.file.failed");
  EXPECT_EQ(read_file(path).value(), to_bytes("a"));
  EXPECT_FALSE(make_private_directory(path).ok());
  std::filesystem::remove(path);
}

TEST(SimFiles, AMissingFileIsNotFound) {
  EXPECT_EQ(read_file(fresh_path("missing")).error().code(), Code::kNotFound);
}

TEST(SimFiles, AreBounded) {
  const std::string path = fresh_path("large");
  ASSERT_TRUE(write_new_file(path, Bytes(64 * 1024 + 1)).ok());
  EXPECT_EQ(read_file(path).error().reason(), "sim.file.size");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace claustrum::simulator
