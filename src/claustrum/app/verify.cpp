// SPDX-License-Identifier: Apache-2.0
// `claustrum verify`: judge a case folder, a piece of evidence by a policy, or an evidence document
// by a profile. Offline; time is now or --at.
#include <filesystem>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/verdict_output.h"
#include "claustrum/app/verifiers.h"
#include "claustrum/codec/hex.h"
#include "claustrum/evidence/core/case_profile.h"
#include "claustrum/evidence/core/envelope.h"

namespace claustrum::app {

namespace {

constexpr int kMaxCaseDepth = 64;
constexpr std::size_t kDigestLen = 32;

struct Options {
  std::string case_dir;
  std::string evidence;
  std::string platform;  // empty: found by the first bytes of the evidence
  std::vector<std::string> collateral;
  std::string policy;
  std::string init_data;
  std::string document;
  std::string profile;
  std::string publisher;
  std::string nonce;
  std::string report_data;
  std::string at;
  bool no_floor = false;
  bool json = false;
};

Output output_of(const Options& options) {
  return options.json ? Output::kJson : Output::kText;
}

Result<Instant> time_of(const Options& options) {
  if (options.at.empty()) {
    return SystemClock().now();
  }
  Result<Instant> at = parse_rfc3339(options.at);
  return at.ok() ? at : bad_option("--at", at.error());
}

const evidence::Claims* unverified(const evidence::Verification& verification) {
  return verification.unverified_claims.has_value() ? &*verification.unverified_claims : nullptr;
}

policy::VerdictView unappraised_view(const evidence::Verification& verification,
                                     const evidence::Factors& factors, Instant at) {
  policy::VerdictView view;
  view.platform = verification.platform;
  view.time = at;
  view.factors = &factors;
  view.claims = verification.claims.has_value() ? &**verification.claims : nullptr;
  view.unverified_claims = unverified(verification);
  view.simulated = view.claims != nullptr && view.claims->simulated;
  view.verdict = verification.malformed     ? policy::Verdict::kMalformed
                 : verification.unsupported ? policy::Verdict::kUnsupported
                                            : policy::Verdict::kRefused;
  return view;
}

// --case: the folder's own case.json says what is demanded and waived.
Result<int> run_case(const Options& options) {
  const std::filesystem::path folder = options.case_dir;
  const evidence::CaseLoader load = [&](std::string_view name) {
    return read_regular_file((folder / name).string());
  };
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, load("case.json"));
  codec::JsonLimits limits;
  // Informational members hold fractions and nest as they like.
  limits.numbers = codec::JsonNumbers::kAny;
  limits.max_depth = kMaxCaseDepth;
  CLAUSTRUM_TRY_ASSIGN(const codec::Json file, codec::parse_json(text, limits));
  CLAUSTRUM_TRY_ASSIGN(const Instant fallback, time_of(options));
  CLAUSTRUM_TRY_ASSIGN(const evidence::Case c, evidence::load_case(file, load, fallback));
  const auto verifier = verifiers().find(c.platform);
  if (verifier == verifiers().end()) {
    return Error(Code::kUnsupported, "verify.platform", "no verifier for this platform yet");
  }
  evidence::VerifyInput input;
  input.evidence = c.evidence;
  input.collateral = &c.collateral;
  input.now = c.verify_at;
  const evidence::Verification verification = verifier->second(input);
  const evidence::CaseVerdict judged = evidence::judge_case(verification, c);
  policy::VerdictView view = unappraised_view(verification, judged.factors, c.verify_at);
  if (judged.accepted) {
    view.verdict = policy::Verdict::kAccepted;
  }
  (void)print_verdict(view, output_of(options));
  return judged.exit_code;
}

Result<evidence::Collateral> load_collateral(const std::vector<std::string>& pairs) {
  evidence::Collateral out;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error(Code::kNotFound, "verify.collateral",
                   "want NAME=FILE, for example vcek=vcek.der");
    }
    CLAUSTRUM_TRY_ASSIGN(Bytes contents, read_file(pair.substr(equals + 1)));
    out[pair.substr(0, equals)] = std::move(contents);
  }
  return out;
}

// Evidence without report data of the verifier's own choice may be of any age: the verdict says so.
Result<evidence::Factors> judge_report_data(const Options& options,
                                            const evidence::Verification& verification) {
  constexpr const char* kExpected = "report data equal to --report-data";
  evidence::Factors out;
  if (options.report_data.empty()) {
    out.add({"nonce", evidence::FactorStatus::kNotAttested, "", "none demanded (--report-data)", "",
             ""});
    return out;
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes wanted, hex_option("--report-data", options.report_data, 0));
  if (!verification.claims.has_value()) {
    out.not_reached({"nonce"});
  } else if (equal(wanted, (*verification.claims)->report_data)) {
    out.pass("nonce", kExpected, "equal");
  } else {
    out.fail("nonce", "verify.report_data", kExpected,
             codec::hex_encode((*verification.claims)->report_data),
             "this evidence answers another request; ask for fresh evidence");
  }
  return out;
}

struct Taken {
  Bytes evidence;
  document::Verifiers::const_iterator verifier;
};

// Opens the container, finds the platform, and says on standard error what it took for what.
Result<Taken> take_evidence(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes file, read_file(options.evidence));
  CLAUSTRUM_TRY_ASSIGN(evidence::Unwrapped unwrapped, evidence::unwrap_evidence(file));
  const std::string platform =
      options.platform.empty() ? detect_platform(unwrapped.evidence) : options.platform;
  if (platform.empty()) {
    return Error(Code::kMalformed, "verify.unrecognised",
                 "no evidence of a platform we know; give its bytes without their container, or "
                 "name the platform with --as");
  }
  const auto verifier = verifiers().find(platform);
  if (verifier == verifiers().end()) {
    return Error(Code::kUnsupported, "verify.platform", "no verifier for this platform yet");
  }
  if (options.platform.empty() || unwrapped.container != "raw") {
    std::fprintf(stderr, "verify: taken as %s (%s)\n", platform.c_str(),
                 unwrapped.container.c_str());
  }
  return Taken{std::move(unwrapped.evidence), verifier};
}

Result<int> run_evidence(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_of(options));
  CLAUSTRUM_TRY_ASSIGN(const Taken taken, take_evidence(options));
  const auto verifier = taken.verifier;
  CLAUSTRUM_TRY_ASSIGN(const evidence::Collateral collateral, load_collateral(options.collateral));
  evidence::VerifyInput input;
  input.evidence = taken.evidence;
  input.collateral = &collateral;
  input.now = now;
  if (options.policy.empty()) {
    // Authentic at best: without a policy nothing says that it is acceptable.
    evidence::Verification verification = verifier->second(input);
    CLAUSTRUM_TRY_ASSIGN(const evidence::Factors nonce, judge_report_data(options, verification));
    verification.factors.add(nonce.list().front());
    verification.factors.fail("policy", "policy.none", "a policy", "none given",
                              "pass --policy FILE; without one evidence is authentic at best");
    return print_verdict(unappraised_view(verification, verification.factors, now),
                         output_of(options));
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes policy_text, read_file(options.policy));
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy policy, policy::Policy::parse(policy_text));
  const evidence::Floors floors = policy.floors();
  input.floors = options.no_floor ? nullptr : &floors;
  input.extra_roots = policy.trusted_roots(now);
  const evidence::Verification verification = verifier->second(input);
  Bytes init_data;
  policy::AppraisalInput judged;
  judged.verification = &verification;
  judged.now = now;
  CLAUSTRUM_TRY_ASSIGN(judged.more, judge_report_data(options, verification));
  if (!options.init_data.empty()) {
    CLAUSTRUM_TRY_ASSIGN(init_data, read_file(options.init_data));
    judged.init_data = init_data;
  }
  const policy::Appraisal appraisal = policy::appraise(policy, judged);
  policy::VerdictView view = policy::view_of(appraisal);
  view.unverified_claims = unverified(verification);
  return print_verdict(view, output_of(options));
}

Result<int> run_document(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_of(options));
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher,
                       hex_option("--publisher", options.publisher, kDigestLen));
  CLAUSTRUM_TRY_ASSIGN(const Bytes nonce, hex_option("--nonce", options.nonce, kDigestLen));
  CLAUSTRUM_TRY_ASSIGN(const Bytes document, read_file(options.document));
  CLAUSTRUM_TRY_ASSIGN(const Bytes profile_text, read_file(options.profile));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile profile,
                       document::verify_profile(profile_text, publisher));
  document::DocumentInput input;
  input.document = document;
  input.nonce = to_array<32>(nonce);
  input.now = now;
  input.profile = &profile;
  input.verifiers = &verifiers();
  const document::DocumentVerdict verdict = document::verify_document(input);
  return print_verdict(policy::view_of(verdict.appraisal), output_of(options));
}

int run(const Options& options) {
  const Result<int> code = !options.case_dir.empty()   ? run_case(options)
                           : !options.document.empty() ? run_document(options)
                                                       : run_evidence(options);
  return code.ok() ? *code : print_error(code.error(), output_of(options));
}

}  // namespace

void add_verify(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("verify", "Judge evidence and explain the verdict");
  CLI::Option* case_dir =
      command
          ->add_option("--case", options->case_dir, "folder with case.json, evidence, collateral")
          ->check(CLI::ExistingDirectory);
  CLI::Option* document = command->add_option("--document", options->document,
                                              "evidence document to judge by a profile");
  CLI::Option* evidence = command->add_option("evidence", options->evidence, "evidence file");
  CLI::Option* platform =
      command->add_option("--as,--platform", options->platform,
                          "platform of the evidence; left out: found by its first bytes");
  CLI::Option* collateral = command->add_option(
      "--collateral", options->collateral, "NAME=FILE (vcek, vlek, ask, asvk, ark, crl); repeat");
  CLI::Option* policy = command->add_option("--policy", options->policy, "policy file");
  CLI::Option* init_data = command->add_option("--init-data", options->init_data,
                                               "init-data the workload was launched with");
  CLI::Option* report_data =
      command->add_option("--report-data", options->report_data,
                          "what the evidence must carry as report data (hex, all of it)");
  CLI::Option* profile = command->add_option("--profile", options->profile, "service profile");
  CLI::Option* publisher =
      command->add_option("--publisher", options->publisher, "SHA-256 of the publisher key (hex)");
  CLI::Option* nonce = command->add_option("--nonce", options->nonce, "your nonce (64 hex digits)");
  command->add_option("--at", options->at, "judge as of this time (RFC 3339) instead of now");
  CLI::Option* no_floor = command->add_flag(
      "--no-floor", options->no_floor, "judge without collateral floors (the verdict says so)");
  command->add_flag("--json", options->json, "exactly one JSON object on standard output");
  document->needs(profile)->needs(publisher)->needs(nonce)->excludes(case_dir)->excludes(evidence);
  case_dir->excludes(evidence);
  // An option that would not be looked at is an error: whoever gives a nonce believes in it.
  for (CLI::Option* option : {profile, publisher, nonce}) {
    option->needs(document);
  }
  for (CLI::Option* option : {platform, collateral, policy, init_data, report_data, no_floor}) {
    option->needs(evidence);
  }
  command->footer(
      "Examples:\n"
      "  claustrum verify report.bin --collateral vcek=vcek.der --collateral ask=ask.der \\\n"
      "      --collateral ark=ark.der --collateral crl=crl.der --policy policy.toml\n"
      "  claustrum verify quote.b64 --as intel-tdx --policy policy.toml --collateral tcb_info=F "
      "...\n"
      "  claustrum verify --case ../shared/evidence/snp-v3-milan-vcek-oak\n"
      "  claustrum verify --document d.json --profile p.json --publisher HEX --nonce HEX");
  command->callback([&chosen, options, case_dir, document, evidence] {
    if (case_dir->count() + document->count() + evidence->count() == 0) {
      throw CLI::RequiredError("one of EVIDENCE, --case, --document");
    }
    chosen = [options] { return run(*options); };
  });
}

}  // namespace claustrum::app
