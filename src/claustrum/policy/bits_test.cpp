// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/bits.h"

#include <gtest/gtest.h>

#include "claustrum/codec/toml.h"

namespace claustrum::policy {
namespace {

using codec::Json;

// What stands right of the equals sign.
Json rule_text(const std::string& text) {
  auto parsed = codec::parse_toml(as_bytes("rule = " + text + "\n"));
  EXPECT_TRUE(parsed.ok()) << text;
  return parsed.ok() ? *parsed->find("rule") : Json();
}

struct Place {
  const char* platform;
  const char* path;
};
constexpr Place kTd = {"intel-tdx", "td_attributes"};
constexpr Place kPolicy = {"amd-sev-snp", "policy.raw"};
constexpr Place kMisc = {"intel-sgx", "misc_select"};
constexpr Place kXfrm = {"intel-sgx", "xfrm"};
constexpr Place kOther = {"new-tee", "flags"};

Bits parsed(const Place& place, const std::string& text) {
  auto bits = parse_bits(rule_text(text), place.platform, place.path);
  EXPECT_TRUE(bits.ok()) << text << " " << bits.error().message();
  return bits.ok() ? *bits : Bits{};
}

void expect_refused(const Place& place, const std::string& text,
                    std::string_view reason = "policy.rule") {
  const auto bits = parse_bits(rule_text(text), place.platform, place.path);
  ASSERT_FALSE(bits.ok()) << text;
  EXPECT_EQ(bits.error().code(), Code::kMalformed);
  EXPECT_EQ(bits.error().reason(), reason) << text;
}

TEST(Bits, AskForWhatMustBeSetAndWhatMustBeClear) {
  const Bits rule =
      parsed(kTd, R"({ set = ["SEPT_VE_DISABLE"], clear = ["DEBUG"], ignore = "r" })");
  EXPECT_TRUE(bits_hold(rule, Json("0000001000000000")));
  EXPECT_TRUE(bits_hold(rule, Json("0000003000000080")));
  EXPECT_FALSE(bits_hold(rule, Json("0000000000000000")));
  EXPECT_FALSE(bits_hold(rule, Json("0100001000000000")));
}

TEST(Bits, RestIsEveryBitThatIsNotSet) {
  const Bits rule = parsed(kTd, R"({ set = ["SEPT_VE_DISABLE"], clear = "rest" })");
  EXPECT_TRUE(bits_hold(rule, Json("0000001000000000")));
  for (std::size_t at = 0; at < 64; ++at) {
    if (at != 28) {
      Bytes value = {0, 0, 0, 0x10, 0, 0, 0, 0};
      value[at / 8] = static_cast<std::uint8_t>(value[at / 8] | 1U << (at % 8));
      std::string hex;
      for (const std::uint8_t byte : value) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
      }
      EXPECT_FALSE(bits_hold(rule, Json(hex))) << at;
    }
  }
  EXPECT_EQ(*only_value(rule), Json("0000001000000000"));
}

TEST(Bits, AClaimOfAnotherSpellingSatisfiesNothing) {
  const Bits rule = parsed(kTd, R"({ clear = ["DEBUG"], ignore = "r" })");
  for (const Json& value :
       {Json(), Json(0), Json(true), Json(""), Json("00"), Json("000000100000000"),
        Json("00000010000000000000"), Json("000000100000000G"), Json("00000010000000A0"),
        Json::object(), Json("0x0000001000000000")}) {
    EXPECT_FALSE(bits_hold(rule, value)) << codec::to_json(value);
  }
}

TEST(Bits, NumbersAreReadAsTheirVerifierSpellsThem) {
  const Bits smt = parsed(kPolicy, R"({ set = [17], clear = ["DEBUG", "SMT"], ignore = "r" })");
  EXPECT_TRUE(bits_hold(smt, Json("0x20000")));
  EXPECT_FALSE(bits_hold(smt, Json("0x30000")));
  EXPECT_FALSE(bits_hold(smt, Json("0xa0000")));
  EXPECT_FALSE(bits_hold(smt, Json("0x020000")));
  EXPECT_FALSE(bits_hold(smt, Json("20000")));
  EXPECT_FALSE(bits_hold(smt, Json("0x12345678123456789")));
  EXPECT_FALSE(bits_hold(parsed(kPolicy, R"({ set = ["SMT"], ignore = "r" })"), Json("0x0")));
  EXPECT_TRUE(bits_hold(parsed(kPolicy, R"({ clear = ["SMT"], ignore = "r" })"), Json("0x0")));
  EXPECT_FALSE(bits_hold(parsed(kPolicy, R"({ clear = ["SMT"], ignore = "r" })"), Json("0x")));
  const Bits avx = parsed(kXfrm, R"({ set = ["X87", "SSE"], clear = ["AVX"], ignore = "r" })");
  EXPECT_TRUE(bits_hold(avx, Json("0000000000000003")));
  EXPECT_FALSE(bits_hold(avx, Json("0000000000000007")));
  EXPECT_FALSE(bits_hold(avx, Json("3")));
  const Bits misc = parsed(kMisc, R"({ clear = "rest" })");
  EXPECT_TRUE(bits_hold(misc, Json(0)));
  EXPECT_FALSE(bits_hold(misc, Json(1)));
  EXPECT_FALSE(bits_hold(misc, Json(-1)));
  EXPECT_FALSE(bits_hold(misc, Json(std::int64_t{1} << 32)));
  EXPECT_FALSE(bits_hold(misc, Json("0")));
}

TEST(Bits, MasksAreSpelledAsTheClaim) {
  EXPECT_EQ(parsed(kTd, R"({ set = "0000001000000000", clear = "rest" })").set,
            parsed(kTd, R"({ set = [28], clear = "rest" })").set);
  EXPECT_EQ(parsed(kPolicy, R"({ clear = "0x80000", ignore = "r" })").clear,
            parsed(kPolicy, R"({ clear = ["DEBUG"], ignore = "r" })").clear);
  EXPECT_EQ(parsed(kMisc, "{ set = 1, clear = 0xfffffffe }").set, (Bytes{1, 0, 0, 0}));
  // Of a field nobody listed its bytes are known, and no names.
  const Bits other = parsed(kOther, R"({ set = "01", clear = "80", ignore = "r" })");
  EXPECT_TRUE(bits_hold(other, Json("03")));
  EXPECT_FALSE(bits_hold(other, Json("83")));
  EXPECT_FALSE(bits_hold(other, Json("0300")));
  expect_refused(kOther, R"({ set = ["DEBUG"], ignore = "r" })");
  expect_refused(kOther, R"({ set = [1], clear = "rest" })");
  expect_refused(kOther, R"({ set = "01", clear = "8000", ignore = "r" })");
  expect_refused(kOther, R"({ set = "", ignore = "r" })");
  expect_refused(kOther, "{ set = \"" + std::string(130, 'f') + "\", ignore = \"r\" }");
}

TEST(Bits, AMaskOfZerosAsksForNothing) {
  for (const char* text :
       {R"({ set = [], ignore = "r" })", R"({ clear = [], ignore = "r" })",
        R"({ set = [], clear = [], ignore = "r" })",
        R"({ set = "0000000000000000", ignore = "r" })",
        R"({ set = "0000000000000000", clear = "0000000000000000", ignore = "r" })"}) {
    expect_refused(kTd, text, "policy.hollow");
  }
  expect_refused(kPolicy, R"({ set = "0x0", ignore = "r" })", "policy.hollow");
}

TEST(Bits, MistakesAreErrors) {
  for (const char* text :
       {R"({ set = ["SEPT_VE_DISABLE"] })",  // what of the others?
        R"({ set = ["SEPT_VE_DISABLE"], clear = ["DEBUG"] })",
        R"({ set = ["sept_ve_disable"], ignore = "r" })",      // the vendor's spelling only
        R"({ set = ["SEPT_VE_DISABLE", 28], ignore = "r" })",  // twice
        R"({ set = ["DEBUG"], clear = ["DEBUG"], ignore = "r" })",
        R"({ set = [64], ignore = "r" })", R"({ set = [-1], ignore = "r" })",
        R"({ set = [true], ignore = "r" })", R"({ set = 28, ignore = "r" })",
        R"({ set = "rest", ignore = "r" })", R"({ set = "1000", ignore = "r" })",
        R"({ set = [28], clear = "Rest" })",
        R"({ set = [28], clear = "rest", ignore = "nothing is left" })",
        R"({ set = [28], ignore = "" })", R"({ set = [28], ignore = " \t" })",
        R"({ set = [28], ignore = true })",
        R"({ set = [28], ignore = "r", exact = "0000001000000000" })",
        R"({ set = [28], clears = [0], ignore = "r" })"}) {
    expect_refused(kTd, text);
  }
}

TEST(Bits, AreDescribedByName) {
  EXPECT_EQ(describe_bits(parsed(
                kTd, R"({ set = ["SEPT_VE_DISABLE"], clear = ["DEBUG", 1], ignore = "why" })")),
            "SEPT_VE_DISABLE set; DEBUG, bit 1 clear; other bits free (why)");
  EXPECT_EQ(describe_bits(parsed(kTd, R"({ set = [28], clear = "rest" })")),
            "SEPT_VE_DISABLE set, every other bit clear");
  EXPECT_EQ(describe_bits(parsed(kMisc, R"({ clear = "rest" })")), "every bit clear");
  EXPECT_EQ(free_names(parsed(kMisc, R"({ set = ["EXINFO"], ignore = "r" })")),
            std::vector<std::string_view>{"CPINFO"});
}

TEST(Bits, CoverEachOtherWhereTheyAskForLess) {
  const Bits wide = parsed(kTd, R"({ set = [28], ignore = "r" })");
  const Bits narrow = parsed(kTd, R"({ set = [28], clear = [0], ignore = "r" })");
  EXPECT_TRUE(bits_cover(wide, narrow));
  EXPECT_FALSE(bits_cover(narrow, wide));
  EXPECT_FALSE(bits_cover(wide, parsed(kPolicy, R"({ set = [28], ignore = "r" })")));
  EXPECT_FALSE(only_value(wide).has_value());
  EXPECT_EQ(*only_value(parsed(kPolicy, R"({ set = [17, "SMT"], clear = "rest" })")),
            Json("0x30000"));
  EXPECT_EQ(*only_value(parsed(kPolicy, R"({ clear = "rest" })")), Json("0x0"));
  EXPECT_EQ(*only_value(parsed(kXfrm, R"({ set = [0, 1], clear = "rest" })")),
            Json("0000000000000003"));
  EXPECT_EQ(*only_value(parsed(kMisc, R"({ set = [1], clear = "rest" })")), Json(2));
}

TEST(Bits, EveryListedFieldHasNamesInsideIt) {
  const Place fields[] = {{"intel-sgx", "attributes"},    {"intel-sgx", "attributes_flags"},
                          {"intel-sgx", "xfrm"},          {"intel-sgx", "misc_select"},
                          {"intel-tdx", "td_attributes"}, {"intel-tdx", "xfam"},
                          {"amd-sev-snp", "policy.raw"},  {"amd-sev-snp", "platform_info.raw"},
                          {"amd-sev-snp", "flags.raw"}};
  for (const Place& place : fields) {
    const BitField* field = bit_field(place.platform, place.path);
    ASSERT_NE(field, nullptr) << place.path;
    EXPECT_FALSE(field->names.empty()) << place.path;
    for (const BitName& bit : field->names) {
      EXPECT_LT(bit.at, 8 * field->len) << bit.name;
    }
  }
  EXPECT_EQ(bit_field("intel-sgx", "td_attributes"), nullptr);
}

}  // namespace
}  // namespace claustrum::policy
