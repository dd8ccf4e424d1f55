// SPDX-License-Identifier: Apache-2.0
#include "claustrum/ledger/entry.h"

#include <gtest/gtest.h>

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
