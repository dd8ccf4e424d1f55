// SPDX-License-Identifier: Apache-2.0
// The pace of an answer. Nothing here leaves earlier or later because of what the engine says,
// except the beginning of an answer and, as coarsely as a size bucket, its end.
#include "claustrum/gateway/server/engine_relay.h"

#include "claustrum/gateway/server/engine_reader.h"

namespace claustrum::gateway {

namespace {

using document::Outcome;
using State = EngineReader::State;

constexpr int kLookMs = 50;  // how often a waiting client's presence is checked
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kJson = "application/json";

net::Request engine_request(const channel::BhttpRequest& request) {
  net::Request out;
  out.method = request.head.method;
  out.target = request.head.path;
  if (out.method == "POST") {
    out.headers.add("Content-Type", std::string(kJson));
  }
  out.body = request.content;
  return out;
}

// False when the client left meanwhile.
bool wait_while(EngineReader& reader, State state, SealedAnswer& answer) {
  while (reader.wait_for_change(state, kLookMs) == state) {
    if (answer.peer_gone()) {
      return false;
    }
  }
  return true;
}

// Wakes once a tick. A client that held us up gets no burst afterwards.
class Ticker {
 public:
  explicit Ticker(int tick_ms) : tick_(tick_ms), next_(std::chrono::steady_clock::now()) {}
  void wait() {
    next_ = std::max(next_ + tick_, std::chrono::steady_clock::now());
    std::this_thread::sleep_until(next_);
  }

 private:
  const std::chrono::milliseconds tick_;
  std::chrono::steady_clock::time_point next_;
};

bool send(SealedAnswer& answer, const channel::ShapedBlock& block) {
  return answer.content(block.wire, block.content()).ok() && !answer.peer_gone();
}

Outcome relay_stream(const RelayOptions& options, EngineReader& reader, SealedAnswer& answer) {
  if (!answer.start_stream(reader.status(), kEvents, options.block).ok()) {
    return Outcome::kCut;
  }
  Ticker ticker(options.tick_ms);
  for (bool last = false; !last;) {
    ticker.wait();
    if (!send(answer, reader.tick(last))) {
      return Outcome::kCut;
    }
  }
  // Filler up to a bucket of blocks, at the same pace: a burst would show where the answer ended.
  for (std::size_t left = reader.filler_blocks(); left > 0; --left) {
    ticker.wait();
    if (!send(answer, reader.filler())) {
      return Outcome::kCut;
    }
  }
  return reader.complete() ? Outcome::kComplete : Outcome::kEngineFailed;
}

Outcome relay_whole(EngineReader& reader, SealedAnswer& answer) {
  if (!wait_while(reader, State::kHead, answer)) {
    return Outcome::kCut;
  }
  if (!reader.complete()) {
    return Outcome::kEngineFailed;
  }
  const SecretBytes body = reader.take_body();
  const bool sent = answer.start_whole(reader.status(), kJson).ok() &&
                    answer.content(body.reveal(), body.reveal()).ok();
  return sent ? Outcome::kComplete : Outcome::kCut;
}

}  // namespace

RelayResult relay_to_engine(const RelayOptions& options, const channel::BhttpRequest& request,
                            SealedAnswer& answer) {
  EngineReader reader(options, engine_request(request));
  RelayResult result;
  if (!wait_while(reader, State::kWaiting, answer)) {
    result.outcome = Outcome::kCut;
    return result;
  }
  // A head may have come and gone by now: what counts is whether there was a good one.
  if (!reader.has_head()) {
    return result;
  }
  result.status = reader.status();
  result.outcome =
      reader.streams() ? relay_stream(options, reader, answer) : relay_whole(reader, answer);
  return result;
}

}  // namespace claustrum::gateway
