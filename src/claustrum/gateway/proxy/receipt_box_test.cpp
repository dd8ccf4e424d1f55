// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/proxy/receipt_box.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "claustrum/codec/json.h"

namespace claustrum::gateway {
namespace {

namespace fs = std::filesystem;

struct ReceiptBox : testing::Test {
  ReceiptBox() : folder(testing::TempDir() + "claustrum-box-" + std::to_string(::getpid())) {
    fs::remove_all(folder);
    file.request_id = "00ff";
    file.receipt = {1, 2, 3};
    file.salts = Bytes(64, 7);
    file.salts[32] = 8;
    file.document_sha256 = "abcd";
    file.document = as_bytes("{}");
  }
  ~ReceiptBox() override { fs::remove_all(folder); }

  std::string read(const std::string& name) const {
    std::ifstream in(folder + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t files() const {
    std::size_t count = 0;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
      count += entry.is_regular_file() ? 1U : 0U;
    }
    return count;
  }
  static unsigned mode(const std::string& path) {
    struct stat state {};
    EXPECT_EQ(::stat(path.c_str(), &state), 0) << path;
    return state.st_mode & 0777U;
  }

  const std::string folder;
  ReceiptFile file;
};

TEST_F(ReceiptBox, KeepsReceiptOpeningAndDocumentApart) {
  ASSERT_TRUE(store_receipt(folder, file).ok());
  EXPECT_EQ(read("/receipts/00ff.cose"), "\x01\x02\x03");
  EXPECT_EQ(read("/documents/abcd.json"), "{}");
  const auto opening = codec::parse_json(as_bytes(read("/openings/00ff.json")));
  ASSERT_TRUE(opening.ok());
  EXPECT_EQ(opening->integer_at("version").value(), 1);
  EXPECT_EQ(opening->string_at("request-id").value(), "00ff");
  EXPECT_EQ(opening->base64_at("request-salt").value(), Bytes(32, 7));
  Bytes answer_salt(32, 7);
  answer_salt[0] = 8;
  EXPECT_EQ(opening->base64_at("answer-salt").value(), answer_salt);
  EXPECT_EQ(files(), 3U);
}

TEST_F(ReceiptBox, NobodyElseMayRead) {
  ASSERT_TRUE(store_receipt(folder, file).ok());
  for (const char* name : {"", "/receipts", "/openings", "/documents"}) {
    EXPECT_EQ(mode(folder + name), 0700U) << name;
  }
  for (const char* name : {"/receipts/00ff.cose", "/openings/00ff.json", "/documents/abcd.json"}) {
    EXPECT_EQ(mode(folder + name), 0600U) << name;
  }
}

TEST_F(ReceiptBox, APreparedFolderIsEmptyAndOneThatCannotBeWrittenIsRefused) {
  ASSERT_TRUE(prepare_receipt_folder(folder).ok());
  EXPECT_EQ(files(), 0U);
  EXPECT_EQ(mode(folder + "/documents"), 0700U);
  for (const char* name : {"/receipts", "/openings", "/documents"}) {
    fs::remove_all(folder + name);
    std::ofstream(folder + name) << "in the way";
    EXPECT_EQ(prepare_receipt_folder(folder).error().reason(), "receipt.store") << name;
    fs::remove(folder + name);
  }
  EXPECT_EQ(prepare_receipt_folder("/dev/null/x").error().reason(), "receipt.store");
}

TEST_F(ReceiptBox, OneDocumentServesManyReceipts) {
  ASSERT_TRUE(store_receipt(folder, file).ok());
  file.request_id = "00fe";
  ASSERT_TRUE(store_receipt(folder, file).ok());
  EXPECT_EQ(files(), 5U);
}

TEST_F(ReceiptBox, RequestsThatEndAtOnceDoNotDisturbOneAnother) {
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&, mine = file, i]() mutable {
        mine.request_id = "0" + std::to_string(i);
        good += store_receipt(folder, mine).ok() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(files(), 17U);
}

TEST_F(ReceiptBox, AFolderThatCannotBeMadeIsAnError) {
  const Status stored = store_receipt("/dev/null/box", file);
  ASSERT_FALSE(stored.ok());
  EXPECT_EQ(stored.error().code(), Code::kUnavailable);
  EXPECT_EQ(stored.error().reason(), "receipt.store");
}

TEST_F(ReceiptBox, WithoutItsOpeningThereIsNoReceipt) {
  fs::create_directories(folder);
  std::ofstream(folder + "/openings") << "in the way";
  EXPECT_FALSE(store_receipt(folder, file).ok());
  EXPECT_FALSE(fs::exists(folder + "/receipts/00ff.cose"));
  fs::remove(folder + "/openings");
  fs::create_directories(folder + "/openings/00ff.json");  // cannot be replaced by a file
  EXPECT_FALSE(store_receipt(folder, file).ok());
  EXPECT_FALSE(fs::exists(folder + "/receipts/00ff.cose"));
  EXPECT_EQ(files(), 1U);  // the document; no temporary file stays
}

}  // namespace
}  // namespace claustrum::gateway
