// SPDX-License-Identifier: Apache-2.0
// Reading a possibly hostile engine: bounded in bytes, in silence and in total time.
#include "claustrum/gateway/server/engine_reader.h"

#include "claustrum/base/guard.h"

namespace claustrum::gateway {

namespace {

constexpr std::size_t kMaxTick = 31 * 512;

channel::ShapeOptions shape_of(const RelayOptions& options) {
  channel::ShapeOptions out;
  out.block = options.block;
  out.max_tick = kMaxTick / options.block * options.block;
  return out;
}

// "text/event-stream; charset=utf-8" is text/event-stream.
bool is_type(const net::IncomingResponse& response, std::string_view type) {
  const std::string_view value = response.headers().find("Content-Type").value_or("");
  return value.substr(0, value.find(';')) == type;
}

}  // namespace

EngineReader::EngineReader(const RelayOptions& options, net::Request request)
    : options_(options),
      request_(std::move(request)),
      deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(options.total_ms)),
      shaper_(shape_of(options)),
      thread_([this] { run(); }) {}

EngineReader::~EngineReader() {
  cancelled_ = true;
  thread_.join();
}

EngineReader::State EngineReader::wait_for_change(State last, int milliseconds) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_for(lock, std::chrono::milliseconds(milliseconds),
                          [&] { return state_ != last; });
  return state_;
}

bool EngineReader::has_head() {
  const std::lock_guard lock(mutex_);
  return has_head_;
}

channel::ShapedBlock EngineReader::tick(bool& last) {
  const std::lock_guard lock(mutex_);
  channel::ShapedBlock block = shaper_.tick();
  last = state_ == State::kEnded && shaper_.drained();
  return block;
}

std::size_t EngineReader::filler_blocks() {
  const std::lock_guard lock(mutex_);
  return shaper_.filler_blocks_to_bucket();
}

channel::ShapedBlock EngineReader::filler() {
  const std::lock_guard lock(mutex_);
  return shaper_.tick();
}

SecretBytes EngineReader::take_body() {
  const std::lock_guard lock(mutex_);
  return std::exchange(body_, SecretBytes());
}

bool EngineReader::complete() {
  const std::lock_guard lock(mutex_);
  return complete_;
}

void EngineReader::run() {
  net::ClientOptions client;
  client.idle_timeout_ms = options_.idle_ms;
  client.max_body_bytes = options_.max_answer;
  client.cancelled = [this] {
    return cancelled_.load() || std::chrono::steady_clock::now() > deadline_;
  };
  Result<net::IncomingResponse> response = net::send_streaming(options_.engine, request_, client);
  wipe(request_.body.data(), request_.body.size());
  const bool complete = read_head(response) && read_body(*response);
  const std::lock_guard lock(mutex_);
  complete_ = complete;
  shaper_.end();
  state_ = State::kEnded;
  changed_.notify_all();
}

bool EngineReader::read_head(const Result<net::IncomingResponse>& response) {
  if (!response.ok()) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  status_ = response->status();
  streams_ = is_type(*response, "text/event-stream");
  // Nothing else is in the profile: what a browser would run or a parser would follow stays here.
  const bool known = streams_ || is_type(*response, "application/json");
  if (!CLAUSTRUM_GUARD("gateway.server.content_type", known) || status_ < 200 || status_ > 599) {
    return false;
  }
  has_head_ = true;
  state_ = State::kHead;
  changed_.notify_all();
  return true;
}

bool EngineReader::read_body(net::IncomingResponse& response) {
  for (;;) {
    Result<std::optional<Bytes>> piece = response.read();
    if (!piece.ok()) {
      return false;
    }
    if (!piece->has_value()) {
      return true;
    }
    const bool taken = take(**piece);
    wipe((*piece)->data(), (*piece)->size());
    if (!taken) {
      return false;
    }
  }
}

bool EngineReader::take(BytesView piece) {
  const std::lock_guard lock(mutex_);
  if (streams_) {
    return shaper_.feed(piece).ok();
  }
  body_.append(piece);
  return true;
}

}  // namespace claustrum::gateway
