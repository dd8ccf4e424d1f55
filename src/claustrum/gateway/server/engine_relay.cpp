// SPDX-License-Identifier: Apache-2.0
#include "claustrum/gateway/server/engine_relay.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "claustrum/channel/shaping.h"

namespace claustrum::gateway {

namespace {

using document::Outcome;

net::Request engine_request(const channel::BhttpRequest& request) {
  net::Request out;
  out.method = request.head.method;
  out.target = request.head.path;
  if (out.method == "POST") {
    out.headers.add("Content-Type", "application/json");
  }
  out.body = request.content;
  return out;
}

std::string content_type_of(const net::IncomingResponse& response) {
  return std::string(response.headers().find("Content-Type").value_or("application/json"));
}

// Reads the engine on a thread of its own, so that ticks go on while it thinks.
class StreamReader {
 public:
  StreamReader(net::IncomingResponse response, channel::SseShaper& shaper)
      : response_(std::move(response)), shaper_(shaper), thread_([this] { read(); }) {}
  ~StreamReader() {
    cancelled_ = true;
    thread_.join();
  }

  // What the next tick sends; `last` is set once nothing more will come.
  channel::ShapedBlock tick(bool& last) {
    const std::lock_guard lock(mutex_);
    channel::ShapedBlock block = shaper_.tick();
    last = ended_ && shaper_.drained();
    return block;
  }
  Outcome outcome() {
    const std::lock_guard lock(mutex_);
    return outcome_;
  }

 private:
  void read() {
    for (;;) {
      Result<std::optional<Bytes>> piece = response_.read();
      const std::lock_guard lock(mutex_);
      const bool more = !cancelled_ && piece.ok() && piece->has_value();
      if (more && shaper_.feed(**piece).ok()) {
        continue;
      }
      outcome_ = !cancelled_ && piece.ok() && !piece->has_value() ? Outcome::kComplete
                                                                  : Outcome::kEngineFailed;
      ended_ = true;
      shaper_.end();
      return;
    }
  }

  net::IncomingResponse response_;
  channel::SseShaper& shaper_;
  std::mutex mutex_;
  std::atomic<bool> cancelled_ = false;
  bool ended_ = false;
  Outcome outcome_ = Outcome::kEngineFailed;
  std::thread thread_;
};

Outcome relay_stream(const RelayOptions& options, net::IncomingResponse response,
                     SealedAnswer& answer) {
  channel::ShapeOptions shape;
  shape.block = options.block;
  shape.max_tick = shape.max_tick / options.block * options.block;
  channel::SseShaper shaper(shape);
  StreamReader reader(std::move(response), shaper);
  auto next = std::chrono::steady_clock::now();
  bool last = false;
  while (!last) {
    next += std::chrono::milliseconds(options.tick_ms);
    std::this_thread::sleep_until(next);
    const channel::ShapedBlock block = reader.tick(last);
    if (!answer.content(block.wire, block.content()).ok()) {
      return Outcome::kCut;  // the client left
    }
  }
  // Filler up to a bucket of blocks: the answer's length is told as coarsely as any size.
  std::size_t filler = shaper.may_fill() ? shaper.filler_blocks_to_bucket() : 0;
  for (; filler > 0; --filler) {
    const channel::ShapedBlock block = shaper.tick();
    if (!answer.content(block.wire, block.content()).ok()) {
      return Outcome::kCut;
    }
  }
  return reader.outcome();
}

Outcome relay_whole(const RelayOptions& options, net::IncomingResponse response,
                    SealedAnswer& answer, int status, const std::string& content_type) {
  Bytes body;
  for (;;) {
    Result<std::optional<Bytes>> piece = response.read();
    if (!piece.ok() || body.size() > options.max_answer) {
      return Outcome::kEngineFailed;
    }
    if (!piece->has_value()) {
      break;
    }
    append(body, **piece);
  }
  if (!answer.start(status, {{"content-type", content_type}}).ok() ||
      !answer.content(body, body).ok()) {
    return Outcome::kCut;
  }
  return Outcome::kComplete;
}

}  // namespace

RelayResult relay_to_engine(const RelayOptions& options, const channel::BhttpRequest& request,
                            SealedAnswer& answer) {
  net::ClientOptions client;
  client.idle_timeout_ms = 600'000;
  RelayResult result;
  Result<net::IncomingResponse> response =
      net::send_streaming(options.engine, engine_request(request), client);
  if (!response.ok()) {
    return result;
  }
  result.status = response->status();
  const std::string content_type = content_type_of(*response);
  if (content_type.starts_with("text/event-stream")) {
    result.shaped = true;
    if (!answer.start(result.status, {{"content-type", content_type}}).ok()) {
      result.outcome = Outcome::kCut;
      return result;
    }
    result.outcome = relay_stream(options, std::move(response).value(), answer);
  } else {
    result.outcome =
        relay_whole(options, std::move(response).value(), answer, result.status, content_type);
  }
  return result;
}

}  // namespace claustrum::gateway
