// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/service.h"

#include <sys/random.h>

#include <chrono>

#include "claustrum/base/secret.h"
#include "claustrum/codec/hex.h"
#include "claustrum/engine/text_stream.h"

namespace claustrum::engine {
namespace {

using net::Headers;
using net::Request;
using net::Response;
using net::ResponseWriter;

Response json_response(int status, const codec::Json& body) {
  Response out;
  out.status = status;
  out.headers = Headers{{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  out.body = to_bytes(codec::to_json(body));
  return out;
}

// The peer is gone when answering fails; nothing is left to do then.
void respond_error(const Error& error, ResponseWriter& writer) {
  const ErrorAnswer answer = make_error(error);
  Response response = json_response(answer.status, answer.body);
  if (answer.status == 503) {
    response.headers.add("Retry-After", "1");
  }
  (void)writer.respond(response);
}

// Names answers apart for clients that log them; no secret hangs on it.
std::string random_id(const char* prefix) {
  ByteArray<12> raw{};
  if (::getrandom(raw.data(), raw.size(), 0) != static_cast<ssize_t>(raw.size())) {
    raw = {};
  }
  return prefix + codec::hex_encode(raw);
}

Error cancelled_error() {
  return Error(Code::kUnavailable, "engine.cancelled", "the client went away");
}

}  // namespace

Status Turnstile::enter(const Cancelled& cancelled) {
  std::unique_lock lock(mutex_);
  if (!taken_ && waiting_.empty()) {
    taken_ = true;
    return ok_status();
  }
  if (waiting_.size() >= max_waiting_) {
    return Error(Code::kUnavailable, "engine.busy", "the engine is busy; try again");
  }
  const std::uint64_t mine = next_++;
  waiting_.push_back(mine);
  while (taken_ || waiting_.front() != mine) {
    changed_.wait_for(lock, std::chrono::milliseconds(100));
    if (cancelled()) {
      std::erase(waiting_, mine);
      changed_.notify_all();
      return cancelled_error();
    }
  }
  waiting_.pop_front();
  taken_ = true;
  return ok_status();
}

void Turnstile::leave() {
  const std::lock_guard lock(mutex_);
  taken_ = false;
  changed_.notify_all();
}

Service::Service(Options options, Generator& generator, const Clock& clock)
    : options_(std::move(options)),
      generator_(generator),
      clock_(clock),
      turnstile_(options_.max_waiting) {}

void Service::handle(const Request& request, ResponseWriter& writer) {
  const std::string_view path = request.path();
  if (request.method == "GET" && path == "/health") {
    codec::Json ok = codec::Json::object();
    ok.set("status", "ok");
    (void)writer.respond(json_response(200, ok));
    return;
  }
  if (request.method == "GET" && path == "/v1/models") {
    (void)writer.respond(json_response(200, make_model_list(options_.model, clock_.now().seconds)));
    return;
  }
  const bool chat = path == "/v1/chat/completions";
  if (request.method != "POST" || (!chat && path != "/v1/completions")) {
    respond_error(Error(Code::kNotFound, "engine.path", "no such path or method"), writer);
    return;
  }
  Result<GenerationRequest> parsed =
      chat ? parse_chat_request(request.body) : parse_completion_request(request.body);
  if (!parsed.ok()) {
    respond_error(parsed.error(), writer);
    return;
  }
  generate(std::move(parsed).value(), writer);
}

void Service::generate(GenerationRequest request, ResponseWriter& writer) {
  AnswerHead head;
  head.kind = request.kind;
  head.id = random_id(request.kind == GenerationRequest::Kind::kChat ? "chatcmpl-" : "cmpl-");
  head.model = options_.model;
  head.created = clock_.now().seconds;
  const Status turn = turnstile_.enter(cancelled_for(writer));
  if (!turn.ok()) {
    request.wipe_texts();
    respond_error(turn.error(), writer);
    return;
  }
  const Status done =
      request.stream ? answer_stream(request, head, writer) : answer_whole(request, head, writer);
  turnstile_.leave();
  request.wipe_texts();
  if (!done.ok()) {
    respond_error(done.error(), writer);
  }
}

Cancelled Service::cancelled_for(ResponseWriter& writer) {
  return [this, &writer] { return stopping_.load() || writer.peer_gone(); };
}

// An error is returned only while nothing was answered yet.
Status Service::answer_whole(const GenerationRequest& request, const AnswerHead& head,
                             ResponseWriter& writer) {
  TextStream text(request.stop);
  std::string answer;
  const auto emit = [&](std::string_view token) {
    answer += text.push(token);
    return !text.stopped();
  };
  CLAUSTRUM_TRY_ASSIGN(Outcome outcome, generator_.generate(request, emit, cancelled_for(writer)));
  answer += text.finish();
  if (text.stopped()) {
    outcome.finish = FinishReason::kStop;
  }
  Response response = json_response(200, make_answer(head, answer, outcome));
  (void)writer.respond(response);
  wipe(answer.data(), answer.size());
  wipe(response.body.data(), response.body.size());
  return ok_status();
}

Status Service::answer_stream(const GenerationRequest& request, const AnswerHead& head,
                              ResponseWriter& writer) {
  const bool usage = request.include_usage;
  TextStream text(request.stop);
  bool started = false;
  bool gone = false;
  const auto send = [&](std::string event) {
    gone = gone || !writer.write(as_bytes(event)).ok();
    wipe(event.data(), event.size());
  };
  const auto start = [&] {
    started = true;
    gone = !writer
                .start(200, Headers{{"Content-Type", "text/event-stream"},
                                    {"Cache-Control", "no-store"}})
                .ok();
    if (!gone && head.kind == GenerationRequest::Kind::kChat) {
      send(role_event(head, usage));
    }
  };
  const auto emit = [&](std::string_view token) {
    if (!started) {
      start();
    }
    const std::string piece = text.push(token);
    if (!piece.empty()) {
      send(text_event(head, piece, usage));
    }
    return !gone && !text.stopped();
  };
  Result<Outcome> outcome = generator_.generate(request, emit, cancelled_for(writer));
  if (!outcome.ok() && !started) {
    return std::move(outcome).error();
  }
  if (!started) {
    start();
  }
  if (!outcome.ok()) {
    // The status line is sent already: the error travels as an event, and no [DONE] follows.
    send(error_event(outcome.error()));
  } else {
    const std::string rest = text.finish();
    if (!rest.empty()) {
      send(text_event(head, rest, usage));
    }
    send(finish_event(head, text.stopped() ? FinishReason::kStop : outcome->finish, usage));
    if (usage) {
      send(usage_event(head, outcome->usage));
    }
    send(std::string(kDoneEvent));
  }
  (void)writer.finish();
  return ok_status();
}

}  // namespace claustrum::engine
