// SPDX-License-Identifier: Apache-2.0
// `claustrum sim`: simulated authorities of AMD, Intel and AWS, and a simulated SEV-SNP machine
// that measures a program and runs exactly the measured bytes. It protects nothing and says so.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/sim_evidence.h"
#include "claustrum/codec/hex.h"
#include "claustrum/policy/init_data.h"
#include "claustrum/simulator/amd_machine.h"
#include "claustrum/simulator/aws_authority.h"
#include "claustrum/simulator/intel_authority.h"
#include "claustrum/simulator/launch.h"
#include "claustrum/simulator/report_device.h"

namespace claustrum::app {

namespace {

constexpr std::int64_t kDay = 86'400;
constexpr std::size_t kMaxWorkload = std::size_t{512} << 20;

struct Options {
  std::string authority;
  std::string vendor = "amd";
  std::string product = "Milan";
  unsigned rsa_bits = 4096;
  std::string init_data;
  bool debug = false;
  bool expired_vcek = false;
  bool revoked = false;
  std::vector<std::string> command;
};

volatile std::sig_atomic_t g_child = 0;

extern "C" void forward_signal(int signal) {
  if (g_child > 0) {
    (void)::kill(static_cast<pid_t>(g_child), signal);
  }
}

Result<simulator::AmdAuthority> load_authority(const Options& options) {
  const Instant now = SystemClock().now();
  return simulator::AmdAuthority::load_or_create(options.authority,
                                                 {.product = options.product,
                                                  .rsa_bits = options.rsa_bits,
                                                  .not_before = now + -kDay,
                                                  .not_after = now + 3650 * kDay});
}

template <typename Authority>
Result<int> run_authority_of(const Options& options) {
  const Instant now = SystemClock().now();
  CLAUSTRUM_TRY_ASSIGN(
      const Authority authority,
      Authority::load_or_create(options.authority, now + -kDay, now + 3650 * kDay));
  codec::Json out = codec::Json::object();
  out.set("simulated", "no protection")
      .set("vendor", options.vendor)
      .set("root", codec::hex_encode(authority.root().spki_sha256));
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

Result<int> run_authority(const Options& options) {
  if (options.vendor == "intel") {
    return run_authority_of<simulator::IntelAuthority>(options);
  }
  if (options.vendor == "aws") {
    return run_authority_of<simulator::AwsAuthority>(options);
  }
  CLAUSTRUM_TRY_ASSIGN(const simulator::AmdAuthority authority, load_authority(options));
  codec::Json out = codec::Json::object();
  out.set("simulated", "no protection")
      .set("product", authority.product())
      .set("root", codec::hex_encode(authority.root().spki_sha256));
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

simulator::AmdMachineSpec machine_spec(const Options& options, Instant now) {
  simulator::AmdMachineSpec spec;
  spec.not_before = now + (options.expired_vcek ? -20 * kDay : -kDay);
  spec.not_after = now + (options.expired_vcek ? -kDay : 365 * kDay);
  spec.crl_this_update = now;
  spec.crl_next_update = now + 30 * kDay;
  spec.intermediate_revoked = options.revoked;
  return spec;
}

// The workload's bytes in an unnamed, sealed file: what was measured is what is started.
Result<int> measured_file(BytesView contents) {
  const int fd = ::memfd_create("workload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  std::size_t done = 0;
  while (fd >= 0 && done < contents.size()) {
    const ssize_t count = ::write(fd, contents.data() + done, contents.size() - done);
    if (count <= 0) {
      break;
    }
    done += static_cast<std::size_t>(count);
  }
  if (fd < 0 || done != contents.size() ||
      ::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return Error(Code::kUnavailable, "sim.workload", "cannot hold the workload in memory");
  }
  return fd;
}

// What the guest starts with, and nothing else: a variable of the host's (LD_PRELOAD, OPENSSL_CONF)
// would run code that nobody measured. TMPDIR is a path, as an argument is.
std::vector<std::string> guest_environment(int device) {
  std::vector<std::string> out = {"CLAUSTRUM_SIM_DEVICE=" + std::to_string(device),
                                  "PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
  if (const char* scratch = std::getenv("TMPDIR"); scratch != nullptr) {
    out.push_back(std::string("TMPDIR=") + scratch);
  }
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

Result<int> start_and_wait(std::vector<std::string> command, int file, int device) {
  std::vector<std::string> variables = guest_environment(device);
  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> environment = pointers(variables);
  (void)::fcntl(device, F_SETFD, 0);
  const std::string failed = "claustrum: unsupported sim.exec: " + command.front() +
                             " is no program that can be started here\n";
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (::getppid() == parent) {
      (void)::fexecve(file, arguments.data(), environment.data());
    }
    (void)!::write(2, failed.data(), failed.size());
    ::_exit(127);
  }
  ::close(device);
  ::close(file);
  if (child < 0) {
    return Error(Code::kUnavailable, "sim.start", "cannot start the workload");
  }
  g_child = child;
  (void)std::signal(SIGTERM, forward_signal);
  (void)std::signal(SIGINT, forward_signal);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Result<int> run_machine(const Options& options) {
  const Instant now = SystemClock().now();
  CLAUSTRUM_TRY_ASSIGN(const simulator::AmdAuthority authority, load_authority(options));
  CLAUSTRUM_TRY_ASSIGN(const simulator::AmdMachine machine,
                       simulator::AmdMachine::create(authority, machine_spec(options, now)));
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(options.init_data));
  CLAUSTRUM_TRY_ASSIGN(const policy::InitData init_data, policy::parse_init_data(text));
  CLAUSTRUM_TRY_ASSIGN(const Bytes workload, read_file(options.command.front(), kMaxWorkload));
  const Bytes digest = init_data.digest();
  simulator::GuestLaunch launch;
  if (digest.size() != launch.host_data.size()) {
    return Error(Code::kUnsupported, "sim.init_data", "HOST_DATA holds a sha256 digest");
  }
  launch.host_data = to_array<32>(digest);
  launch.measurement = simulator::measure_workload(workload);
  launch.policy |= options.debug ? evidence::snp::kPolicyDebug : 0;
  std::fprintf(stderr, "sim: SEV-SNP guest, simulated: no protection; measurement %s\n",
               codec::hex_encode(launch.measurement).c_str());
  CLAUSTRUM_TRY_ASSIGN(const int file, measured_file(workload));
  CLAUSTRUM_TRY_ASSIGN(const simulator::ReportChannel channel, simulator::open_report_channel());
  const simulator::ReportServer device(channel.server, machine, launch);
  return start_and_wait(options.command, file, channel.workload);
}

int finish(const Result<int>& code) {
  return code.ok() ? *code : report(code.error());
}

void add_authority_options(CLI::App* command, Options& options) {
  command->add_option("--authority", options.authority, "the authority's folder; made if missing")
      ->required();
  command->add_option("--product", options.product, "Milan, Genoa or Turin")->capture_default_str();
  command->add_option("--rsa-bits", options.rsa_bits, "size of the authority's keys (AMD: 4096)")
      ->capture_default_str();
}

}  // namespace

void add_sim(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("sim", "Simulated TEEs in the vendors' real formats");
  command->require_subcommand(1);
  CLI::App* authority =
      command->add_subcommand("authority", "Make or show a simulated vendor's root");
  add_authority_options(authority, *options);
  authority->add_option("--vendor", options->vendor, "amd, intel or aws")
      ->capture_default_str()
      ->check(CLI::IsMember({"amd", "intel", "aws"}));
  authority->callback([&chosen, authority, options] {
    for (const char* name : {"--product", "--rsa-bits"}) {
      if (options->vendor != "amd" && authority->count(name) > 0) {
        throw CLI::ValidationError(name, "is not for " + options->vendor);
      }
    }
    chosen = [options] { return finish(run_authority(*options)); };
  });

  CLI::App* machine =
      command->add_subcommand("run", "Measure a program, bind init-data and run it as a guest");
  add_authority_options(machine, *options);
  machine->add_option("--init-data", options->init_data, "init-data file")->required();
  machine->add_flag("--debug", options->debug, "launch with the DEBUG policy bit set");
  machine->add_flag("--expired-vcek", options->expired_vcek, "use a VCEK past its end date");
  machine->add_flag("--revoked", options->revoked, "use a CRL that revokes the ASK");
  machine->add_option("command", options->command, "program and its arguments, after --")
      ->required();
  machine->footer(
      "Example:\n  claustrum sim run --authority amd --init-data init-data.toml -- "
      "/usr/bin/claustrum serve ...\nThe guest finds its report device through "
      "CLAUSTRUM_SIM_DEVICE.");
  machine->callback(
      [&chosen, options] { chosen = [options] { return finish(run_machine(*options)); }; });
  add_sim_evidence(*command, chosen);
}

}  // namespace claustrum::app
