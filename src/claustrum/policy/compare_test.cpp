// SPDX-License-Identifier: Apache-2.0
// The promise of compare(): what it does not call wider accepts nothing that was refused. Held
// against appraise() itself, for all pairs of policies of a group over a small world of claims.
#include "claustrum/policy/compare.h"

#include <gtest/gtest.h>

#include <functional>

#include "claustrum/policy/appraise.h"
#include "claustrum/policy/test_support.h"

namespace claustrum::policy {
namespace {

using codec::Json;
using evidence::Claims;
using test::good_claims;
using test::good_tdx_claims;
using test::kPolicyText;
using test::kPolicyText2;
using test::replaced;

const Instant kNow = *parse_rfc3339("2026-11-25T12:00:00Z");

// One piece of evidence at one time.
struct World {
  World(Claims c, Instant at = kNow) : claims(std::move(c)), now(at) {}  // NOLINT: for lists
  Claims claims;
  Instant now;
  std::optional<std::string> init_data;
  bool offered = true;  // else a factor "leaf-revocation" is not offered
};

Policy parsed(const std::string& text) {
  auto policy = Policy::parse(as_bytes(text));
  EXPECT_TRUE(policy.ok()) << policy.error().message() << "\n" << text;
  return *policy;
}

bool accepts(const Policy& policy, const World& world) {
  evidence::Verification verification = test::verification_of(world.claims);
  if (!world.offered) {
    verification.factors.add(
        {"leaf-revocation", evidence::FactorStatus::kNotOffered, "a list", "none", {}, {}});
  }
  AppraisalInput input;
  input.verification = &verification;
  input.now = world.now;
  if (world.init_data) {
    input.init_data = as_bytes(*world.init_data);
  }
  return appraise(policy, input).accepted();
}

// `exact`: the world is rich enough to show every widening that compare() speaks of.
void expect_honest(const std::vector<std::string>& texts, const std::vector<World>& worlds,
                   bool exact = true) {
  std::vector<Policy> policies;
  std::vector<std::vector<bool>> taken;
  for (const std::string& text : texts) {
    policies.push_back(parsed(text));
    std::vector<bool>& row = taken.emplace_back();
    for (const World& world : worlds) {
      row.push_back(accepts(policies.back(), world));
    }
  }
  int accepted = 0;
  for (std::size_t a = 0; a < policies.size(); ++a) {
    for (std::size_t b = 0; b < policies.size(); ++b) {
      const std::vector<Difference> differences = compare(policies[a], policies[b]);
      bool wider = false;
      for (std::size_t w = 0; w < worlds.size(); ++w) {
        wider = wider || (taken[b][w] && !taken[a][w]);
        accepted += taken[b][w] ? 1 : 0;
      }
      EXPECT_TRUE(!wider || widens(differences)) << "missed: " << texts[a] << "\n---\n"
                                                 << texts[b] << explain(differences);
      // To complete a policy is to accept on its other platforms too, which a group does not show.
      const bool shown = exact && policies[a].missing().empty();
      EXPECT_TRUE(wider || !shown || !widens(differences))
          << "false alarm: " << texts[a] << "\n---\n"
          << texts[b] << explain(differences);
      EXPECT_TRUE(a != b || differences.empty()) << explain(differences);
    }
  }
  EXPECT_GT(accepted, 0) << "a group nothing satisfies shows nothing";
}

Claims snp() {
  Claims claims = good_claims();
  claims.host_data = Bytes(32, 0x11);
  claims.details.set("platform_info", Json::object().set("smt", 1));
  return claims;
}

// The policy with one line replaced by "<key> = <rule>", or taken out.
std::vector<std::string> variants(std::string_view line, std::string_view key,
                                  const std::vector<std::string>& rules) {
  std::vector<std::string> out;
  for (const std::string& rule : rules) {
    const std::string text = rule.empty() ? "" : std::string(key) + " = " + rule + "\n";
    out.push_back(replaced(std::string(kPolicyText2), std::string(line) + "\n", text));
    EXPECT_NE(out.back(), rule.empty() ? std::string(kPolicyText2) : "") << line;
  }
  return out;
}

const std::vector<std::string> kTextRules = {"",
                                             "{ exact = \"a\" }",
                                             "{ exact = \"b\" }",
                                             "{ one-of = [] }",
                                             "{ one-of = [\"a\"] }",
                                             "{ one-of = [\"a\", \"b\"] }",
                                             "{ ignore = \"r\" }",
                                             "{ ignore = \"s\" }"};

std::vector<World> worlds_of(const Claims& base,
                             const std::vector<std::function<void(Claims&)>>& changes) {
  std::vector<World> out;
  for (const auto& change : changes) {
    out.push_back({base});
    change(out.back().claims);
  }
  return out;
}

TEST(Compare, ProductsOverAllPairsOfRules) {
  std::vector<World> worlds;
  for (const char* product : {"", "a", "b", "c"}) {
    worlds.push_back({good_tdx_claims()});
    worlds.back().claims.product = product;
  }
  expect_honest(variants("product = { exact = \"00806f050000\" }", "product", kTextRules), worlds);
}

TEST(Compare, VouchersOverAllPairsOfRules) {
  std::vector<std::string> rules = kTextRules;
  rules.emplace_back("{ exact = \"\" }");
  rules.emplace_back("{ one-of = [\"\", \"a\"] }");
  std::vector<World> amd;
  std::vector<World> intel;
  for (const char* provider : {"", "a", "b", "c"}) {
    amd.push_back({snp()});
    amd.back().claims.provider = provider;
    intel.push_back({good_tdx_claims()});
    intel.back().claims.provider = provider;
  }
  expect_honest(variants("provider = { exact = \"\" }", "provider", rules), amd);
  std::vector<std::string> texts;
  for (const std::string& rule : rules) {
    texts.push_back(
        replaced(std::string(kPolicyText2), "[platform.intel-tdx]\n",
                 "[platform.intel-tdx]\n" + (rule.empty() ? "" : "provider = " + rule + "\n")));
  }
  expect_honest(texts, intel);
}

TEST(Compare, FlagsOverAllPairsOfRules) {
  const std::vector<std::string> rules = {"", "{ exact = true }", "{ exact = false }",
                                          "{ one-of = [] }", "{ ignore = \"r\" }"};
  expect_honest(variants("debug = { exact = false }", "debug", rules),
                worlds_of(good_tdx_claims(),
                          {[](Claims& c) { c.debug = false; }, [](Claims& c) { c.debug = true; }}),
                false);
  expect_honest(variants("migration = { exact = false }", "migration", rules),
                worlds_of(good_tdx_claims(), {[](Claims& c) { c.migration = false; },
                                              [](Claims& c) { c.migration = true; },
                                              [](Claims& c) { c.migration.reset(); }}),
                false);
}

const std::vector<std::string> kNumberRules = {"",
                                               "{ exact = 0 }",
                                               "{ exact = 2 }",
                                               "{ one-of = [0, 2] }",
                                               "{ one-of = [] }",
                                               "{ at-least = 1 }",
                                               "{ at-least = 2 }",
                                               "{ ignore = \"r\" }"};

TEST(Compare, LevelsOverAllPairsOfRules) {
  std::vector<World> amd = {{snp()}};
  std::vector<World> intel = {{good_tdx_claims()}};
  amd.back().claims.privilege_level.reset();
  for (int level = -1; level < 4; ++level) {
    amd.push_back({snp()});
    amd.back().claims.privilege_level = level;
    intel.push_back({good_tdx_claims()});
    intel.back().claims.privilege_level = level;
  }
  expect_honest(variants("privilege-level = { exact = 0 }", "privilege-level", kNumberRules), amd);
  std::vector<std::string> texts;
  for (const std::string& rule : kNumberRules) {
    texts.push_back(replaced(
        std::string(kPolicyText2), "[platform.intel-tdx]\n",
        "[platform.intel-tdx]\n" + (rule.empty() ? "" : "privilege-level = " + rule + "\n")));
  }
  expect_honest(texts, intel);
}

TEST(Compare, MachinesAndMeasurementsOverAllPairsOfRules) {
  const std::vector<std::string> rules = {"",
                                          "{ exact = \"aa\" }",
                                          "{ exact = \"bb\" }",
                                          "{ one-of = [] }",
                                          "{ one-of = [\"aa\", \"bb\"] }",
                                          "{ ignore = \"r\" }"};
  std::vector<World> chips;
  std::vector<World> programs;
  for (const Bytes& value : {Bytes{}, Bytes{0xaa}, Bytes{0xbb}, Bytes{0xcc}}) {
    chips.push_back({good_tdx_claims()});
    chips.back().claims.hardware_id = value;
    programs.push_back({good_tdx_claims()});
    if (value.empty()) {
      programs.back().claims.measurements.erase("mr_td");
    } else {
      programs.back().claims.measurements["mr_td"] = value;
    }
    programs.push_back(programs.back());
    programs.back().claims.measurements["other"] = {1};
  }
  std::vector<std::string> texts;
  for (const std::string& text :
       variants("hardware-id = { exact = \"cccc\" }", "hardware-id", rules)) {
    texts.push_back(text);
  }
  std::vector<World> both = chips;
  for (const World& world : chips) {
    both.push_back({snp()});
    both.back().claims.hardware_id = world.claims.hardware_id;
  }
  expect_honest(texts, both);
  texts = variants("measurements.mr_td = { exact = \"aaaa\" }", "measurements.mr_td", rules);
  for (const std::string& rule : rules) {
    if (!rule.empty()) {
      texts.push_back(replaced(texts[1], "measurements.rtmr0",
                               "measurements.other = " + rule + "\nmeasurements.rtmr0"));
    }
  }
  for (const Bytes& value : {Bytes{0xaa}, Bytes{0xbb}, Bytes{0xcc}}) {
    programs.push_back({good_tdx_claims()});
    programs.back().claims.measurements["mr_td"] = {0xaa};
    programs.back().claims.measurements["other"] = value;
  }
  // Two measurements at once: rule by rule, one may widen while the other denies all.
  expect_honest(texts, programs, false);
}

TEST(Compare, ClaimsOverAllPairsOfRules) {
  std::vector<std::string> rules = kNumberRules;
  for (const char* rule :
       {"{ exact = \"x\" }", "{ exact = true }", "{ exact = [1] }",
        "{ one-of = [\"x\", 2, true, [1]] }", "{ set = [\"SEPT_VE_DISABLE\"], clear = \"rest\" }",
        "{ set = [28], ignore = \"r\" }", "{ clear = [\"DEBUG\", 63], ignore = \"r\" }",
        "{ set = [28], clear = [0], ignore = \"s\" }", "{ exact = \"0000001000000000\" }"}) {
    rules.emplace_back(rule);
  }
  std::vector<World> worlds;
  for (const Json& value :
       {Json(), Json(-1), Json(0), Json(1), Json(2), Json(3), Json("x"), Json("0"), Json(true),
        Json(Json::Array{Json(1)}), Json::object(), Json("0000001000000000"),
        Json("0100001000000000"), Json("0000001000000080"), Json("0000000000000000"),
        Json("000000100000000")}) {
    worlds.push_back({good_tdx_claims()});
    worlds.back().claims.details.set("td_attributes", value);
  }
  expect_honest(variants("claims.\"td_attributes\" = { exact = \"0000001000000000\" }",
                         "claims.\"td_attributes\"", rules),
                worlds);
}

TEST(Compare, StandingsOverAllPairsOfRules) {
  std::vector<World> words = {{good_tdx_claims()}};
  std::vector<World> dates = words;
  std::vector<World> editions = words;
  for (std::vector<World>* worlds : {&words, &dates, &editions}) {
    worlds->front().claims.standing.reset();
  }
  for (const char* word : {"", "a", "b", "c"}) {
    words.push_back({good_tdx_claims()});
    words.back().claims.standing->status = word;
  }
  for (const char* date :
       {"2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"}) {
    dates.push_back({good_tdx_claims()});
    dates.back().claims.standing->date = *parse_rfc3339(date);
  }
  for (int number = -1; number < 4; ++number) {
    editions.push_back({good_tdx_claims()});
    editions.back().claims.standing->evaluation_data_number = number;
  }
  // A standing is absent as a whole, so no world shows an absent status alone.
  expect_honest(variants("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\"] }",
                         "tcb-status", kTextRules),
                words);
  expect_honest(variants("tcb-date = { at-least = \"2025-01-01T00:00:00Z\" }", "tcb-date",
                         {"", "{ exact = \"2025-01-01T00:00:00Z\" }",
                          "{ one-of = [\"2024-01-01T00:00:00Z\", \"2026-01-01T00:00:00Z\"] }",
                          "{ at-least = \"2024-01-01T00:00:00Z\" }",
                          "{ at-least = \"2025-01-01T00:00:00Z\" }",
                          "{ at-least = \"2026-01-01T00:00:00Z\" }", "{ ignore = \"r\" }"}),
                dates, false);
  expect_honest(
      variants("evaluation-number = { at-least = 17 }", "evaluation-number", kNumberRules),
      editions, false);
}

TEST(Compare, RevokedIsNeverTaken) {
  std::vector<World> worlds = {{good_tdx_claims()}, {good_tdx_claims()}};
  worlds.back().claims.standing->status = "Revoked";
  expect_honest(
      variants("tcb-status = { one-of = [\"UpToDate\", \"SWHardeningNeeded\"] }", "tcb-status",
               {"{ exact = \"Revoked\" }", "{ exact = \"UpToDate\" }",
                "{ one-of = [\"UpToDate\", \"Revoked\"] }", "{ ignore = \"r\" }"}),
      worlds, false);
}

TEST(Compare, FloorsOverAllPairsOfTables) {
  const std::vector<std::string> tables = {
      "",
      "tcb = { ignore = \"r\" }\n",
      "tcb = { ignore = \"s\" }\n",
      "tcb.Milan.snp = { at-least = 2 }\n",
      "tcb.Milan.snp = { at-least = 1 }\n",
      "tcb.Milan.snp = { exact = 2 }\n",
      "tcb.Milan.snp = { ignore = \"r\" }\n",
      "tcb.Milan.snp = { at-least = 1 }\ntcb.Milan.tee = { at-least = 0 }\n",
      "tcb.Milan = {}\n",
      "tcb.Genoa.snp = { at-least = 1 }\n",
      "tcb.Milan.snp = { at-least = 2 }\ntcb.Genoa.snp = { at-least = 1 }\n",
      "tcb.any.snp = { at-least = 1 }\n",
      "tcb.any.snp = { at-least = 1 }\ntcb.Milan.snp = { at-least = 2 }\n",
      "tcb.any.snp = { at-least = 2 }\ntcb.Milan.snp = { at-least = 1 }\n",
      "tcb.any = {}\n"};
  std::vector<World> worlds;
  using Levels = std::map<std::string, std::int64_t>;
  for (const char* product : {"Milan", "Genoa", "Turin", ""}) {
    for (const Levels& levels :
         {Levels{}, Levels{{"snp", 0}}, Levels{{"snp", 1}}, Levels{{"snp", 2}}, Levels{{"snp", 3}},
          Levels{{"tee", 0}}, Levels{{"snp", 2}, {"tee", 0}}, Levels{{"fmc", 9}}}) {
      worlds.push_back({snp()});
      worlds.back().claims.product = product;
      worlds.back().claims.tcb = levels;
    }
  }
  const std::string base =
      replaced(replaced(std::string(kPolicyText2), "product = { one-of = [\"Milan\", \"Genoa\"] }",
                        "product = { ignore = \"any\" }"),
               "tcb.Milan.bootloader = { at-least = 4 }\n", "");
  std::vector<std::string> plain;
  std::vector<std::string> waived;
  const std::string waiver =
      "[[waive]]\nfactor = \"tcb\"\nreason = \"r\"\nuntil = \"2027-01-01T00:00:00Z\"\n";
  for (const std::string& table : tables) {
    plain.push_back(replaced(base, "tcb.Milan.snp = { at-least = 24 }\n", table));
    waived.push_back(plain.back() + waiver);
  }
  expect_honest(plain, worlds);
  expect_honest(waived, worlds, false);
  waived.insert(waived.end(), plain.begin(), plain.end());
  expect_honest(waived, worlds, false);
}

TEST(Compare, GrantsOverAllPairsOfEnds) {
  const auto entry = [](std::string_view table, std::string_view key, std::string_view value,
                        std::string_view until) {
    return "[[" + std::string(table) + "]]\n" + std::string(key) + " = \"" + std::string(value) +
           "\"\nreason = \"r\"\nuntil = \"" + std::string(until) + "\"\n";
  };
  const std::string early = "2026-11-25T11:00:00Z";
  const std::string late = "2026-11-25T13:00:00Z";
  const std::string root(64, 'b');
  const std::string base(kPolicyText2);
  std::vector<std::string> texts = {base};
  for (const std::string& until : {early, late}) {
    texts.push_back(base + entry("waive", "factor", "debug", until));
    texts.push_back(base + entry("waive", "factor", "measurement.mr_td", until));
    texts.push_back(base + entry("simulated", "root", root, until));
    texts.push_back(base + entry("simulated", "root", std::string(64, 'c'), until));
    texts.push_back(
        replaced(base, "[init-data]",
                 entry("platform.intel-tdx.advisory", "id", "SA-2", until) + "[init-data]"));
  }
  texts.push_back(replaced(base, "[\"leaf-revocation\"]", "[]"));
  texts.push_back(base + entry("waive", "factor", "debug", early) +
                  entry("simulated", "root", root, late));
  std::vector<World> worlds;
  for (const char* at : {"2026-11-25T10:00:00Z", "2026-11-25T12:00:00Z", "2026-11-25T14:00:00Z"}) {
    for (int kind = 0; kind < 7; ++kind) {
      World& world = worlds.emplace_back(World{good_tdx_claims(), *parse_rfc3339(at)});
      world.claims.debug = kind == 1;
      if (kind == 2) {
        world.claims.measurements["mr_td"] = {1};
      }
      world.claims.simulated = kind == 3 || kind == 4;
      if (kind == 4) {
        world.claims.root_spki_sha256 = Bytes(32, 0xcc);
      }
      if (kind == 5) {
        world.claims.standing->advisories.emplace_back("SA-2");
      }
      world.offered = kind != 6;
    }
  }
  expect_honest(texts, worlds);
}

std::string init_data_of(std::string_view launch) {
  return "version = \"0.1.0\"\nalgorithm = \"sha256\"\n[data]\n\"claustrum.toml\" = '''\n" +
         std::string(launch) + "'''\n";
}

TEST(Compare, LaunchDataOverAllPairsOfRules) {
  const std::vector<std::string> documents = {init_data_of("role = \"serve\"\n"),
                                              init_data_of("x = 1\n"), init_data_of("x = 2\n"),
                                              init_data_of("role = \"serve\"\nx = 1\n")};
  std::vector<World> worlds;
  std::vector<std::string> digests;
  for (const std::string& document : documents) {
    World& world = worlds.emplace_back(World{good_tdx_claims()});
    world.claims.host_data = to_bytes(crypto::sha256(as_bytes(document)));
    digests.push_back("\"" + codec::hex_encode(world.claims.host_data) + "\"");
    worlds.push_back(worlds.back());
    worlds.back().init_data = document;
  }
  worlds.push_back({good_tdx_claims()});
  const std::vector<std::string> digest_rules = {
      "", "digest = { exact = " + digests[0] + " }\n", "digest = { exact = " + digests[1] + " }\n",
      "digest = { one-of = [" + digests[0] + ", " + digests[1] + "] }\n",
      "digest = { ignore = \"r\" }\n"};
  const std::vector<std::string> field_rules = {
      "",
      "fields.role = { exact = \"serve\" }\n",
      "fields.role = { ignore = \"r\" }\n",
      "fields.x = { exact = 1 }\n",
      "fields.x = { at-least = 1 }\n",
      "fields.x = { ignore = \"r\" }\n",
      "fields.role = { exact = \"serve\" }\nfields.x = { ignore = \"r\" }\n",
      "fields.role = { ignore = \"r\" }\nfields.x = { exact = 1 }\n"};
  const std::string base = std::string(kPolicyText2.substr(0, kPolicyText2.find("[init-data]")));
  std::vector<std::string> texts;
  for (const std::string& digest : digest_rules) {
    for (const std::string& fields : field_rules) {
      texts.push_back(base + (digest.empty() && fields.empty() ? "" : "[init-data]\n") + digest +
                      fields);
    }
  }
  expect_honest(texts, worlds, false);
}

// Version 1 beside version 2, platforms named and not named.
TEST(Compare, VersionsAndPlatforms) {
  const std::string digest = "[init-data]\ndigest = { exact = \"" + std::string(64, '1') + "\" }\n";
  const std::string one =
      std::string(kPolicyText.substr(0, kPolicyText.find("[init-data.fields]"))) + digest;
  const auto first = [&one](std::string_view from, std::string_view to) {
    const std::string out = replaced(one, from, to);
    EXPECT_NE(out, one) << from;
    return out;
  };
  const std::string two(kPolicyText2);
  const auto second = [&two](std::string_view from, std::string_view to) {
    const std::string out = replaced(two, from, to);
    EXPECT_NE(out, two) << from;
    return out;
  };
  const std::string tdx = two.substr(two.find("[platform.intel-tdx]"),
                                     two.find("[init-data]") - two.find("[platform.intel-tdx]"));
  const std::vector<std::string> texts = {
      one,
      first("name = \"test\"\n", ""),
      first("platform = { exact = \"amd-sev-snp\" }\n", ""),
      first("{ exact = \"amd-sev-snp\" }", "{ one-of = [] }"),
      first("{ exact = \"amd-sev-snp\" }", "{ one-of = [\"amd-sev-snp\", \"intel-tdx\"] }"),
      first("{ exact = \"amd-sev-snp\" }", "{ ignore = \"any\" }"),
      first("chip-id = { exact = \"cccc\" }", "chip-id = { ignore = \"r\" }"),
      first("vmpl = { exact = 0 }", "vmpl = { at-least = 0 }"),
      first("at-least = 24", "at-least = 23"),
      first("measurement = { exact", "# measurement = { exact"),
      first("[tcb.Milan]\nbootloader = { at-least = 4 }\nsnp = { at-least = 24 }",
            "[tcb]\nignore = \"r\""),
      first("measurement = { exact = \"" + std::string(96, 'a') + "\" }",
            "measurement = { ignore = \"r\" }"),
      two,
      second("name = \"test\"\n", ""),
      second("provider = { exact = \"\" }", "provider = { ignore = \"r\" }"),
      second("claims.\"platform_info.smt\" = { exact = 1 }\n", ""),
      second("at-least = 24", "at-least = 23"),
      second(tdx, ""),
      two.substr(0, two.find("[platform.amd-sev-snp]")) + tdx + two.substr(two.find("[init-data]")),
      two.substr(0, two.find("[platform.amd-sev-snp]")) + two.substr(two.find("[init-data]")),
      second("provider = { exact = \"\" }",
             "provider = { ignore = \"r\" }\ntcb-status = { ignore = \"r\" }\n"
             "tcb-date = { ignore = \"r\" }\nevaluation-number = { ignore = \"r\" }"),
      one + "[[waive]]\nfactor = \"chip-id\"\nreason = \"r\"\nuntil = \"2027-01-01T00:00:00Z\"\n",
      one +
          "[[waive]]\nfactor = \"measurement\"\nreason = \"r\"\nuntil = "
          "\"2027-01-01T00:00:00Z\"\n",
      two +
          "[[waive]]\nfactor = \"measurement.measurement\"\nreason = \"r\"\nuntil = "
          "\"2027-01-01T00:00:00Z\"\n"};
  std::vector<World> worlds = {{snp()}, {good_tdx_claims()}};
  const auto world = [&worlds](Claims claims) { worlds.push_back({std::move(claims)}); };
  Claims claims = snp();
  claims.hardware_id = {1};
  world(claims);
  claims = snp();
  claims.privilege_level = 1;
  world(claims);
  claims = snp();
  claims.tcb["snp"] = 23;
  world(claims);
  claims = snp();
  claims.provider = "cloud";
  world(claims);
  claims = snp();
  claims.details = Json::object();
  world(claims);
  claims = snp();
  claims.measurements["more"] = {1};
  world(claims);
  claims = snp();
  claims.measurements["measurement"] = {1};
  world(claims);
  claims = snp();
  claims.standing = good_tdx_claims().standing;
  world(claims);
  claims.standing->advisories.clear();
  world(claims);
  claims = snp();
  claims.platform = "intel-tdx";
  world(claims);
  claims.platform = "other";
  world(claims);
  expect_honest(texts, worlds, false);
}

TEST(Compare, NamesWhatChangedAndHow) {
  const auto changed = [](std::string_view from, std::string_view to) {
    return compare(parsed(std::string(kPolicyText2)),
                   parsed(replaced(std::string(kPolicyText2), from, to)));
  };
  const auto expect = [](const std::vector<Difference>& found, Change change,
                         std::string_view where) {
    ASSERT_EQ(found.size(), 1U) << explain(found);
    EXPECT_EQ(found.front().change, change) << explain(found);
    EXPECT_EQ(found.front().where, where);
    EXPECT_EQ(widens(found), change == Change::kWider || change == Change::kChanged);
  };
  expect(changed("evaluation-number = { at-least = 17 }", "evaluation-number = { at-least = 16 }"),
         Change::kWider, "platform.intel-tdx.evaluation-number");
  expect(changed("evaluation-number = { at-least = 17 }", "evaluation-number = { at-least = 18 }"),
         Change::kNarrower, "platform.intel-tdx.evaluation-number");
  expect(changed("mr_td = { exact = \"aaaa\" }", "mr_td = { exact = \"bbbb\" }"), Change::kChanged,
         "platform.intel-tdx.measurements.mr_td");
  expect(changed("firmware configuration", "other words"), Change::kReworded,
         "platform.intel-tdx.measurements.rtmr0");
  expect(changed("name = \"test\"", "name = \"other\""), Change::kReworded, "name");
  expect(changed("until = \"2026-12-31", "until = \"2027-12-31"), Change::kWider,
         "platform.intel-tdx.advisory.INTEL-SA-00001");
  expect(changed("[\"leaf-revocation\"]", "[\"leaf-revocation\", \"revocation\"]"),
         Change::kNarrower, "forbid-not-offered.revocation");
}

TEST(Compare, FloorsOfCollateral) {
  const std::string base(kPolicyText2);
  const auto floor = [](std::string_view date) {
    return "[[floor]]\nissuer = \"" + std::string(64, 'a') + "\"\ncrl-this-update = \"" +
           std::string(date) + "\"\n";
  };
  const Policy none = parsed(base);
  const Policy early = parsed(base + floor("2026-01-01T00:00:00Z"));
  const Policy late = parsed(base + floor("2026-02-01T00:00:00Z"));
  EXPECT_TRUE(widens(compare(late, early)));
  EXPECT_FALSE(widens(compare(early, late)));
  EXPECT_TRUE(widens(compare(none, late)));
  EXPECT_FALSE(widens(compare(late, none)));
}

TEST(Compare, AWideningCannotBeMissed) {
  const Policy before = parsed(std::string(kPolicyText2));
  const Policy after =
      parsed(replaced(replaced(std::string(kPolicyText2), "tcb.Milan.snp = { at-least = 24 }",
                               "tcb.Milan.snp = { at-least = 25 }"),
                      "firmware configuration", "a\\u001b[2Jb"));
  EXPECT_TRUE(explain(compare(before, after)).starts_with("not wider"));
  EXPECT_TRUE(explain(compare(before, before)).starts_with("equal"));
  const std::string text = explain(compare(after, before));
  EXPECT_TRUE(text.starts_with("*** WIDER: the new policy accepts what the old one refused (1)"));
  EXPECT_LT(text.find("WIDER            platform"), text.find("reworded")) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  const Json json = differences_json(compare(after, before));
  EXPECT_EQ(*json.boolean_at("widens"), true);
  EXPECT_EQ(json.find("differences")->items().size(), 2U);
}

}  // namespace
}  // namespace claustrum::policy
