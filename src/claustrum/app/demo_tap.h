// SPDX-License-Identifier: Apache-2.0
// The operator's place in the demo: everything between connect and serve passes here and is written
// down as the operator could. What it shows is measured, not asserted.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::app {

struct Seen {
  bool from_client = false;
  std::int64_t at_ms = 0;  // since the tap was made
  std::size_t size = 0;
};

class Tap {
 public:
  // Listens on loopback and forwards to 127.0.0.1:`port`; keeps the bytes in `folder`/up.bin and
  // down.bin.
  static Result<std::unique_ptr<Tap>> start(std::uint16_t port, const std::string& folder);
  ~Tap();

  std::uint16_t port() const { return port_; }
  std::vector<Seen> seen() const;
  Bytes bytes(bool from_client) const;

 private:
  Tap(int listener, std::uint16_t port, std::uint16_t target, std::string folder);
  void accept_loop();
  void pass(int client);
  void note(bool from_client, BytesView bytes);

  const int listener_;
  const std::uint16_t port_;
  const std::uint16_t target_;
  const std::string folder_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Seen> seen_;
  Bytes up_;
  Bytes down_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

// A port that is free now.
Result<std::uint16_t> free_port();

}  // namespace claustrum::app
