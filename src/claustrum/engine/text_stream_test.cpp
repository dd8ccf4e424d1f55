// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/text_stream.h"

#include <gtest/gtest.h>

namespace claustrum::engine {
namespace {

TEST(TextStream, PassesPlainTextAtOnce) {
  TextStream text({});
  EXPECT_EQ(text.push("Hello"), "Hello");
  EXPECT_EQ(text.push(", you"), ", you");
  EXPECT_EQ(text.finish(), "");
}

TEST(TextStream, NeverSplitsACodePoint) {
  const std::string all = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";  // a, e-acute, euro, emoji, z
  TextStream text({});
  std::string out;
  for (const char c : all) {
    const std::string piece = text.push(std::string_view(&c, 1));
    // A continuation byte never comes first, so no piece begins inside a code point.
    EXPECT_TRUE(piece.empty() || (static_cast<unsigned char>(piece[0]) & 0xc0) != 0x80);
    out += piece;
  }
  EXPECT_EQ(out + text.finish(), all);
}

TEST(TextStream, ReplacesWhatIsNotUtf8) {
  const std::string mark = "\xef\xbf\xbd";
  const std::pair<std::string, std::string> cases[] = {
      {"\xff", mark},
      {"a\x80z", "a" + mark + "z"},
      {"\xc0\xaf", mark + mark},             // overlong
      {"\xed\xa0\x80", mark + mark + mark},  // surrogate
      {"\xf5\x80", mark + mark},             // above U+10FFFF
      {"\xe2\x82z", mark + "z"},             // cut inside
      {"\xf4\x90\x80\x80", mark + mark + mark + mark},
  };
  for (const auto& [in, expected] : cases) {
    TextStream text({});
    EXPECT_EQ(text.push(in) + text.finish(), expected);
  }
}

TEST(TextStream, ReplacesAnUnfinishedEnd) {
  TextStream text({});
  EXPECT_EQ(text.push("ok\xe2\x82"), "ok");
  EXPECT_EQ(text.finish(), "\xef\xbf\xbd");
}

TEST(TextStream, StopsBeforeAStopStringHoweverItIsCut) {
  const std::string all = "one STOP two";
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    TextStream text({"STOP"});
    std::string out = text.push(all.substr(0, cut));
    out += text.push(all.substr(cut));
    out += text.finish();
    EXPECT_EQ(out, "one ") << cut;
    EXPECT_TRUE(text.stopped());
  }
}

TEST(TextStream, ReleasesAFalseStart) {
  TextStream text({"STOP"});
  EXPECT_EQ(text.push("ST"), "");
  EXPECT_EQ(text.push("AR"), "STAR");
  EXPECT_EQ(text.push("STO"), "");
  EXPECT_EQ(text.finish(), "STO");
  EXPECT_FALSE(text.stopped());
}

TEST(TextStream, TakesTheFirstOfSeveralStops) {
  TextStream text({"world", "o w"});
  EXPECT_EQ(text.push("hello world") + text.finish(), "hell");
}

TEST(TextStream, SwallowsEverythingAfterAStop) {
  TextStream text({"\n"});
  EXPECT_EQ(text.push("a\nb"), "a");
  EXPECT_EQ(text.push("c"), "");
  EXPECT_EQ(text.finish(), "");
}

}  // namespace
}  // namespace claustrum::engine
