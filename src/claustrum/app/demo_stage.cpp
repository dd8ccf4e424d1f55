// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_stage.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "claustrum/app/demo_folder.h"
#include "claustrum/app/demo_model.h"
#include "claustrum/app/files.h"
#include "claustrum/app/release.h"

namespace claustrum::app {

namespace {

namespace fs = std::filesystem;

constexpr const char* kOrigin = "claustrum.example/demo-log";
constexpr const char* kExtension = ".gguf";

std::string release_config(const StageOptions& options, const std::string& folder,
                           const std::string& model, const std::string& program,
                           const std::string& broker_url, const std::string& root) {
  const std::pair<const char*, std::string> texts[] = {{"service", "clinic-assistant"},
                                                       {"publisher", "Demo clinic"},
                                                       {"workload", program},
                                                       {"engine", options.engine},
                                                       {"libraries", options.libraries},
                                                       {"sealed-model", folder + "/sealed"},
                                                       {"model-file", model + kExtension},
                                                       {"model-name", model},
                                                       {"broker-url", broker_url},
                                                       {"simulated-root", root},
                                                       {"ledger-origin", kOrigin}};
  std::string out =
      "number = 1\nvalid-days = 30\n"
      "engine-arguments = [\"--threads\", \"1\", \"--context\", \"2048\", \"--model-name\", " +
      toml_string(model) + "]\n";
  for (const auto& [name, text] : texts) {
    out.append(name).append(" = ").append(toml_string(text)).append("\n");
  }
  return out;
}

}  // namespace

Stage::Stage(StageOptions options, std::string folder)
    : options_(std::move(options)),
      model_(plain_model_name(options_.model)),
      folder_(std::move(folder)),
      program_(own_path()) {}

Result<std::unique_ptr<Stage>> Stage::make(const StageOptions& options) {
  CLAUSTRUM_TRY_ASSIGN(std::string folder, make_demo_folder());
  (void)::mkdir((folder + "/operator").c_str(), 0700);
  (void)::mkdir((folder + "/client").c_str(), 0700);
  return std::unique_ptr<Stage>(new Stage(options, std::move(folder)));
}

Stage::~Stage() {
  while (!running_.empty()) {
    running_.pop_back();  // last started, first stopped
  }
  tap_.reset();
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void Stage::say(const char* what) const {
  if (!options_.quiet) {
    std::fprintf(stderr, "demo: %s\n", what);
  }
}

Result<std::string> Stage::run(const std::string& name, std::vector<std::string> arguments,
                               int timeout_ms, int expected_exit) {
  arguments.insert(arguments.begin(), program_);
  const std::string out = file(name + ".out");
  (void)std::remove(out.c_str());
  CLAUSTRUM_TRY_ASSIGN(const int code,
                       run_child({std::move(arguments), out, file(name + ".log")}, timeout_ms));
  if (code != expected_exit) {
    return Error(Code::kInternal, "demo.step",
                 name + " ended with " + std::to_string(code) + ": " + last_words(name));
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(out));
  return std::string(as_text(text));
}

Status Stage::start(const std::string& name, std::vector<std::string> arguments,
                    const std::string& ready_file, net::Endpoint& endpoint) {
  arguments.insert(arguments.begin(), program_);
  CLAUSTRUM_TRY_ASSIGN(
      std::unique_ptr<Child> child,
      Child::start({std::move(arguments), file(name + ".out"), file(name + ".log")}));
  running_.emplace_back(name, std::move(child));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  for (;;) {
    const Result<Bytes> ready = read_file(ready_file, 1024);
    if (ready.ok() && !ready->empty()) {
      std::string url(as_text(*ready));
      url.pop_back();
      CLAUSTRUM_TRY_ASSIGN(endpoint, net::Endpoint::parse(url));
      return ok_status();
    }
    if (!running_.back().second->running() || std::chrono::steady_clock::now() > deadline) {
      return Error(Code::kUnavailable, "demo.start", name + " did not start: " + last_words(name));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

Status Stage::prepare() {
  say("a simulated AMD makes its root keys (simulated: no protection)");
  CLAUSTRUM_TRY_ASSIGN(const std::string authority,
                       run("authority", {"sim", "authority", "--authority", file("amd")}, 60'000));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json root, codec::parse_json(authority));
  CLAUSTRUM_TRY_ASSIGN(const std::string root_hex, root.string_at("root"));
  say("the owner seals the model under a key of its own");
  // Under a plain name, whatever the user's file is called.
  const std::string source = file(model_ + kExtension);
  std::error_code failed;
  fs::create_symlink(fs::absolute(options_.model), source, failed);
  if (failed) {
    return Error(Code::kUnavailable, "demo.folder", "cannot write to " + folder_);
  }
  CLAUSTRUM_TRY(run(
      "seal",
      {"seal", source, "--out", file("sealed"), "--key-file", file("model.key"), "--model", model_},
      120'000));
  CLAUSTRUM_TRY_ASSIGN(const std::uint16_t port, free_port());
  broker_url_ = "http://127.0.0.1:" + std::to_string(port);
  say("release step: init-data, policies, ledger entries and the signed profile");
  CLAUSTRUM_TRY(write_file(
      file("release.toml"),
      as_bytes(release_config(options_, folder_, model_, program_, broker_url_, root_hex))));
  CLAUSTRUM_TRY_ASSIGN(
      const std::string made,
      run("release",
          {"profile", "make", "--config", file("release.toml"), "--out", file("release")}, 60'000));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json release, codec::parse_json(made));
  CLAUSTRUM_TRY_ASSIGN(publisher_, release.string_at("publisher"));
  say("the owner puts the model key and the service identity into its broker, under a policy");
  for (const auto& [resource, secret] :
       {std::pair{"default/model-key/1", "model.key"},
        std::pair{"default/service-identity/1", "release/service-identity.pem"}}) {
    CLAUSTRUM_TRY(run("put",
                      {"broker", "put", "--database", file("release/broker.db"), "--master-key",
                       file("release/broker-master.key"), "--name", resource, "--secret-file",
                       file(secret), "--policy", file("release/policy-release.toml")},
                      30'000));
  }
  net::Endpoint ignored;
  return start("broker",
               {"broker", "serve", "--database", file("release/broker.db"), "--master-key",
                file("release/broker-master.key"), "--listen", broker_url_, "--identity",
                file("release/broker-identity.pem"), "--ledger-key", file("release/ledger.pem"),
                "--ledger-origin", kOrigin, "--baseline", file("release/policy-baseline.toml"),
                "--ready-file", file("broker.ready")},
               file("broker.ready"), ignored);
}

std::vector<std::string> Stage::guest_command(const GuestOptions& guest) const {
  std::vector<std::string> command = {
      "sim",         "run",
      "--authority", guest.authority.empty() ? file("amd") : guest.authority,
      "--init-data", file("release/init-data.toml")};
  if (!guest.authority.empty()) {
    command.insert(command.end(), {"--rsa-bits", "2048"});
  }
  if (guest.debug) {
    command.emplace_back("--debug");
  }
  const std::vector<std::string> serve = {"--",
                                          guest.workload.empty() ? program_ : guest.workload,
                                          "serve",
                                          "--init-data",
                                          file("release/init-data.toml"),
                                          "--sealed",
                                          file("sealed"),
                                          "--engine",
                                          options_.engine,
                                          "--libraries",
                                          options_.libraries,
                                          "--software",
                                          file("release/software.json"),
                                          "--proofs",
                                          file("release/proofs.json"),
                                          "--ready-file",
                                          file(guest.name + ".ready")};
  command.insert(command.end(), serve.begin(), serve.end());
  return command;
}

Status Stage::start_serve() {
  say("a simulated SEV-SNP machine measures the workload and starts it; it attests, gets its "
      "keys,");
  say("checks the sealed model and starts the engine without network");
  CLAUSTRUM_TRY(start("serve", guest_command({}), file("serve.ready"), serve_));
  CLAUSTRUM_TRY_ASSIGN(tap_, Tap::start(serve_.port, file("operator")));
  return ok_status();
}

Status Stage::start_connect() {
  say("connect imports the profile, verifies the service with a nonce of its own");
  CLAUSTRUM_TRY(
      start("connect",
            {"connect", "--profile", file("release/profile.json"), "--publisher", publisher_,
             "--service", "http://127.0.0.1:" + std::to_string(tap_->port()), "--token-file",
             file("client/token"), "--receipts", file("client/receipts"), "--state",
             file("client/profile-number"), "--ready-file", file("connect.ready")},
            file("connect.ready"), connect_));
  CLAUSTRUM_TRY_ASSIGN(const Bytes token, read_file(file("client/token"), 256));
  token_ = as_text(token);
  token_.pop_back();
  return ok_status();
}

Result<int> Stage::run_guest(const GuestOptions& guest, int timeout_ms) {
  std::vector<std::string> command = guest_command(guest);
  command.insert(command.begin(), program_);
  return run_child({std::move(command), file(guest.name + ".out"), file(guest.name + ".log")},
                   timeout_ms);
}

std::string Stage::last_words(const std::string& name) const {
  const Result<Bytes> text = read_file(file(name + ".log"));
  if (!text.ok() || text->empty()) {
    return {};
  }
  std::string_view words = as_text(*text);
  words.remove_suffix(words.ends_with('\n') ? 1 : 0);
  const std::size_t line = words.rfind('\n');
  return std::string(line == std::string_view::npos ? words : words.substr(line + 1));
}

codec::Json Stage::processes() const {
  codec::Json out = codec::Json::array();
  for (const auto& [name, child] : running_) {
    out.push(codec::Json::object().set("name", name).set("pid", std::int64_t{child->pid()}));
  }
  return out;
}

}  // namespace claustrum::app
