// SPDX-License-Identifier: Apache-2.0
// `claustrum verify` and claustrum-verify: judge a case folder, a piece of evidence by a policy, or
// an evidence document by a profile. Offline; time is now or --at. This file reads what the command
// line names; judging is claustrum/verify's.
#include <algorithm>
#include <filesystem>

#include "claustrum/app/read_file.h"
#include "claustrum/app/verdict_output.h"
#include "claustrum/app/verify_command.h"
#include "claustrum/crypto/process.h"
#include "claustrum/verify/judgement.h"

namespace claustrum::app {

namespace {

constexpr std::size_t kDigestLen = 32;
constexpr std::size_t kMaxInput = std::size_t{20} << 20;

struct Options {
  std::string case_dir;
  std::string evidence;
  std::string platform;  // empty: found by the first bytes of the evidence
  std::vector<std::string> collateral;
  std::string event_log;
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
  AlsoDo also;
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

// The files of one verification count together: with the work on them they stay within 64 MiB,
// however many there are.
class InputFiles {
 public:
  Result<Bytes> read(const std::string& path) {
    return counted(read_file(path, std::min(kMaxFile, left_)));
  }
  Result<Bytes> read_regular(const std::string& path) {
    return counted(read_regular_file(path, std::min(kMaxFile, left_)));
  }

 private:
  Result<Bytes> counted(Result<Bytes> contents) {
    if (contents.ok()) {
      contents->shrink_to_fit();  // read block by block, it may have room for twice as much
      left_ -= contents->size();
    }
    return contents;
  }
  std::size_t left_ = kMaxInput;
};

// --case: the folder's own case.json says what is demanded and waived.
Result<Judged> run_case(const Options& options) {
  const std::filesystem::path folder = options.case_dir;
  InputFiles files;
  const evidence::CaseLoader load = [&](std::string_view name) {
    return files.read_regular((folder / name).string());
  };
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, load("case.json"));
  CLAUSTRUM_TRY_ASSIGN(const Instant fallback, time_of(options));
  return Judged{verify::verify_case(text, load, fallback), JudgedForm::kCase, {}, {}};
}

Result<evidence::Collateral> load_collateral(InputFiles& files,
                                             const std::vector<std::string>& pairs) {
  evidence::Collateral out;
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      return Error(Code::kNotFound, "verify.collateral",
                   "want NAME=FILE, for example vcek=vcek.der");
    }
    CLAUSTRUM_TRY_ASSIGN(Bytes contents, files.read(pair.substr(equals + 1)));
    out[pair.substr(0, equals)] = std::move(contents);
  }
  return out;
}

Status add_event_log(InputFiles& files, const std::string& path, evidence::Collateral& to) {
  CLAUSTRUM_TRY_ASSIGN(Bytes contents, files.read(path));
  if (!to.try_emplace("event_log", std::move(contents)).second) {
    return Error(Code::kNotFound, "verify.collateral",
                 "--event-log and --collateral event_log=... are one thing");
  }
  return ok_status();
}

// Left out, or the file's contents.
Result<std::optional<Bytes>> read_option(const std::string& path) {
  if (path.empty()) {
    return std::optional<Bytes>();
  }
  CLAUSTRUM_TRY_ASSIGN(Bytes contents, read_file(path));
  return std::optional<Bytes>(std::move(contents));
}

// Nothing is guessed in silence.
void say_taken(const Options& options, const verify::Verdict& verdict) {
  const std::string container = verdict.container();
  if (!container.empty() && (options.platform.empty() || container != "raw")) {
    std::fprintf(stderr, "verify: taken as %s (%s)\n", verdict.platform().c_str(),
                 container.c_str());
  }
}

Result<Judged> run_evidence(const Options& options) {
  verify::Input input;
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_of(options));
  InputFiles files;
  CLAUSTRUM_TRY_ASSIGN(Bytes file, files.read(options.evidence));
  CLAUSTRUM_TRY_ASSIGN(input.collateral, load_collateral(files, options.collateral));
  if (!options.event_log.empty()) {
    CLAUSTRUM_TRY(add_event_log(files, options.event_log, input.collateral));
  }
  CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> policy, read_option(options.policy));
  CLAUSTRUM_TRY_ASSIGN(const std::optional<Bytes> init_data, read_option(options.init_data));
  std::optional<Bytes> report_data;
  if (!options.report_data.empty()) {
    CLAUSTRUM_TRY_ASSIGN(report_data, hex_option("--report-data", options.report_data, 0));
    input.report_data = *report_data;
  }
  input.evidence = file;
  input.platform = options.platform;
  if (policy) {
    input.policy = as_text(*policy);
  }
  if (init_data) {
    input.init_data = *init_data;
  }
  input.floors = !options.no_floor;
  input.time = now.seconds;
  input.time_source = options.at.empty() ? "" : "--at";
  verify::Verdict verdict = verify::verify(input);
  say_taken(options, verdict);
  return Judged{std::move(verdict), JudgedForm::kEvidence, std::move(file), std::move(report_data)};
}

Result<Judged> run_document(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Instant now, time_of(options));
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher,
                       hex_option("--publisher", options.publisher, kDigestLen));
  CLAUSTRUM_TRY_ASSIGN(const Bytes nonce, hex_option("--nonce", options.nonce, kDigestLen));
  CLAUSTRUM_TRY_ASSIGN(Bytes document, read_file(options.document));
  CLAUSTRUM_TRY_ASSIGN(const Bytes profile, read_file(options.profile));
  verify::DocumentInput input;
  input.document = document;
  input.profile = profile;
  input.publisher_sha256 = to_array<kDigestLen>(publisher);
  input.nonce = to_array<kDigestLen>(nonce);
  input.time = now.seconds;
  input.time_source = options.at.empty() ? "" : "--at";
  verify::Verdict verdict = verify::verify_document(input);
  return Judged{std::move(verdict), JudgedForm::kDocument, std::move(document), nonce};
}

int run(const Options& options) {
  crypto::ignore_openssl_configuration();
  const Result<Judged> judged = !options.case_dir.empty()   ? run_case(options)
                                : !options.document.empty() ? run_document(options)
                                                            : run_evidence(options);
  if (!judged.ok()) {
    return print_error(judged.error(), output_of(options));
  }
  const Status also = options.also ? options.also(*judged) : ok_status();
  return also.ok() ? print_verdict(judged->verdict, output_of(options))
                   : print_error(also.error(), output_of(options));
}

}  // namespace

void set_up_verify(CLI::App& app, const std::string& program, Run& chosen, AlsoDo also) {
  auto options = std::make_shared<Options>();
  options->also = std::move(also);
  CLI::App* command = &app;
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
      "--collateral", options->collateral,
      "NAME=FILE; repeat. AMD: vcek, vlek, ask, asvk, ark, crl; Intel: tcb_info, qe_identity, "
      "their _signature and _issuer_chain, pck_crl, pck_crl_issuer_chain, root_ca_crl");
  CLI::Option* event_log = command->add_option(
      "--event-log", options->event_log,
      "log of what a TD's RTMRs were extended with: CCEL, or dstack's or an agent's");
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
  for (CLI::Option* option :
       {platform, collateral, event_log, policy, init_data, report_data, no_floor}) {
    option->needs(evidence);
  }
  command->footer(
      "Examples:\n  " + program +
      " report.bin --collateral vcek=vcek.der --collateral ask=ask.der \\\n"
      "      --collateral ark=ark.der --collateral crl=crl.der --policy policy.toml\n  " +
      program + " quote.b64 --as intel-tdx --policy policy.toml --collateral tcb_info=F ...\n  " +
      program + " --case ../shared/evidence/snp-v3-milan-vcek-oak\n  " + program +
      " --document d.json --profile p.json --publisher HEX --nonce HEX");
  command->callback([&chosen, options, case_dir, document, evidence] {
    if (case_dir->count() + document->count() + evidence->count() == 0) {
      throw CLI::RequiredError("one of EVIDENCE, --case, --document");
    }
    chosen = [options] { return run(*options); };
  });
}

}  // namespace claustrum::app
