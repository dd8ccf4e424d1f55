// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace claustrum::ledger {
namespace {

Entry sample() {
  Entry entry;
  entry.type = "software";
  entry.digest = crypto::sha256(as_bytes("binary"));
  entry.time = *parse_rfc3339("2026-11-25T09:00:00Z");
  entry.detail.set("name", "claustrum").set("number", 3);
  return entry;
}

TEST(Entry, RoundTripsInCanonicalForm) {
  const std::string text = serialize_entry(sample());
  const Result<Entry> entry = parse_entry(as_bytes(text));
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(serialize_entry(*entry), text);
}

TEST(Entry, HasOneSpelling) {
  std::string text = serialize_entry(sample());
  text.insert(1, " ");
  EXPECT_EQ(parse_entry(as_bytes(text)).error().reason(), "entry.canonical");
}

TEST(Entry, HasOneSpellingOfDigestAndTime) {
  const std::string text = serialize_entry(sample());
  const std::string digest = text.substr(text.find("\"digest\":\"") + 10, 64);
  std::string upper = digest;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  ASSERT_NE(upper, digest);
  const auto reason = [&](std::string_view from, std::string_view to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return parse_entry(as_bytes(changed)).error().reason();
  };
  EXPECT_EQ(reason(digest, upper), "entry.canonical");
  EXPECT_EQ(reason("09:00:00Z", "09:00:00.0Z"), "entry.canonical");
  EXPECT_EQ(reason("09:00:00Z", "10:00:00+01:00"), "entry.canonical");
}

TEST(Entry, TypesAreLowerCaseWords) {
  for (const std::string& type : {std::string(), std::string("Software"), std::string("a b"),
                                  std::string(kMaxEntryTypeLen + 1, 'a')}) {
    Entry entry = sample();
    entry.type = type;
    EXPECT_EQ(parse_entry(as_bytes(serialize_entry(entry))).error().reason(), "entry.type");
  }
}

TEST(Entry, IsBounded) {
  Entry entry = sample();
  const std::size_t rest = serialize_entry(entry).size() + std::string_view(R"("x":"",)").size();
  entry.detail.set("x", std::string(kMaxEntryLen - rest, 'x'));
  ASSERT_EQ(serialize_entry(entry).size(), kMaxEntryLen);
  EXPECT_TRUE(parse_entry(as_bytes(serialize_entry(entry))).ok());
  entry.detail.set("x", std::string(kMaxEntryLen - rest + 1, 'x'));
  EXPECT_EQ(parse_entry(as_bytes(serialize_entry(entry))).error().code(), Code::kExhausted);
}

TEST(Entry, RefusesUnknownVersionsMembersAndDetails) {
  const std::string text = serialize_entry(sample());
  const auto reason = [](std::string changed) {
    const auto entry = parse_entry(as_bytes(changed));
    return entry.ok() ? std::string("ok") : std::string(entry.error().reason());
  };
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string out = text;
    return out.replace(out.find(from), from.size(), to);
  };
  EXPECT_EQ(reason(replaced("\"version\":1", "\"version\":2")), "entry.version");
  EXPECT_EQ(reason(replaced("{\"detail\"", "{\"a\":1,\"detail\"")), "json.unknown_member");
  EXPECT_EQ(reason(replaced("\"number\":3", "\"number\":[]")), "entry.detail");
  EXPECT_EQ(reason(replaced("2026-11-25T", "2026-13-25T")), "time.malformed");
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_NE(reason(text.substr(0, i)), "ok");
  }
}

}  // namespace
}  // namespace claustrum::ledger
