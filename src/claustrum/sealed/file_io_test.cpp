// SPDX-License-Identifier: Apache-2.0
#include "claustrum/sealed/file_io.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

using testing::noise;
using testing::read_file;
using testing::TempFolder;
using testing::write_file;

TEST(SealedFileIo, AFileAppearsOnlyWhenCommitted) {
  const TempFolder folder;
  auto file = AtomicFile::create(folder.path(), "x");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(write_at(file->fd(), 3, as_bytes("def")).ok());
  ASSERT_TRUE(write_at(file->fd(), 0, as_bytes("abc")).ok());
  EXPECT_FALSE(std::filesystem::exists(folder.path("x")));
  ASSERT_TRUE(file->commit().ok());
  EXPECT_EQ(as_text(read_file(folder.path("x"))), "abcdef");
  EXPECT_FALSE(std::filesystem::exists(folder.path(".x.part")));
}

TEST(SealedFileIo, AnAbandonedFileLeavesNothing) {
  const TempFolder folder;
  {
    auto file = AtomicFile::create(folder.path(), "x");
    ASSERT_TRUE(file.ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SealedFileIo, AFileThatEndsEarlyIsAnError) {
  const TempFolder folder;
  write_file(folder.path("x"), noise(10));
  const auto file = open_regular_file(folder.path("x"));
  ASSERT_TRUE(file.ok());
  Bytes out(11);
  EXPECT_EQ(read_at(*file, 0, std::span(out)).error().reason(), "sealed.file_changed");
}

TEST(SealedFileIo, OnlyRegularFilesAreRead) {
  const TempFolder folder;
  EXPECT_EQ(open_regular_file(folder.path()).error().reason(), "sealed.file_type");
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(open_regular_file(folder.path("pipe")).error().reason(), "sealed.file_type");
  EXPECT_EQ(open_regular_file(folder.path("none")).error().code(), Code::kNotFound);
}

TEST(SealedFileIo, WholeFilesAreBounded) {
  const TempFolder folder;
  write_file(folder.path("x"), noise(10));
  EXPECT_EQ(*read_whole_file(folder.path("x"), 10), noise(10));
  EXPECT_EQ(read_whole_file(folder.path("x"), 9).error().reason(), "sealed.file_size");
}

}  // namespace
}  // namespace claustrum::sealed
