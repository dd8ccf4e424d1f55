// SPDX-License-Identifier: Apache-2.0
#include "claustrum/sealed/manifest.h"

#include <gtest/gtest.h>

#include "claustrum/codec/json.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

Manifest small_manifest() {
  Manifest manifest{"tiny", "1.0", {}};
  manifest.files.push_back({"config.json", 20, crypto::sha256(as_bytes("c"))});
  manifest.files.push_back({"weights/a.gguf", 16384, crypto::sha256(as_bytes("w"))});
  return manifest;
}

// The text of small_manifest() with one part replaced.
std::string changed(std::string_view from, std::string_view to) {
  std::string text(as_text(encode_manifest(small_manifest())));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_refused(std::string_view text, Code code, std::string_view reason) {
  const auto manifest = parse_manifest(as_bytes(text));
  ASSERT_FALSE(manifest.ok()) << text;
  EXPECT_EQ(manifest.error().code(), code) << text;
  EXPECT_EQ(manifest.error().reason(), reason) << text;
}

TEST(SealedManifest, RoundTripsInJcsForm) {
  const Bytes bytes = encode_manifest(small_manifest());
  EXPECT_EQ(as_text(bytes).substr(0, 60),
            "{\"cipher\":\"cobblestone-256\",\"files\":[{\"chunks\":1,\"path\":\"con");
  const auto parsed = parse_manifest(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message();
  EXPECT_EQ(*parsed, small_manifest());
  EXPECT_EQ(parsed->find("weights/a.gguf")->size, 16384U);
  EXPECT_EQ(parsed->find("weights"), nullptr);
}

TEST(SealedManifest, IsTheOneItsDigestNames) {
  const Bytes bytes = encode_manifest(small_manifest());
  EXPECT_TRUE(verify_manifest(bytes, manifest_digest(bytes)).ok());
  const auto refused = verify_manifest(bytes, crypto::sha256(as_bytes("another")));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code(), Code::kMismatch);
  EXPECT_EQ(refused.error().reason(), "sealed.manifest.digest");
}

TEST(SealedManifest, RefusesOtherVersionsAndCiphers) {
  expect_refused(changed("\"version\":1", "\"version\":2"), Code::kUnsupported,
                 "sealed.manifest.version");
  expect_refused(changed("cobblestone-256", "cobblestone-128"), Code::kUnsupported,
                 "sealed.manifest.cipher");
}

TEST(SealedManifest, RefusesUnknownAndMissingMembers) {
  expect_refused(changed("\"version\":1", "\"version\":1,\"x\":1"), Code::kMalformed,
                 "json.unknown_member");
  expect_refused(changed("\"size\":20", "\"size\":20,\"x\":1"), Code::kMalformed,
                 "json.unknown_member");
  expect_refused(changed(",\"size\":20", ""), Code::kMalformed, "json.member");
}

TEST(SealedManifest, RefusesASecondSpelling) {
  expect_refused(changed("\"version\":1", "\"version\": 1"), Code::kMalformed,
                 "sealed.manifest.canonical");
  expect_refused(changed("config.json", "config\\u002ejson"), Code::kMalformed,
                 "sealed.manifest.canonical");
}

TEST(SealedManifest, RefusesPathsThatLeaveTheModel) {
  for (const char* path : {"../x", "a/../../x", "/etc/passwd", "./a", "a//b", "a/", "a/..", "",
                           "a b", "a\\\\b", "\\u0000", "\xc3\xa4"}) {
    expect_refused(changed("config.json", path), Code::kMalformed, "sealed.manifest.path");
  }
  EXPECT_TRUE(check_path("..a/b..c/.hidden").ok());
  EXPECT_FALSE(check_path(std::string(256, 'a')).ok());
  EXPECT_FALSE(check_path(std::string(1025, 'a')).ok());
}

TEST(SealedManifest, RefusesOnePathTwice) {
  expect_refused(changed("config.json", "weights/a.gguf"), Code::kMalformed,
                 "sealed.manifest.paths");
}

TEST(SealedManifest, RefusesUnsortedAndNestedPaths) {
  Manifest manifest = small_manifest();
  std::swap(manifest.files[0], manifest.files[1]);
  EXPECT_EQ(check_paths(manifest.files).error().reason(), "sealed.manifest.paths");
  expect_refused(changed("config.json", "weights"), Code::kMalformed, "sealed.manifest.paths");
}

TEST(SealedManifest, RefusesSizesAndCountsThatDisagree) {
  expect_refused(changed("\"chunks\":1", "\"chunks\":2"), Code::kMalformed,
                 "sealed.manifest.chunks");
  expect_refused(changed("\"size\":20", "\"size\":-1"), Code::kMalformed, "sealed.manifest.number");
  expect_refused(changed("\"size\":20", "\"size\":4503599627370496"), Code::kMalformed,
                 "sealed.manifest.number");
}

TEST(SealedManifest, RefusesRootsOfAnotherLength) {
  const auto text = changed("\"root\":\"", "\"root\":\"00");
  EXPECT_FALSE(parse_manifest(as_bytes(text)).ok());
}

TEST(SealedManifest, RefusesNamesOutsideTheirAlphabet) {
  expect_refused(changed("\"model\":\"tiny\"", "\"model\":\"\""), Code::kMalformed,
                 "sealed.manifest.name");
  expect_refused(changed("\"1.0\"", "\"1 0\""), Code::kMalformed, "sealed.manifest.name");
}

TEST(SealedManifest, BoundsTheNumberOfFiles) {
  EXPECT_EQ(check_paths({}).error().reason(), "sealed.manifest.count");
  std::vector<ManifestFile> files;
  for (std::size_t i = 0; i <= kMaxFiles; ++i) {
    files.push_back({"f" + std::to_string(100'000 + i), 0, {}});
  }
  EXPECT_EQ(check_paths(files).error().reason(), "sealed.manifest.count");
  files.pop_back();
  EXPECT_TRUE(check_paths(files).ok());
  const Manifest full{"m", "1", files};
  EXPECT_TRUE(parse_manifest(encode_manifest(full)).ok());
}

TEST(SealedManifest, RefusesEveryPrefix) {
  const Bytes bytes = encode_manifest(small_manifest());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(parse_manifest(BytesView(bytes).first(length)).ok()) << length;
  }
}

}  // namespace
}  // namespace claustrum::sealed
