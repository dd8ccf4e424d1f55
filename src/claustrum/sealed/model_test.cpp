// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "claustrum/sealed/open_model.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

using testing::noise;
using testing::read_file;
using testing::TempFolder;
using testing::test_key;
using testing::write_file;

constexpr std::size_t kWeightsLen = 40 * kChunkLen + 123;

// A model of three files, sealed. File numbers: 0 config.json, 1 empty, 2 weights/w.bin.
class SealedModelTest : public ::testing::Test {
 protected:
  SealedModelTest() {
    write_file(source("config.json"), as_bytes("{\"layers\":2}"));
    write_file(source("empty"), {});
    write_file(source("weights/w.bin"), noise(kWeightsLen));
    model_ = seal_to("sealed");
  }

  std::string source(std::string_view path) const {
    return temp_.path("source/") + std::string(path);
  }
  std::string sealed(std::string_view name) const {
    return temp_.path("sealed/") + std::string(name);
  }

  SealedModel seal_to(std::string_view folder) {
    auto files = list_source_files(temp_.path("source"));
    EXPECT_TRUE(files.ok());
    auto result = seal_model(*files, test_key(), "tiny", "1", temp_.path(folder));
    EXPECT_TRUE(result.ok()) << result.error().message();
    return std::move(result).value();
  }

  Result<Bytes> open_file(std::string_view path, const Options& options = {}) const {
    CLAUSTRUM_TRY_ASSIGN(const ModelOpener opener,
                         ModelOpener::open(temp_.path("sealed"), test_key(), model_.digest));
    CLAUSTRUM_TRY_ASSIGN(const SealedFile file, opener.file(path));
    Bytes out(file.size(), 0xAA);
    last_output_ = out;
    Status status = file.read_all(out, options);
    last_output_ = out;
    CLAUSTRUM_TRY(std::move(status));
    return out;
  }

  void expect_refused(std::string_view path, Code code, std::string_view reason) const {
    const auto opened = open_file(path);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), code) << opened.error().message();
    EXPECT_EQ(opened.error().reason(), reason) << opened.error().message();
  }

  // What the holder of the key could do: another file under the same name, perfectly sealed.
  void reseal(std::size_t index, std::string_view path, BytesView plain) const {
    write_file(sealed(sealed_name(index)),
               seal(test_key(), file_context("tiny", "1", path), plain));
  }

  TempFolder temp_;
  SealedModel model_;
  mutable Bytes last_output_;
};

TEST_F(SealedModelTest, OpensWhatWasSealed) {
  for (const unsigned threads : {1U, 2U, 5U}) {
    for (const Engine engine : {Engine::kBest, Engine::kPortable}) {
      const Options options{threads, engine, {}};
      EXPECT_EQ(as_text(*open_file("config.json", options)), "{\"layers\":2}");
      EXPECT_TRUE(open_file("empty", options)->empty());
      EXPECT_EQ(*open_file("weights/w.bin", options), noise(kWeightsLen));
    }
  }
}

TEST_F(SealedModelTest, IdentityDependsOnPlaintextOnly) {
  const SealedModel again = seal_to("again");
  EXPECT_EQ(again.digest, model_.digest);
  EXPECT_NE(read_file(sealed("0.sealed")), read_file(temp_.path("again/0.sealed")));
  EXPECT_EQ(read_file(sealed(kManifestName)), model_.manifest_bytes);
}

TEST_F(SealedModelTest, LeavesNoTemporaryFiles) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(temp_.path("sealed"))) {
    EXPECT_NE(entry.path().filename().string().front(), '.');
    ++count;
  }
  EXPECT_EQ(count, 7U);
}

TEST_F(SealedModelTest, RefusesAnotherManifest) {
  const auto other = ModelOpener::open(temp_.path("sealed"), test_key(), ManifestDigest{});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().reason(), "sealed.manifest.digest");
}

TEST_F(SealedModelTest, RefusesAFileResealedUnderTheSameKey) {
  Bytes changed = noise(kWeightsLen);
  changed[20 * kChunkLen] ^= 1;
  reseal(2, "weights/w.bin", changed);
  expect_refused("weights/w.bin", Code::kMismatch, "sealed.leaf");
  EXPECT_TRUE(all_zero(last_output_));
}

TEST_F(SealedModelTest, RefusesLeavesOfAResealedFile) {
  Bytes changed = noise(kWeightsLen);
  changed[0] ^= 1;
  write_file(source("weights/w.bin"), changed);
  seal_to("other");
  for (const auto& name : {sealed_name(2), leaves_name(2)}) {
    write_file(sealed(name), read_file(temp_.path("other/" + name)));
  }
  expect_refused("weights/w.bin", Code::kMismatch, "sealed.root");
}

TEST_F(SealedModelTest, RefusesAResealedFileOfAnotherLength) {
  reseal(2, "weights/w.bin", noise(kWeightsLen - 1));
  expect_refused("weights/w.bin", Code::kMismatch, "sealed.size");
}

TEST_F(SealedModelTest, RefusesLeavesOfAnotherNumber) {
  const Bytes leaves = read_file(sealed(leaves_name(2)));
  write_file(sealed(leaves_name(2)), BytesView(leaves).first(40 * 32));
  expect_refused("weights/w.bin", Code::kMismatch, "sealed.leaves");
}

TEST_F(SealedModelTest, RefusesAFileInThePlaceOfAnother) {
  // Same length, same key, other path.
  write_file(source("a.bin"), noise(100, 1));
  write_file(source("b.bin"), noise(100, 1));
  model_ = seal_to("pair");
  std::filesystem::remove_all(temp_.path("sealed"));
  std::filesystem::rename(temp_.path("pair"), temp_.path("sealed"));
  ASSERT_TRUE(open_file("a.bin").ok());
  write_file(sealed("0.sealed"), read_file(sealed("1.sealed")));
  expect_refused("a.bin", Code::kBadSignature, "sealed.commitment");
}

TEST_F(SealedModelTest, RefusesAChangedByteAndEmptiesTheOutput) {
  Bytes bytes = read_file(sealed("2.sealed"));
  bytes[bytes.size() / 2] ^= 1;
  write_file(sealed("2.sealed"), bytes);
  expect_refused("weights/w.bin", Code::kBadSignature, "sealed.tag");
  EXPECT_TRUE(all_zero(last_output_));
  const auto opener = ModelOpener::open(temp_.path("sealed"), test_key(), model_.digest);
  ASSERT_TRUE(opener.ok());
  const Fd out(::open(temp_.path("out").c_str(), O_RDWR | O_CREAT, 0600));
  EXPECT_FALSE(opener->open_file_to_fd("weights/w.bin", out.value()).ok());
  EXPECT_EQ(std::filesystem::file_size(temp_.path("out")), 0U);
}

TEST_F(SealedModelTest, RefusesUnknownPaths) {
  expect_refused("weights", Code::kNotFound, "sealed.path");
}

TEST_F(SealedModelTest, ReadsSingleChunksChecked) {
  const auto opener = ModelOpener::open(temp_.path("sealed"), test_key(), model_.digest);
  ASSERT_TRUE(opener.ok());
  const auto file = opener->file("weights/w.bin");
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->chunks(), 41U);
  Bytes out(file->chunk_len(40));
  ASSERT_TRUE(file->read_chunk(40, out).ok());
  EXPECT_EQ(out.size(), 123U);
  EXPECT_TRUE(equal(out, BytesView(noise(kWeightsLen)).last(123)));
  Bytes changed = noise(kWeightsLen);
  changed[kWeightsLen - 1] ^= 1;
  reseal(2, "weights/w.bin", changed);
  const auto other = opener->file("weights/w.bin");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->read_chunk(40, out).error().reason(), "sealed.leaf");
  EXPECT_TRUE(all_zero(out));
}

TEST_F(SealedModelTest, TheMemfdCannotBeChanged) {
  const auto opener = ModelOpener::open(temp_.path("sealed"), test_key(), model_.digest);
  ASSERT_TRUE(opener.ok());
  const auto memory = opener->open_to_memfd("weights/w.bin");
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(::lseek(memory->value(), 0, SEEK_END), static_cast<off_t>(kWeightsLen));
  Bytes out(kWeightsLen);
  ASSERT_EQ(::pread(memory->value(), out.data(), out.size(), 0), static_cast<ssize_t>(kWeightsLen));
  EXPECT_EQ(out, noise(kWeightsLen));
  EXPECT_LT(::pwrite(memory->value(), "x", 1, 0), 0);
  EXPECT_LT(::ftruncate(memory->value(), 0), 0);
  EXPECT_EQ(::mmap(nullptr, 1, PROT_WRITE, MAP_SHARED, memory->value(), 0), MAP_FAILED);
  EXPECT_EQ(::fcntl(memory->value(), F_GET_SEALS),
            F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

TEST_F(SealedModelTest, ProgressGrowsToTheEnd) {
  std::vector<std::uint64_t> seen;
  Options options;
  options.progress = [&seen](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, kWeightsLen);
    seen.push_back(done);
  };
  ASSERT_TRUE(open_file("weights/w.bin", options).ok());
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), kWeightsLen);
}

TEST_F(SealedModelTest, SealingDoesNotReplaceAModel) {
  auto files = list_source_files(temp_.path("source"));
  const auto again = seal_model(*files, test_key(), "tiny", "2", temp_.path("sealed"));
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().reason(), "sealed.exists");
}

TEST_F(SealedModelTest, SealingRefusesBadNamesAndPaths) {
  const std::string file = source("config.json");
  const auto refuse = [&](std::vector<SourceFile> files, std::string_view model) {
    return std::string(
        seal_model(std::move(files), test_key(), model, "1", temp_.path("x")).error().reason());
  };
  EXPECT_EQ(refuse({{"../a", file}}, "m"), "sealed.manifest.path");
  EXPECT_EQ(refuse({{"a", file}, {"a", file}}, "m"), "sealed.manifest.paths");
  EXPECT_EQ(refuse({{"a", file}}, "m m"), "sealed.manifest.name");
  EXPECT_EQ(refuse({}, "m"), "sealed.manifest.count");
  EXPECT_EQ(refuse({{"a", source("none")}}, "m"), "sealed.file");
}

TEST_F(SealedModelTest, ListingRefusesLinkedFoldersAndTakesLinkedFiles) {
  std::filesystem::create_symlink(source("config.json"), source("linked.json"));
  EXPECT_EQ(list_source_files(temp_.path("source"))->size(), 4U);
  std::filesystem::create_directory_symlink(temp_.path("sealed"), source("folder"));
  EXPECT_EQ(list_source_files(temp_.path("source")).error().reason(), "sealed.source");
}

}  // namespace
}  // namespace claustrum::sealed
