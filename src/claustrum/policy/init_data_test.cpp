// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/init_data.h"

#include <gtest/gtest.h>

#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using test::kInitDataText;
using test::replaced;

InitData parsed(const std::string& text) {
  auto result = parse_init_data(as_bytes(text));
  EXPECT_TRUE(result.ok()) << result.error().message();
  return result.ok() ? *result : InitData{{}, "sha256", {}, {}};
}

void expect_refused(const std::string& text, Code code, std::string_view reason) {
  const auto result = parse_init_data(as_bytes(text));
  ASSERT_FALSE(result.ok()) << text;
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  EXPECT_EQ(result.error().reason(), reason) << result.error().message();
}

TEST(InitData, HashesTheTextAsDelivered) {
  const std::string text(kInitDataText);
  EXPECT_EQ(parsed(text).digest(), to_bytes(crypto::sha256(as_bytes(text))));
  const std::string spaced = text + "\n";
  EXPECT_EQ(parsed(spaced).digest(), to_bytes(crypto::sha256(as_bytes(spaced))));
  EXPECT_NE(parsed(spaced).digest(), parsed(text).digest());
  const std::string longer = replaced(text, "sha256", "sha384");
  EXPECT_EQ(parsed(longer).digest(), to_bytes(crypto::sha384(as_bytes(longer))));
}

TEST(InitData, FillsASlotExactlyOrNotAtAll) {
  const std::string text(kInitDataText);
  const InitData data = parsed(text);
  EXPECT_TRUE(check_launch_digest(data, data.digest()).ok());

  Bytes other = data.digest();
  other[31] = static_cast<std::uint8_t>(other[31] ^ 1);
  const Status wrong = check_launch_digest(data, other);
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().reason(), "init_data.digest");

  // A longer digest cut to 32 bytes, as some guests do it, does not count.
  const InitData longer = parsed(replaced(text, "sha256", "sha384"));
  const Bytes digest = longer.digest();
  const Status cut = check_launch_digest(longer, BytesView(digest).first(32));
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().reason(), "init_data.slot");
  // Nor does a shorter one that is padded.
  Bytes padded = data.digest();
  padded.resize(48);
  EXPECT_EQ(check_launch_digest(data, padded).error().reason(), "init_data.slot");
}

TEST(InitData, GivesEveryLeafUnderItsDottedName) {
  const auto leaves = init_data_leaves(parsed(std::string(kInitDataText)));
  ASSERT_TRUE(leaves.ok()) << leaves.error().message();
  EXPECT_EQ(leaves->size(), 21U);
  EXPECT_EQ(leaves->at("role"), codec::Json("serve"));
  EXPECT_EQ(leaves->at("engine.arguments").items().size(), 2U);
  EXPECT_EQ(leaves->at("engine.libraries.libllama.so").string(), std::string(64, '4'));
  EXPECT_EQ(leaves->at("data:aa.toml"), codec::Json("x = 1"));
  EXPECT_FALSE(leaves->contains("data:claustrum.toml"));
}

TEST(InitData, RefusesTwoLeavesOfOneName) {
  const InitData data = parsed(
      "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"claustrum.toml\" = '''\n"
      "\"a.b\" = 1\n[a]\nb = 2\n'''\n");
  const auto leaves = init_data_leaves(data);
  ASSERT_FALSE(leaves.ok());
  EXPECT_EQ(leaves.error().reason(), "init_data.ambiguous");
}

TEST(InitData, OfOtherMakersHasNoLaunchConfiguration) {
  const InitData data =
      parsed("version = \"0.1.0\"\nalgorithm = \"sha512\"\n[data]\n\"aa.toml\" = \"x\"\n");
  EXPECT_TRUE(data.launch.is_null());
  EXPECT_EQ(init_data_leaves(data)->size(), 1U);
}

TEST(InitData, RefusesWhatItDoesNotKnow) {
  const std::string text(kInitDataText);
  expect_refused(replaced(text, "version = \"0.1.0\"", "version = \"0.2.0\""), Code::kUnsupported,
                 "init_data.version");
  expect_refused(replaced(text, "\"sha256\"", "\"sm3\""), Code::kUnsupported,
                 "init_data.algorithm");
  expect_refused("extra = 1\n" + text, Code::kMalformed, "json.unknown_member");
  expect_refused("version = \"0.1.0\"\nalgorithm = \"sha256\"\n", Code::kMalformed, "json.member");
  expect_refused("version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\nx = 1\n", Code::kMalformed,
                 "init_data.data");
  expect_refused(std::string(kMaxInitDataLen + 1, ' '), Code::kExhausted, "init_data.limit");
  std::string many = "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n";
  for (int i = 0; i < 33; ++i) {
    many += "k" + std::to_string(i) + " = \"\"\n";
  }
  expect_refused(many, Code::kExhausted, "init_data.limit");
}

TEST(InitData, EveryPrefixFailsOrHashesToSomethingElse) {
  const std::string text(kInitDataText);
  const Bytes whole = parsed(text).digest();
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto result = parse_init_data(as_bytes(std::string_view(text).substr(0, size)));
    if (result.ok()) {
      EXPECT_NE(result->digest(), whole);
    }
  }
}

}  // namespace
}  // namespace claustrum::policy
