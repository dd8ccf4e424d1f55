// SPDX-License-Identifier: Apache-2.0
// The demo's stage: a work folder, the release step, and the services, each a real subcommand in a
// process of its own on loopback.
#pragma once

#include "claustrum/app/child.h"
#include "claustrum/app/demo_tap.h"
#include "claustrum/codec/json.h"
#include "claustrum/net/http.h"

namespace claustrum::app {

struct StageOptions {
  std::string model;      // GGUF file
  std::string engine;     // claustrum-engine
  std::string libraries;  // its libraries
  bool quiet = false;
};

// How a guest is started; the defaults are those of the honest one.
struct GuestOptions {
  std::string name = "serve";
  std::string workload;   // empty: this very program
  std::string authority;  // empty: the demo's simulated AMD
  bool debug = false;
};

class Stage {
 public:
  static Result<std::unique_ptr<Stage>> make(const StageOptions& options);
  ~Stage();  // stops every process and removes the folder

  // Simulated authority, sealed model, release step, secrets, broker.
  Status prepare();
  Status start_serve();
  Status start_connect();

  // Runs a guest that is expected to be refused; its exit code.
  Result<int> run_guest(const GuestOptions& guest, int timeout_ms);
  // Last line of a process's standard error.
  std::string last_words(const std::string& name) const;

  const std::string& folder() const { return folder_; }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  const net::Endpoint& connect_endpoint() const { return connect_; }
  const net::Endpoint& serve_endpoint() const { return serve_; }
  const std::string& token() const { return token_; }
  const std::string& publisher() const { return publisher_; }
  std::string broker_url() const { return broker_url_; }
  const Tap& tap() const { return *tap_; }
  // {"name", "pid"} of every process that runs.
  codec::Json processes() const;
  // Runs a subcommand to its end; standard output is returned.
  Result<std::string> run(const std::string& name, std::vector<std::string> arguments,
                          int timeout_ms, int expected_exit = 0);

 private:
  explicit Stage(StageOptions options, std::string folder);
  std::vector<std::string> guest_command(const GuestOptions& guest) const;
  Status start(const std::string& name, std::vector<std::string> arguments,
               const std::string& ready_file, net::Endpoint& endpoint);
  void say(const char* what) const;

  const StageOptions options_;
  const std::string model_;  // its plain name
  const std::string folder_;
  const std::string program_;
  std::string broker_url_;
  std::string publisher_;
  std::string token_;
  net::Endpoint serve_;
  net::Endpoint connect_;
  std::vector<std::pair<std::string, std::unique_ptr<Child>>> running_;
  std::unique_ptr<Tap> tap_;
};

}  // namespace claustrum::app
