// SPDX-License-Identifier: Apache-2.0
// No input makes a verification use more than 64 MiB or one second: the largest input that passes
// and the worst that we can think of, each read and verified by a process of its own, whose peak
// memory (all of it: code, libraries, the input) and processor time the kernel tells. Fails where
// one is over its bound.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/snp/verify.h"
#include "claustrum/evidence/tdx/verify.h"
#include "claustrum/simulator/amd_machine.h"
#include "claustrum/simulator/intel_collateral.h"

namespace claustrum::bench {
namespace {

namespace dcap = evidence::dcap;
namespace fs = std::filesystem;
using Signer = simulator::IntelAuthority::Signer;

constexpr Instant kNow{1780272000};
constexpr std::int64_t kDay = 86400;
constexpr double kMaxMiB = 64;
constexpr double kMaxSeconds = 1;
constexpr std::size_t kMaxRevoked = 100'000;
constexpr std::size_t kHuge = std::size_t{16} << 20;  // the most a program here reads of a file

struct Input {
  const char* platform;
  Bytes evidence;
  evidence::Collateral collateral;
  evidence::TrustedRoot root;
};

void write_file(const fs::path& path, BytesView data) {
  std::ofstream(path, std::ios::binary) << as_text(data);
}

Bytes read_file(const fs::path& path) {
  Bytes out(fs::file_size(path));
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  CLAUSTRUM_CHECK(file != nullptr && std::fread(out.data(), 1, out.size(), file) == out.size());
  std::fclose(file);
  return out;
}

// Of this process since it was executed: what it inherited from its parent does not count.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  double kib = 0;
  status >> kib;
  return kib / 1024;
}

double processor_seconds() {
  rusage usage{};
  CLAUSTRUM_CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// In the child: the folder's files, as `claustrum verify` would have them.
int verify_folder(const std::string& platform, const fs::path& folder) {
  evidence::Collateral collateral;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "collateral")) {
    collateral[entry.path().filename()] = read_file(entry.path());
  }
  const Bytes evidence = read_file(folder / "evidence");
  evidence::VerifyInput in;
  in.evidence = evidence;
  in.collateral = &collateral;
  in.now = kNow;
  in.extra_roots = {{read_file(folder / "root"), "simulated", true}};
  const evidence::Verification v = platform == "snp"   ? evidence::snp::verify(in)
                                   : platform == "sgx" ? evidence::sgx::verify(in)
                                                       : evidence::tdx::verify(in);
  std::string faults;
  for (const evidence::Factor& factor : v.factors.list()) {
    // Roots here are simulated and there are no floors.
    if (factor.status == evidence::FactorStatus::kFail && factor.id != "simulated" &&
        factor.id != "collateral-current") {
      faults += " " + factor.reason;
    }
  }
  const double mib = peak_mib();
  const double seconds = processor_seconds();
  const bool good = mib <= kMaxMiB && seconds <= kMaxSeconds;
  std::printf("%6.1f MiB, %4.0f ms%s%s\n", mib, seconds * 1e3,
              faults.empty() ? " passes" : faults.c_str(), good ? "" : "  OVER ITS BOUND");
  return good ? 0 : 1;
}

// Over its bound: false.
bool measure(const std::string& name, const Input& input) {
  const fs::path folder =
      fs::temp_directory_path() / ("claustrum-bounds-" + std::to_string(getpid()));
  fs::create_directories(folder / "collateral");
  std::size_t size = input.evidence.size();
  write_file(folder / "evidence", input.evidence);
  write_file(folder / "root", input.root.spki_sha256);
  for (const auto& [file, data] : input.collateral) {
    write_file(folder / "collateral" / file, data);
    size += data.size();
  }
  std::printf("%-48s %6.2f MiB in; ", name.c_str(), static_cast<double>(size) / (1 << 20));
  std::fflush(stdout);
  const pid_t child = ::fork();
  CLAUSTRUM_CHECK(child >= 0);
  if (child == 0) {
    ::execl("/proc/self/exe", "bench_bounds", input.platform, folder.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  CLAUSTRUM_CHECK(::waitpid(child, &status, 0) == child);
  fs::remove_all(folder);
  return status == 0;
}

struct Intel {
  simulator::IntelAuthority authority =
      simulator::IntelAuthority::create(kNow + -1000 * kDay, kNow + 9000 * kDay).value();
  simulator::IntelPlatform platform;
  simulator::IntelCollateralSpec documents;

  explicit Intel(dcap::Tee tee)
      : platform(make_platform(authority)),
        documents(simulator::intel_collateral_spec(platform, tee, kNow + -5 * kDay)) {}
  static simulator::IntelPlatform make_platform(const simulator::IntelAuthority& authority) {
    simulator::IntelPlatformSpec spec;
    spec.not_before = kNow + -10 * kDay;
    spec.not_after = kNow + 300 * kDay;
    return simulator::IntelPlatform::create(authority, spec).value();
  }
  Input input(simulator::QuoteForm form) const {
    const bool sgx = simulator::tee_of(form) == dcap::Tee::kSgx;
    return {sgx ? "sgx" : "tdx", platform.quote(form, {}),
            simulator::make_intel_collateral(authority, documents).value(), authority.root()};
  }
  void sign(Input& to, const char* name, std::string_view text) const {
    simulator::sign_document(to.collateral, name, to_bytes(text),
                             authority.key(Signer::kTcbSigning));
  }
};

std::vector<Bytes> many_serials() {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < kMaxRevoked; ++i) {
    Bytes serial(20, 0x55);
    serial[17] = static_cast<std::uint8_t>(i >> 16);
    serial[18] = static_cast<std::uint8_t>(i >> 8);
    serial[19] = static_cast<std::uint8_t>(i);
    out.push_back(std::move(serial));
  }
  return out;
}

std::string repeated(std::string_view unit, std::size_t size) {
  std::string out;
  while (out.size() + unit.size() <= size) {
    out += unit;
  }
  return out;
}

// A signed document of the largest size, filled up by a member nobody knows.
std::string filled(const codec::Json& document, std::string_view open, std::string_view unit,
                   std::string_view last, std::string_view close) {
  std::string text = codec::to_json(document);
  text.back() = ',';
  text += "\"x\":" + std::string(open);
  const std::size_t rest = dcap::kMaxTcbInfoLen - text.size() - last.size() - close.size() - 1;
  return text + repeated(unit, rest) + std::string(last) + std::string(close) + "}";
}

bool intel_cases(dcap::Tee tee, simulator::QuoteForm form, const std::string& name) {
  Intel intel(tee);
  const Input plain = intel.input(form);
  bool good = measure(name + ", plain", plain);
  const codec::Json document = codec::parse_json(plain.collateral.at("tcb_info")).value();

  // Everything at its largest, and all of it good.
  while (intel.documents.tcb_info.levels.size() < 256) {
    dcap::TcbLevel older = intel.documents.tcb_info.levels.back();
    older.sgx[15] = static_cast<std::uint8_t>(intel.documents.tcb_info.levels.size());
    intel.documents.tcb_info.levels.push_back(std::move(older));
  }
  intel.documents.revoked_pck = many_serials();
  intel.documents.revoked_by_root = many_serials();
  Input largest = intel.input(form);
  largest.evidence.resize(dcap::kMaxQuoteLen);  // zero padding
  for (const char* list : {"pck_crl", "root_ca_crl"}) {
    largest.collateral[list] = to_bytes(codec::hex_encode(largest.collateral.at(list)));
  }
  intel.sign(
      largest, "tcb_info",
      filled(codec::parse_json(largest.collateral.at("tcb_info")).value(), "[", "{},", "{}", "]"));
  good &= measure(name + ", everything at its largest", largest);

  const std::pair<const char*, std::string> documents[] = {
      {"256 KiB of numbers", filled(document, "[", "0,", "0", "]")},
      {"256 KiB of empty objects", filled(document, "[", "{},", "{}", "]")},
      {"256 KiB of escapes", filled(document, "\"", "\\u0041", "", "\"")},
      {"256 KiB of nesting", filled(document, "", "[", "0", "")},
  };
  for (const auto& [what, text] : documents) {
    Input input = plain;
    intel.sign(input, "tcb_info", text);
    good &= measure(name + ", TCB Info of " + what, input);
  }
  std::string members;
  for (int i = 0; members.size() < dcap::kMaxTcbInfoLen - 16; ++i) {
    members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  }
  Input input = plain;
  intel.sign(input, "qe_identity", "{" + members + "}");
  good &= measure(name + ", an object of many members", input);
  for (const char* what : {"tcb_info", "pck_crl", "tcb_info_issuer_chain"}) {
    for (const char* unit : {"[", "30", "-----BEGIN CERTIFICATE-----\nAA\n", "{\"tcbInfo\":"}) {
      Input huge = plain;
      huge.collateral[what] = to_bytes(repeated(unit, kHuge));
      good &= measure(name + ", 16 MiB in " + what + ": " + std::string(unit).substr(0, 10), huge);
    }
  }
  Input quote = plain;
  quote.evidence = Bytes(kHuge, 3);
  good &= measure(name + ", a quote of 16 MiB", quote);
  return good;
}

bool snp_cases() {
  simulator::AmdAuthorityOptions options;
  options.not_before = kNow + -kDay;
  options.not_after = kNow + 9000 * kDay;
  const auto authority = simulator::AmdAuthority::create(options).value();
  simulator::AmdMachineSpec spec;
  spec.not_before = kNow + -kDay;
  spec.not_after = kNow + 300 * kDay;
  spec.crl_this_update = kNow + -kDay;
  spec.crl_next_update = kNow + 300 * kDay;
  const auto machine = simulator::AmdMachine::create(authority, spec).value();
  const Input plain{"snp", machine.report({}, {}), machine.collateral(), authority.root()};
  bool good = measure("SNP, plain", plain);
  for (const auto& [name, data] : plain.collateral) {
    for (const char* unit : {"-----BEGIN CERTIFICATE-----\nAA\n", "0"}) {
      Input huge = plain;
      huge.collateral[name] = to_bytes(repeated(unit, kHuge));
      good &= measure("SNP, 16 MiB in " + name + ": " + std::string(unit).substr(0, 10), huge);
    }
  }
  Input crl = plain;
  std::vector<std::uint64_t> serials(kMaxRevoked, 1);
  for (std::size_t i = 0; i < serials.size(); ++i) {
    serials[i] = ~std::uint64_t{0} - i;
  }
  crl.collateral["crl"] =
      authority.issue_crl(spec.crl_this_update, spec.crl_next_update, std::move(serials)).value();
  good &= measure("SNP, a CRL of 100,000 certificates", crl);
  Input report = plain;
  report.evidence = Bytes(kHuge, 2);
  good &= measure("SNP, a report of 16 MiB", report);
  return good;
}

}  // namespace
}  // namespace claustrum::bench

int main(int argc, char** argv) {
  using namespace claustrum::bench;
  if (argc == 3) {
    return verify_folder(argv[1], argv[2]);
  }
  // `./dev bench` gives every program its filter.
  const std::string filter = argc == 2 ? argv[1] : "";
  if (!filter.empty() && !filter.ends_with("=.") && !filter.ends_with("=bounds")) {
    return 0;
  }
  using claustrum::simulator::QuoteForm;
  bool good = intel_cases(claustrum::evidence::dcap::Tee::kSgx, QuoteForm::kSgxV3, "SGX");
  good &= intel_cases(claustrum::evidence::dcap::Tee::kTdx, QuoteForm::kTd15V5, "TDX");
  good &= snp_cases();
  return good ? 0 : 1;
}
