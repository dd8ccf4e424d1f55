// SPDX-License-Identifier: Apache-2.0
// `claustrum policy test`: recorded evidence against a policy, and what was expected of each. The
// mistake guarded against: a policy that was changed and now accepts, or refuses, other machines
// than its author believes.
#include <cstdio>
#include <filesystem>

#include "claustrum/app/files.h"
#include "claustrum/app/policy_commands.h"
#include "claustrum/codec/toml.h"
#include "claustrum/evidence/core/case_profile.h"
#include "claustrum/evidence/core/envelope.h"
#include "claustrum/policy/explain.h"
#include "claustrum/verify/verifiers.h"

namespace claustrum::app {

namespace {

using codec::Json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxCases = 1024;
constexpr int kMaxCaseDepth = 64;

struct Options {
  std::string policy;
  std::string evidence;
  std::string platform;  // empty: found by the first bytes of the evidence
  std::vector<std::string> collateral;
  std::string init_data;
  std::vector<std::string> cases;
  std::string table;
  std::string expect;
  std::string at;
  bool no_floor = false;
  bool verbose = false;
  bool json = false;
};

// Recorded evidence with everything it is judged by.
struct Recorded {
  std::string name;
  std::string platform;
  Bytes evidence;
  evidence::Collateral collateral;
  Instant at;
  std::optional<Bytes> init_data;
};

struct Expectation {
  std::string verdict;  // "accept", "refuse", or empty
  std::string factor;   // the first that fails, or empty
};

struct Outcome {
  std::string name;
  bool accepted = false;
  bool simulated = false;
  std::string factor;
  std::string reason;
  std::string screen;  // the whole verdict
  Expectation expected;

  bool holds() const {
    const bool verdict = expected.verdict.empty() || (expected.verdict == "accept") == accepted;
    return verdict && (expected.factor.empty() || expected.factor == factor);
  }
};

Result<Recorded> load_recorded_case(const std::string& folder, const Options& options) {
  const evidence::CaseLoader load = [&](std::string_view name) {
    return read_regular_file((fs::path(folder) / name).string());
  };
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, load("case.json"));
  codec::JsonLimits limits;
  limits.numbers = codec::JsonNumbers::kAny;  // informational members hold fractions
  limits.max_depth = kMaxCaseDepth;
  CLAUSTRUM_TRY_ASSIGN(const Json file, codec::parse_json(text, limits));
  CLAUSTRUM_TRY_ASSIGN(const Instant at, time_option(options.at));
  CLAUSTRUM_TRY_ASSIGN(evidence::Case c, evidence::load_case(file, load, at));
  return Recorded{folder,
                  c.platform,
                  std::move(c.evidence),
                  std::move(c.collateral),
                  options.at.empty() ? c.verify_at : at,
                  std::nullopt};
}

Result<Recorded> load_recorded_file(const Options& options) {
  Recorded out;
  out.name = options.evidence;
  CLAUSTRUM_TRY_ASSIGN(out.at, time_option(options.at));
  CLAUSTRUM_TRY_ASSIGN(const Bytes file, read_file(options.evidence));
  CLAUSTRUM_TRY_ASSIGN(evidence::Unwrapped unwrapped, evidence::unwrap_evidence(file));
  out.evidence = std::move(unwrapped.evidence);
  out.platform =
      options.platform.empty() ? verify::detect_platform(out.evidence) : options.platform;
  for (const std::string& pair : options.collateral) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error(Code::kNotFound, "policy.collateral",
                   "want NAME=FILE, for example vcek=vcek.der");
    }
    CLAUSTRUM_TRY_ASSIGN(out.collateral[pair.substr(0, equals)],
                         read_file(pair.substr(equals + 1)));
  }
  if (!options.init_data.empty()) {
    CLAUSTRUM_TRY_ASSIGN(out.init_data, read_file(options.init_data));
  }
  return out;
}

// A recorded case comes without floors. What a verifier says for want of them is set aside here, in
// a test, and nowhere else; a list that is older than a floor still fails.
void set_floors_aside(evidence::Factors& factors) {
  evidence::Factor* factor = factors.find("collateral-current");
  if (factor != nullptr && factor->reason.starts_with("collateral.no_floor")) {
    *factor = {"collateral-current",
               evidence::FactorStatus::kNotOffered,
               factor->expected,
               "not judged: --no-floor",
               {},
               {}};
  }
}

Result<Outcome> judge(const policy::Policy& policy, const Recorded& recorded,
                      const Options& options, Expectation expected) {
  const auto verifier = verify::verifiers().find(recorded.platform);
  if (verifier == verify::verifiers().end()) {
    return Error(Code::kUnsupported, "verify.platform", "no verifier for this platform yet");
  }
  const evidence::Floors floors = policy.floors();
  evidence::VerifyInput input;
  input.evidence = recorded.evidence;
  input.collateral = &recorded.collateral;
  input.now = recorded.at;
  input.floors = options.no_floor ? nullptr : &floors;
  input.extra_roots = policy.trusted_roots(recorded.at);
  evidence::Verification verification = verifier->second(input);
  if (options.no_floor) {
    set_floors_aside(verification.factors);
  }
  policy::AppraisalInput judged;
  judged.verification = &verification;
  judged.now = recorded.at;
  if (recorded.init_data) {
    judged.init_data = *recorded.init_data;
  }
  const policy::Appraisal appraisal = policy::appraise(policy, judged);
  Outcome out;
  out.name = recorded.name;
  out.accepted = appraisal.accepted();
  out.simulated = appraisal.simulated();
  out.expected = std::move(expected);
  if (const evidence::Factor* failed = appraisal.first_failed()) {
    out.factor = failed->id;
    out.reason = failed->reason;
  }
  out.screen = policy::explain(appraisal, policy::Colour::kOff);
  return out;
}

// [[case]] dir, expect, factor.
Status run_table(const policy::Policy& policy, const Options& options,
                 std::vector<Outcome>& outcomes) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(options.table));
  CLAUSTRUM_TRY_ASSIGN(const Json table, codec::parse_toml(text));
  CLAUSTRUM_TRY(table.only_members({"case"}));
  CLAUSTRUM_TRY_ASSIGN(const Json list, table.array_at("case"));
  if (list.items().empty() || list.items().size() > kMaxCases) {
    return Error(Code::kMalformed, "policy.table", "1 to 1024 cases are expected");
  }
  const fs::path base = fs::path(options.table).parent_path();
  for (const Json& entry : list.items()) {
    CLAUSTRUM_TRY(entry.only_members({"dir", "expect", "factor"}));
    CLAUSTRUM_TRY_ASSIGN(const std::string folder, entry.string_at("dir"));
    Expectation expected;
    CLAUSTRUM_TRY_ASSIGN(expected.verdict, entry.string_at("expect"));
    if (entry.find("factor") != nullptr) {
      CLAUSTRUM_TRY_ASSIGN(expected.factor, entry.string_at("factor"));
    }
    const bool known = expected.verdict == "accept" || expected.verdict == "refuse";
    if (!known || (expected.verdict == "accept" && !expected.factor.empty())) {
      return Error(Code::kMalformed, "policy.table",
                   "expect is accept, or refuse with or without a factor");
    }
    CLAUSTRUM_TRY_ASSIGN(const Recorded recorded,
                         load_recorded_case((base / folder).string(), options));
    CLAUSTRUM_TRY_ASSIGN(Outcome outcome, judge(policy, recorded, options, std::move(expected)));
    outcome.name = folder;
    outcomes.push_back(std::move(outcome));
  }
  return ok_status();
}

Result<std::vector<Outcome>> run_all(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy policy, load_policy(options.policy));
  std::vector<Outcome> outcomes;
  if (!options.evidence.empty()) {
    CLAUSTRUM_TRY_ASSIGN(const Recorded recorded, load_recorded_file(options));
    CLAUSTRUM_TRY_ASSIGN(Outcome outcome, judge(policy, recorded, options, {options.expect, ""}));
    outcomes.push_back(std::move(outcome));
  }
  for (const std::string& folder : options.cases) {
    CLAUSTRUM_TRY_ASSIGN(const Recorded recorded, load_recorded_case(folder, options));
    CLAUSTRUM_TRY_ASSIGN(Outcome outcome, judge(policy, recorded, options, {options.expect, ""}));
    outcomes.push_back(std::move(outcome));
  }
  if (!options.table.empty()) {
    CLAUSTRUM_TRY(run_table(policy, options, outcomes));
  }
  return outcomes;
}

std::string line_of(const Outcome& outcome) {
  std::string out = outcome.accepted ? "accepted" : "refused ";
  out += "  " + outcome.name;
  if (!outcome.accepted) {
    out += "  " + outcome.factor + (outcome.reason.empty() ? "" : "  " + outcome.reason);
  }
  if (outcome.simulated) {
    out += "  SIMULATED: NO PROTECTION";
  }
  if (!outcome.holds()) {
    out += "  NOT AS EXPECTED: " + outcome.expected.verdict +
           (outcome.expected.factor.empty() ? "" : " at " + outcome.expected.factor);
  }
  return out + "\n";
}

Json json_of(const Outcome& outcome) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json() : Json(text);
  };
  Json out = Json::object();
  out.set("case", outcome.name)
      .set("accepted", outcome.accepted)
      .set("simulated", outcome.simulated)
      .set("factor", text_or_null(outcome.factor))
      .set("reason", text_or_null(outcome.reason))
      .set("expect", text_or_null(outcome.expected.verdict))
      .set("as_expected", outcome.holds());
  return out;
}

Result<int> run_test(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const std::vector<Outcome> outcomes, run_all(options));
  bool all = true;
  Json cases = Json::array();
  std::string text;
  for (const Outcome& outcome : outcomes) {
    all = all && outcome.holds();
    cases.push(json_of(outcome));
    text += line_of(outcome) + (options.verbose ? outcome.screen + "\n" : "");
  }
  if (options.json) {
    Json out = Json::object();
    out.set("verdict", all ? "accepted" : "refused")
        .set("floors", !options.no_floor)
        .set("cases", std::move(cases));
    text = codec::to_json(out) + "\n";
  }
  std::printf("%s", text.c_str());
  return all ? kAccepted : kRefused;
}

}  // namespace

void add_policy_test(CLI::App& policy, Run& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = policy.add_subcommand("test", "Try a policy on recorded evidence");
  command->add_option("policy", options->policy, "policy file")->required();
  CLI::Option* evidence = command->add_option("--evidence", options->evidence, "evidence file");
  CLI::Option* platform =
      command->add_option("--as,--platform", options->platform,
                          "platform of --evidence; left out: found by its first bytes");
  CLI::Option* collateral =
      command->add_option("--collateral", options->collateral, "NAME=FILE, of --evidence; repeat")
          ->take_all()
          ->expected(1);
  CLI::Option* init_data =
      command->add_option("--init-data", options->init_data, "launch data of --evidence");
  CLI::Option* cases =
      command->add_option("--case", options->cases, "folders with case.json, judged by the policy");
  CLI::Option* table = command->add_option(
      "--table", options->table, "TOML: [[case]] with dir, expect = accept|refuse, factor");
  CLI::Option* expect = command->add_option("--expect", options->expect, "of --evidence, --case")
                            ->check(CLI::IsMember({"accept", "refuse"}));
  command->add_option("--at", options->at, "judge as of this time (RFC 3339)");
  command->add_flag("--no-floor", options->no_floor, "set aside that a case has no floors");
  command->add_flag("--verbose", options->verbose, "the whole verdict of each case, in text");
  command->add_flag("--json", options->json, "exactly one JSON object on standard output");
  for (CLI::Option* option : {platform, collateral, init_data}) {
    option->needs(evidence);
  }
  command->footer("Exit 0: as expected, or nothing was expected. 10: not as expected.");
  command->callback([&chosen, options, evidence, cases, table, expect] {
    if (evidence->count() + cases->count() + table->count() == 0) {
      throw CLI::RequiredError("one of --evidence, --case, --table");
    }
    if (expect->count() != 0 && evidence->count() + cases->count() == 0) {
      throw CLI::RequiredError("--expect is for --evidence and --case;");
    }
    chosen = [options] { return finish(run_test(*options), options->json); };
  });
}

}  // namespace claustrum::app
