// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/sim_evidence.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "claustrum/app/files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/simulator/amd_machine.h"
#include "claustrum/simulator/aws_instance.h"
#include "claustrum/simulator/files.h"
#include "claustrum/simulator/intel_collateral.h"
#include "claustrum/simulator/intel_event_log.h"

namespace claustrum::app {

namespace {

using simulator::IntelAuthority;
using simulator::QuoteForm;

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kAuthorityDays = 3650;
constexpr std::int64_t kAwsLeafSeconds = 3 * 3600 + 3;
constexpr const char* kNoProtection = "no protection";

struct Options {
  std::string platform;
  std::string authority;
  std::string report_data;
  std::string out;
  std::string product = "Milan";
  unsigned rsa_bits = 4096;
  int quote_version = 0;
  bool debug = false;
  bool expired = false;
  bool revoked = false;
  bool out_of_date = false;
};

struct Made {
  Bytes evidence;
  evidence::Collateral collateral;
  evidence::TrustedRoot root;
};

Error usage(std::string text) {
  return Error(Code::kNotFound, "sim.evidence", std::move(text));
}

// The signing key's certificate: current, or over since yesterday.
Instant leaf_begin(const Options& options, Instant now) {
  return now + (options.expired ? -20 * kDay : -kDay);
}

Instant leaf_end(const Options& options, Instant now) {
  return now + (options.expired ? -kDay : 365 * kDay);
}

Result<Made> make_amd(const Options& options, const ByteArray<64>& report_data, Instant now) {
  CLAUSTRUM_TRY_ASSIGN(const simulator::AmdAuthority authority,
                       simulator::AmdAuthority::load_or_create(
                           options.authority, {.product = options.product,
                                               .rsa_bits = options.rsa_bits,
                                               .not_before = now + -kDay,
                                               .not_after = now + kAuthorityDays * kDay}));
  simulator::AmdMachineSpec spec;
  spec.not_before = leaf_begin(options, now);
  spec.not_after = leaf_end(options, now);
  spec.crl_this_update = now;
  spec.crl_next_update = now + 30 * kDay;
  spec.intermediate_revoked = options.revoked;
  CLAUSTRUM_TRY_ASSIGN(const simulator::AmdMachine machine,
                       simulator::AmdMachine::create(authority, spec));
  simulator::GuestLaunch launch;
  launch.policy |= options.debug ? evidence::snp::kPolicyDebug : 0;
  return Made{machine.report(launch, report_data), machine.collateral(), authority.root()};
}

Result<QuoteForm> form_of(const Options& options) {
  const bool sgx = options.platform == "intel-sgx";
  switch (options.quote_version) {
    case 0:
      return sgx ? QuoteForm::kSgxV3 : QuoteForm::kTdV4;
    case 3:
      if (!sgx) {
        return usage("quotes of version 3 are for intel-sgx");
      }
      return QuoteForm::kSgxV3;
    case 4:
      return sgx ? QuoteForm::kSgxV4 : QuoteForm::kTdV4;
    case 5:
      return sgx ? QuoteForm::kSgxV5 : QuoteForm::kTd15V5;
    default:
      return usage("--quote-version is 3, 4 or 5");
  }
}

void set_debug(evidence::dcap::Quote& quote) {
  if (auto* td = std::get_if<evidence::dcap::TdReportBody>(&quote.body); td != nullptr) {
    td->td_attributes |= evidence::dcap::kTdDebug;
  } else if (auto* sgx = std::get_if<evidence::dcap::SgxReportBody>(&quote.body); sgx != nullptr) {
    sgx->attributes[0] |= static_cast<std::uint8_t>(evidence::dcap::kSgxDebug);
  }
}

Result<Made> make_intel(const Options& options, const ByteArray<64>& report_data, Instant now) {
  CLAUSTRUM_TRY_ASSIGN(const QuoteForm form, form_of(options));
  CLAUSTRUM_TRY_ASSIGN(
      const IntelAuthority authority,
      IntelAuthority::load_or_create(options.authority, now + -kDay, now + kAuthorityDays * kDay));
  simulator::IntelPlatformSpec spec;
  spec.not_before = leaf_begin(options, now);
  spec.not_after = leaf_end(options, now);
  CLAUSTRUM_TRY_ASSIGN(const simulator::IntelPlatform platform,
                       simulator::IntelPlatform::create(authority, spec));
  simulator::IntelCollateralSpec documents =
      simulator::intel_collateral_spec(platform, simulator::tee_of(form), now);
  if (options.revoked) {
    documents.revoked_by_root = {authority.serial(spec.pck_ca)};
  }
  if (options.out_of_date) {
    // Newer firmware is known than the platform has.
    ++documents.tcb_info.levels.front().sgx[0];
  }
  Made out;
  out.root = authority.root();
  CLAUSTRUM_TRY_ASSIGN(out.collateral, simulator::make_intel_collateral(authority, documents));
  evidence::dcap::Quote quote = platform.blank_quote(form);
  std::visit([&](auto& body) { body.report_data = report_data; }, quote.body);
  if (options.debug) {
    set_debug(quote);
  }
  if (auto* td = std::get_if<evidence::dcap::TdReportBody>(&quote.body); td != nullptr) {
    const auto log = simulator::td_event_log({.agent = {"sim.example boot {\"done\":true}"}});
    simulator::measure(log, *td);
    out.collateral["event_log"] = evidence::tcg::serialize(log);
  }
  out.evidence = platform.sign(quote);
  return out;
}

// The verifier's bytes stand in user_data, nonce and public_key are null [PROTOCOL 2].
Result<Made> make_aws(const Options& options, const ByteArray<64>& report_data, Instant now) {
  using evidence::nitro::Kind;
  CLAUSTRUM_TRY_ASSIGN(const simulator::AwsAuthority authority,
                       simulator::AwsAuthority::load_or_create(options.authority, now + -kDay,
                                                               now + kAuthorityDays * kDay));
  simulator::AwsInstanceSpec spec;
  spec.not_before = options.expired ? leaf_begin(options, now) : now + -60;
  spec.not_after = spec.not_before + kAwsLeafSeconds;
  CLAUSTRUM_TRY_ASSIGN(const simulator::AwsInstance instance,
                       simulator::AwsInstance::create(authority, spec));
  evidence::nitro::Document document =
      instance.blank_document(options.platform == "aws-nitro" ? Kind::kEnclave : Kind::kTpm);
  document.user_data = to_bytes(BytesView(report_data));
  if (options.debug) {
    for (unsigned i = 0; i <= 2; ++i) {
      document.registers[i] = Bytes(evidence::nitro::kSha384Len, 0);
    }
  }
  return Made{instance.sign(document), {}, authority.root()};
}

Result<Made> make(const Options& options, const ByteArray<64>& report_data, Instant now) {
  if (options.platform == "amd-sev-snp") {
    return make_amd(options, report_data, now);
  }
  return options.platform.starts_with("aws-") ? make_aws(options, report_data, now)
                                              : make_intel(options, report_data, now);
}

// As the folders of real evidence have them.
std::string file_name(const std::string& name) {
  if (name.ends_with("_chain")) {
    return name + ".pem";
  }
  if (name == "event_log") {
    return "ccel.bin";
  }
  if (name.ends_with("_signature")) {
    return name.substr(0, name.size() - std::string_view("_signature").size()) + ".sig";
  }
  return name + (name == "tcb_info" || name == "qe_identity" ? ".json" : ".der");
}

codec::Json case_of(const Options& options, const Made& made, Instant now) {
  codec::Json files = codec::Json::object();
  for (const auto& [name, data] : made.collateral) {
    files.set(name, file_name(name));
  }
  codec::Json expected = codec::Json::object();
  expected.set("nonce_hex", options.report_data);
  return codec::Json::object()
      .set("simulated", kNoProtection)
      .set("platform", options.platform)
      .set("evidence", "evidence.bin")
      .set("collateral", std::move(files))
      .set("verify_at", format_rfc3339(now))
      .set("expected", std::move(expected))
      .set("expect", "fail")
      .set("why", "the root is a simulator's, which no vendor signed")
      .set("root", codec::hex_encode(made.root.spki_sha256));
}

Status write_case(const Options& options, const Made& made, Instant now) {
  CLAUSTRUM_TRY(simulator::make_private_directory(options.out));
  const std::string base = options.out + "/";
  CLAUSTRUM_TRY(write_file(base + "evidence.bin", made.evidence));
  for (const auto& [name, data] : made.collateral) {
    CLAUSTRUM_TRY(write_file(base + file_name(name), data));
  }
  return write_file(base + "case.json",
                    as_bytes(codec::to_pretty_json(case_of(options, made, now)) + "\n"));
}

Result<int> run(const Options& options) {
  const Result<Bytes> report_data = codec::hex_decode(options.report_data);
  if (!report_data.ok() || report_data->size() != 64) {
    return usage("--report-data wants 64 bytes, 128 hexadecimal digits");
  }
  std::error_code ignored;
  if (std::filesystem::exists(options.out, ignored)) {
    return usage("--out " + options.out + " is there already");
  }
  const Instant now = SystemClock().now();
  CLAUSTRUM_TRY_ASSIGN(const Made made, make(options, to_array<64>(*report_data), now));
  CLAUSTRUM_TRY(write_case(options, made, now));
  const codec::Json out = codec::Json::object()
                              .set("simulated", kNoProtection)
                              .set("platform", options.platform)
                              .set("root", codec::hex_encode(made.root.spki_sha256))
                              .set("case", options.out);
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

}  // namespace

void add_sim_evidence(CLI::App& sim, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      sim.add_subcommand("evidence", "Make evidence, its collateral and a case.json in a folder");
  command
      ->add_option("--platform", options->platform,
                   "amd-sev-snp, intel-sgx, intel-tdx, aws-nitro or aws-nitrotpm")
      ->required()
      ->check(
          CLI::IsMember({"amd-sev-snp", "intel-sgx", "intel-tdx", "aws-nitro", "aws-nitrotpm"}));
  command->add_option("--authority", options->authority, "the authority's folder; made if missing")
      ->required();
  command
      ->add_option("--report-data", options->report_data,
                   "what the evidence carries: 64 bytes in hex, the verifier's nonce among them")
      ->required();
  command->add_option("--out", options->out, "folder to make; must not exist")->required();
  const CLI::Option* product =
      command->add_option("--product", options->product, "Milan, Genoa or Turin (AMD)")
          ->capture_default_str();
  const CLI::Option* rsa_bits =
      command->add_option("--rsa-bits", options->rsa_bits, "size of a new authority's keys (AMD)")
          ->capture_default_str();
  const CLI::Option* quote_version = command->add_option(
      "--quote-version", options->quote_version,
      "3, 4 or 5 (Intel); else 3 for SGX and 4 for TDX, whose 5 is a TD 1.5 report");
  const CLI::Option* debug =
      command->add_flag("--debug", options->debug, "of a guest or an enclave under debug");
  command->add_flag("--expired", options->expired, "the signing certificate is past its end date");
  const CLI::Option* revoked = command->add_flag(
      "--revoked", options->revoked, "a CRL revokes the CA above that certificate (AMD, Intel)");
  const CLI::Option* out_of_date = command->add_flag(
      "--out-of-date", options->out_of_date, "the firmware is older than the newest (Intel)");
  command->footer(
      "Example:\n  claustrum sim evidence --platform intel-tdx --authority intel \\\n"
      "      --report-data $(openssl rand -hex 64) --out td && claustrum verify --case td\n"
      "verify refuses it (exit 10): nobody trusts a simulator's root unless a policy names it.\n"
      "simulated: no protection");
  using Platforms = std::vector<std::string_view>;
  const Platforms amd = {"amd-sev-snp"};
  const Platforms intel = {"intel-sgx", "intel-tdx"};
  const Platforms chips = {"amd-sev-snp", "intel-sgx", "intel-tdx"};
  const Platforms debuggable = {"amd-sev-snp", "intel-sgx", "intel-tdx", "aws-nitro"};
  const std::vector<std::pair<const CLI::Option*, Platforms>> only = {
      {product, amd},       {rsa_bits, amd},  {quote_version, intel},
      {out_of_date, intel}, {revoked, chips}, {debug, debuggable}};
  command->callback([only, options, &chosen] {
    for (const auto& [option, platforms] : only) {
      const bool fits = std::ranges::find(platforms, options->platform) != platforms.end();
      if (option->count() > 0 && !fits) {
        throw CLI::ValidationError(option->get_name(), "is not for " + options->platform);
      }
    }
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code : report(code.error());
    };
  });
}

}  // namespace claustrum::app
