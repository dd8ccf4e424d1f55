// SPDX-License-Identifier: Apache-2.0
// The model engine as a confined child [PROTOCOL 1, 2 "No oracle"]. The engine parses hostile
// prompts with a large code base: it is assumed to fall. So it runs under its own uid, in its own
// network, process, mount, IPC and host-name namespaces, sees a root of its own libraries and
// nothing else, talks through one Unix socket, and cannot reach evidence, the broker, the network,
// files or logs. Its executable and libraries are hashed in memory and started from exactly the
// hashed bytes.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"
#include "claustrum/net/http.h"

namespace claustrum::gateway {

struct EngineFile {
  std::string name;  // file name, no directory
  std::string path;  // where to read it from
  Bytes sha256;      // as init-data demands
};

struct EngineSpec {
  EngineFile binary;
  std::vector<EngineFile> libraries;
  std::vector<std::string> arguments;  // from init-data; model, socket and library folder are added
  std::vector<std::pair<std::string, std::string>> environment;  // the whole of it
  int model_fd = -1;  // memfd with the weights, sealed against writing; stays the caller's
  uid_t uid = 62831;  // a uid nobody else uses
  int start_timeout_ms = 120'000;
};

class EngineProcess {
 public:
  // mismatch "engine.digest" when a file is not the one init-data names; unauthorised
  // "engine.privilege" without root (no isolation, no engine); mismatch "engine.weights" when the
  // weights could still be written; malformed or not found "engine.file"; unavailable
  // "engine.start". The engine dies with the thread that calls this.
  static Result<std::unique_ptr<EngineProcess>> start(const EngineSpec& spec);
  ~EngineProcess();  // kills and reaps
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  const net::Endpoint& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }
  bool alive();

 private:
  EngineProcess(std::string directory, pid_t pid);
  Status wait_until_ready(const EngineSpec& spec);
  std::string directory_;
  pid_t pid_;
  net::Endpoint endpoint_;
};

}  // namespace claustrum::gateway
