// SPDX-License-Identifier: Apache-2.0
// `claustrum policy`: check, explain, compare and try policies, and import reference values. Exit
// codes are those of the verify contract; a change that accepts more is exit 10.
#include <algorithm>
#include <cstdio>

#include "claustrum/app/files.h"
#include "claustrum/app/policy_commands.h"
#include "claustrum/policy/check.h"
#include "claustrum/policy/compare.h"
#include "claustrum/policy/explain.h"

namespace claustrum::app {

namespace {

using codec::Json;

struct Options {
  std::vector<std::string> files;
  std::vector<std::string> allow;
  std::string before;
  std::string after;
  std::string at;
  bool json = false;
};

std::string_view word_of(int code) {
  switch (code) {
    case kAccepted:
      return "accepted";
    case kRefused:
      return "refused";
    case kUnsupported:
      return "unsupported";
    case kMalformed:
      return "malformed";
    case kUsage:
      return "usage";
    default:
      return "internal";
  }
}

struct CheckedFile {
  int code = kAccepted;
  Json json = Json::object();
  std::string text;
};

CheckedFile check_file(const std::string& path, const policy::AllowedIds& allowed, Instant now) {
  CheckedFile out;
  out.json.set("file", path);
  const Result<policy::Policy> parsed = load_policy(path);
  if (!parsed.ok()) {
    out.code = exit_code(parsed.error());
    out.json.set("verdict", word_of(out.code))
        .set("reason", parsed.error().reason())
        .set("text", parsed.error().text())
        .set("findings", Json::array());
    out.text =
        path + ": " + std::string(word_of(out.code)) + ": " + parsed.error().message() + "\n";
    return out;
  }
  const std::vector<policy::Finding> findings = policy::check_policy(*parsed, now);
  out.code = policy::faulty(findings, allowed) ? kRefused : kAccepted;
  out.json.set("verdict", word_of(out.code))
      .set("findings", policy::findings_json(findings, allowed));
  out.text = path + ": " + (out.code == kAccepted ? "sound" : "read these first") + "\n" +
             policy::explain(findings, allowed);
  return out;
}

Result<int> run_check(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_option(options.at));
  const policy::AllowedIds allowed(options.allow.begin(), options.allow.end());
  int code = kAccepted;
  Json files = Json::array();
  std::string text;
  for (const std::string& path : options.files) {
    CheckedFile checked = check_file(path, allowed, now);
    code = std::max(code, checked.code);
    files.push(std::move(checked.json));
    text += checked.text;
  }
  if (options.json) {
    Json out = Json::object();
    out.set("verdict", word_of(code))
        .set("time", format_rfc3339(now))
        .set("files", std::move(files));
    text = codec::to_json(out) + "\n";
  }
  std::printf("%s", text.c_str());
  return code;
}

Result<int> run_explain(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_option(options.at));
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy parsed, load_policy(options.files.front()));
  const std::vector<policy::Finding> findings = policy::check_policy(parsed, now);
  std::printf("%s", policy::explain_policy(parsed).c_str());
  if (!findings.empty()) {
    std::printf("to weigh before relying on it\n%s", policy::explain(findings, {}).c_str());
  }
  return kAccepted;
}

Result<int> run_diff(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy before, load_policy(options.before));
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy after, load_policy(options.after));
  const std::vector<policy::Difference> differences = policy::compare(before, after);
  const int code = policy::widens(differences) ? kRefused : kAccepted;
  if (options.json) {
    Json out = policy::differences_json(differences);
    out.set("verdict", word_of(code));
    std::printf("%s\n", codec::to_json(out).c_str());
  } else {
    std::printf("%s", policy::explain(differences).c_str());
  }
  return code;
}

void add_check(CLI::App& policy, const std::shared_ptr<Options>& options, Run& chosen) {
  CLI::App* command =
      policy.add_subcommand("check", "What is missing, can never hold, or is dangerous");
  command->add_option("files", options->files, "policy files")->required();
  command->add_option("--allow", options->allow, "id of a danger that is meant; repeat")
      ->take_all()
      ->expected(1);
  command->add_option("--at", options->at, "judge dates as of this time (RFC 3339)");
  command->add_flag("--json", options->json, "exactly one JSON object on standard output");
  command->footer(
      "Exit 0: sound, but for notes and what is allowed. 10: read it first. 30: no policy.");
  command->callback([&chosen, options] {
    chosen = [options] { return finish(run_check(*options), options->json); };
  });
}

void add_explain(CLI::App& policy, const std::shared_ptr<Options>& options, Run& chosen) {
  CLI::App* command = policy.add_subcommand("explain", "A policy in words");
  command->add_option("file", options->files, "policy file")->required()->expected(1);
  command->add_option("--at", options->at, "judge dates as of this time (RFC 3339)");
  command->callback(
      [&chosen, options] { chosen = [options] { return finish(run_explain(*options), false); }; });
}

void add_diff(CLI::App& policy, const std::shared_ptr<Options>& options, Run& chosen) {
  CLI::App* command =
      policy.add_subcommand("diff", "What a new policy accepts that the old one refused");
  command->add_option("old", options->before, "policy file")->required();
  command->add_option("new", options->after, "policy file")->required();
  command->add_flag("--json", options->json, "exactly one JSON object on standard output");
  command->footer("Exit 0: equal or narrower. 10: something is wider. 30: no policy.");
  command->callback([&chosen, options] {
    chosen = [options] { return finish(run_diff(*options), options->json); };
  });
}

}  // namespace

Result<policy::Policy> load_policy(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(path));
  return policy::Policy::parse(text);
}

Result<Instant> time_option(const std::string& at) {
  if (at.empty()) {
    return SystemClock().now();
  }
  Result<Instant> parsed = parse_rfc3339(at);
  return parsed.ok() ? parsed : bad_option("--at", parsed.error());
}

int finish(const Result<int>& code, bool json) {
  if (code.ok()) {
    return *code;
  }
  return json ? print_error(code.error(), Output::kJson) : report(code.error());
}

void add_policy(CLI::App& parent, Run& chosen) {
  CLI::App* policy =
      parent.add_subcommand("policy", "Check, explain, compare and try policies; import values");
  policy->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  add_check(*policy, options, chosen);
  add_explain(*policy, options, chosen);
  add_diff(*policy, options, chosen);
  add_policy_test(*policy, chosen);
  add_policy_import(*policy, chosen);
  policy->footer("The format: docs/formats/policy.md. A walk through: docs/how-to/policy.md.");
}

}  // namespace claustrum::app
