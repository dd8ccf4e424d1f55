// SPDX-License-Identifier: Apache-2.0
// One request to the engine on a thread of its own, so that ticks go on, and a client's leaving is
// noticed, while the engine thinks [PROTOCOL 7]. Internal to engine_relay.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "claustrum/channel/shaping.h"
#include "claustrum/gateway/server/engine_relay.h"

namespace claustrum::gateway {

class EngineReader {
 public:
  // `options` must outlive this.
  EngineReader(const RelayOptions& options, net::Request request);
  // Closes the engine's connection; waits for the thread, at most about 100 ms.
  ~EngineReader();
  EngineReader(const EngineReader&) = delete;
  EngineReader& operator=(const EngineReader&) = delete;

  enum class State { kWaiting, kHead, kEnded };
  // Waits at most `milliseconds` for a state other than `last`.
  State wait_for_change(State last, int milliseconds);

  // Did a good head come? The rest is for when it did.
  bool has_head();
  int status() const { return status_; }
  bool streams() const { return streams_; }
  // A stream: what the next tick sends; `last` is set once nothing more will come.
  channel::ShapedBlock tick(bool& last);
  // Filler that brings the answer's length to a bucket; after the last tick.
  std::size_t filler_blocks();
  channel::ShapedBlock filler();
  // Anything else: the body, once it ended.
  SecretBytes take_body();
  // Did the answer come to its proper end within its limits?
  bool complete();

 private:
  void run();
  bool read_head(const Result<net::IncomingResponse>& response);
  bool read_body(net::IncomingResponse& response);
  bool take(BytesView piece);

  const RelayOptions& options_;
  net::Request request_;
  const std::chrono::steady_clock::time_point deadline_;
  std::atomic<bool> cancelled_ = false;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  State state_ = State::kWaiting;
  int status_ = 0;
  bool streams_ = false;
  bool has_head_ = false;
  bool complete_ = false;
  channel::SseShaper shaper_;
  SecretBytes body_;
  std::thread thread_;
};

}  // namespace claustrum::gateway
