// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/launch_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kInitDataText;
using test::replaced;

Result<LaunchConfig> parse(const std::string& text) {
  CLAUSTRUM_TRY_ASSIGN(const InitData data, parse_init_data(as_bytes(text)));
  return parse_launch_config(data);
}

void expect_refused(std::string_view from, std::string_view to, std::string_view reason,
                    Code code = Code::kMalformed) {
  const std::string text = replaced(std::string(kInitDataText), from, to);
  ASSERT_NE(text, kInitDataText) << from;
  const auto config = parse(text);
  ASSERT_FALSE(config.ok()) << to;
  EXPECT_EQ(config.error().code(), code) << config.error().message();
  EXPECT_EQ(config.error().reason(), reason) << config.error().message();
}

TEST(LaunchConfig, ReadsEveryMember) {
  const auto config = parse(std::string(kInitDataText));
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->role, "serve");
  EXPECT_EQ(config->service, "clinic-assistant");
  EXPECT_EQ(config->broker.url, "http://127.0.0.1:7001");
  EXPECT_EQ(config->broker.identity, Bytes(32, 0x11));
  EXPECT_EQ(config->secrets.at("identity-key"), "default/service-identity/1");
  EXPECT_EQ(config->model.name, "smollm2-135m-instruct");
  EXPECT_EQ(config->model.manifest, Bytes(32, 0x22));
  EXPECT_EQ(config->model.file, "smollm2-135m-instruct.gguf");
  EXPECT_EQ(config->engine.binary, Bytes(32, 0x33));
  EXPECT_EQ(config->engine.arguments, (std::vector<std::string>{"--threads", "2"}));
  EXPECT_EQ(config->engine.libraries.at("libllama.so"), Bytes(32, 0x44));
  EXPECT_EQ(config->engine.environment.at("LANG"), "C.UTF-8");
  EXPECT_EQ(config->ledger.keys.size(), 1U);
  EXPECT_EQ(config->ledger.quorum, 0);
  EXPECT_EQ(config->serve.tick_ms, 50);
  EXPECT_EQ(config->serve.block, 512);
  EXPECT_EQ(config->serve.key_life_seconds, 3600);
}

TEST(LaunchConfig, RefusesOtherVersionsAndRoles) {
  expect_refused("\nversion = 1", "\nversion = 2", "launch.version", Code::kUnsupported);
  expect_refused("role = \"serve\"", "role = \"broker\"", "launch.role", Code::kUnsupported);
}

TEST(LaunchConfig, RefusesUnknownAndMissingMembers) {
  expect_refused("\nrole =", "\ndebug = true\nrole =", "json.unknown_member");
  expect_refused("[broker]\n", "[broker]\nproxy = \"x\"\n", "json.unknown_member");
  expect_refused("[model]\n", "[model]\nx = \"x\"\n", "json.unknown_member");
  expect_refused("[engine]\n", "[engine]\nx = \"x\"\n", "json.unknown_member");
  expect_refused("[ledger]\n", "[ledger]\nx = \"x\"\n", "json.unknown_member");
  expect_refused("[serve]\n", "[serve]\nx = \"x\"\n", "json.unknown_member");
  expect_refused("block = 512\n", "", "json.member");
  expect_refused("[engine.environment]\nLANG = \"C.UTF-8\"\n", "", "json.member");
}

TEST(LaunchConfig, RefusesNamesThatLeaveAFolder) {
  const std::string_view file = "file = \"smollm2-135m-instruct.gguf\"";
  expect_refused(file, "file = \"../model.gguf\"", "launch.file_name");
  expect_refused(file, "file = \"a/b.gguf\"", "launch.file_name");
  expect_refused(file, "file = \".hidden\"", "launch.file_name");
  expect_refused("\"libllama.so\"", "\"../libllama.so\"", "launch.file_name");
}

TEST(LaunchConfig, RefusesSecretPathsOfAnotherShape) {
  const std::string_view path = "\"default/model-key/1\"";
  for (const char* wrong :
       {"\"default/model-key\"", "\"default/model-key/1/2\"", "\"/model-key/1\"", "\"default//1\"",
        "\"default/../1\"", "\"default/model-key/\"", "\"\"", "1", "\"default/model key/1\""}) {
    expect_refused(path, wrong, "launch.secret");
  }
}

TEST(LaunchConfig, BoundsNumbersAndTexts) {
  expect_refused("tick-ms = 50", "tick-ms = 5", "launch.range");
  expect_refused("tick-ms = 50", "tick-ms = 1001", "launch.range");
  expect_refused("block = 512", "block = 63", "launch.range");
  expect_refused("key-life-seconds = 3600", "key-life-seconds = 3601", "launch.range");
  expect_refused("key-life-seconds = 3600", "key-life-seconds = 0", "launch.range");
  expect_refused("quorum = 0", "quorum = -1", "launch.range");
  expect_refused("http://127", "ftp://127", "launch.broker_url");
  expect_refused("clinic-assistant", "Clinic", "launch.service");
  expect_refused("\"--threads\"", "\"a\\nb\"", "launch.text");
  expect_refused("LANG = \"C.UTF-8\"", "\"LD=X\" = \"y\"", "launch.environment");
  expect_refused("1111\"", "11\"", "json.member");
}

TEST(LaunchConfig, IsAbsentInOtherMakersInitData) {
  const auto config =
      parse("version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"aa.toml\" = \"x\"\n");
  ASSERT_FALSE(config.ok());
  EXPECT_EQ(config.error().reason(), "launch.absent");
}

TEST(LaunchConfig, TheExampleOfTheFormatPageParses) {
  std::ifstream file(std::string(CLAUSTRUM_SOURCE_DIR) + "/docs/formats/init-data.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string page = content.str();
  const std::size_t begin = page.find("```toml\n");
  ASSERT_NE(begin, std::string::npos);
  const std::size_t end = page.find("```", begin + 8);
  std::string text = page.substr(begin + 8, end - begin - 8);
  for (std::size_t at = text.find("<hex "); at != std::string::npos; at = text.find("<hex ")) {
    text.replace(at, text.find('>', at) + 1 - at, std::string(64, '0'));
  }
  const auto config = parse(text);
  ASSERT_TRUE(config.ok()) << config.error().message();
  EXPECT_EQ(config->service, "clinic-assistant");
}

}  // namespace
}  // namespace claustrum::policy
