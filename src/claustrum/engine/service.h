// SPDX-License-Identifier: Apache-2.0
// The engine's HTTP side: four paths, one generation at a time behind a short queue, a stop as soon
// as the client is gone. It keeps nothing of a request and logs nothing about one
// [ARCHITECTURE 1.7, PROTOCOL 7 "engine profiles"].
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "claustrum/base/clock.h"
#include "claustrum/engine/generator.h"
#include "claustrum/engine/openai.h"
#include "claustrum/net/http.h"

namespace claustrum::engine {

// First come, first served, with a bounded number waiting.
class Turnstile {
 public:
  explicit Turnstile(std::size_t max_waiting) : max_waiting_(max_waiting) {}
  // Blocks until it is the caller's turn; unavailable "engine.busy" when too many wait already,
  // unavailable "engine.cancelled" when the caller gave up. On success leave() must follow.
  Status enter(const Cancelled& cancelled);
  void leave();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> waiting_;
  std::uint64_t next_ = 0;
  bool taken_ = false;
  std::size_t max_waiting_;
};

class Service {
 public:
  struct Options {
    std::string model = "model";  // the id the model is listed under
    std::size_t max_waiting = 16;
  };
  Service(Options options, Generator& generator, const Clock& clock);

  // GET /health, GET /v1/models, POST /v1/chat/completions, POST /v1/completions.
  void handle(const net::Request& request, net::ResponseWriter& writer);
  // Ends the running generation and refuses the waiting ones.
  void stop() { stopping_ = true; }

 private:
  void generate(GenerationRequest request, net::ResponseWriter& writer);
  Status answer_whole(const GenerationRequest& request, const AnswerHead& head,
                      net::ResponseWriter& writer);
  Status answer_stream(const GenerationRequest& request, const AnswerHead& head,
                       net::ResponseWriter& writer);
  Cancelled cancelled_for(net::ResponseWriter& writer);

  Options options_;
  Generator& generator_;
  const Clock& clock_;
  Turnstile turnstile_;
  std::atomic<bool> stopping_{false};
};

}  // namespace claustrum::engine
