// SPDX-License-Identifier: Apache-2.0
#include "claustrum/engine/llm.h"

#include <ggml-backend.h>
#include <llama.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>

#include "claustrum/base/secret.h"
#include "claustrum/engine/prompt.h"

namespace claustrum::engine {
namespace {

constexpr int kDefaultContext = 4096;
constexpr int kBatch = 512;
constexpr std::int32_t kTopK = 40;
// Small models repeat themselves without end otherwise; mild enough not to be seen elsewhere.
constexpr std::int32_t kPenaltyWindow = 256;
constexpr float kRepeatPenalty = 1.1F;

struct ModelDeleter {
  void operator()(llama_model* model) const { llama_model_free(model); }
};
struct ContextDeleter {
  void operator()(llama_context* context) const { llama_free(context); }
};
struct SamplerDeleter {
  void operator()(llama_sampler* sampler) const { llama_sampler_free(sampler); }
};

using Tokens = std::vector<llama_token>;

// llama.cpp's own log may quote metadata and prompts; nothing of it is wanted anywhere.
void discard_log(ggml_log_level, const char*, void*) {}

std::uint32_t random_seed() {
  ByteArray<4> raw{};
  if (::getrandom(raw.data(), raw.size(), 0) != static_cast<ssize_t>(raw.size())) {
    return 0;
  }
  return static_cast<std::uint32_t>(raw[0]) | static_cast<std::uint32_t>(raw[1]) << 8 |
         static_cast<std::uint32_t>(raw[2]) << 16 | static_cast<std::uint32_t>(raw[3]) << 24;
}

Error too_long() {
  return Error(Code::kExhausted, "engine.context",
               "the prompt does not fit the model's context window");
}

Error cancelled_error() {
  return Error(Code::kUnavailable, "engine.cancelled", "the client went away");
}

Error decode_error() {
  return Error(Code::kInternal, "engine.decode", "the model could not be evaluated");
}

}  // namespace

// Asks `cancelled` at most every 20 ms, however often the computation asks.
class CancelPoll {
 public:
  explicit CancelPoll(const Cancelled& cancelled) : cancelled_(cancelled) {}
  bool operator()() {
    const auto now = std::chrono::steady_clock::now();
    if (!gone_ && now >= next_) {
      next_ = now + std::chrono::milliseconds(20);
      gone_ = cancelled_();
    }
    return gone_;
  }

 private:
  const Cancelled& cancelled_;
  std::chrono::steady_clock::time_point next_{};
  bool gone_ = false;
};

struct Llm::Impl {
  std::unique_ptr<llama_model, ModelDeleter> model;
  std::unique_ptr<llama_context, ContextDeleter> context;
  const llama_vocab* vocab = nullptr;
  double default_temperature = 0.3;
  CancelPoll* poll = nullptr;  // of the running request; read by the computation's thread

  Result<Outcome> run(const GenerationRequest& request, const EmitToken& emit, CancelPoll& gone);
  Result<std::vector<PromptPiece>> pieces_of(const GenerationRequest& request) const;
  Status append_tokens(const PromptPiece& piece, Tokens& tokens) const;
  Result<Tokens> tokens_of(const GenerationRequest& request) const;
  Status decode(llama_token* tokens, std::size_t count);
  Status decode_prompt(Tokens& tokens);
  std::string piece_of(llama_token token) const;
  std::unique_ptr<llama_sampler, SamplerDeleter> sampler_for(const Sampling& sampling) const;
};

Result<std::vector<PromptPiece>> Llm::Impl::pieces_of(const GenerationRequest& request) const {
  if (request.kind == GenerationRequest::Kind::kCompletion) {
    return std::vector<PromptPiece>{{request.prompt, false}};
  }
  const char* chat_template = llama_model_chat_template(model.get(), nullptr);
  if (chat_template == nullptr) {
    return plain_prompt(request.messages);
  }
  std::vector<std::string> marks;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    marks.push_back(placeholder(i));
  }
  std::vector<llama_chat_message> chat;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    chat.push_back({request.messages[i].role.c_str(), marks[i].c_str()});
  }
  std::string rendered(256 + chat.size() * 128, '\0');
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::int32_t size =
        llama_chat_apply_template(chat_template, chat.data(), chat.size(), true, rendered.data(),
                                  static_cast<std::int32_t>(rendered.size()));
    if (size < 0) {
      return plain_prompt(request.messages);  // a template this library does not know
    }
    const bool fits = static_cast<std::size_t>(size) <= rendered.size();
    rendered.resize(static_cast<std::size_t>(size));
    if (fits) {
      return fill_template(rendered, request.messages);
    }
  }
  return Error(Code::kInternal, "engine.template", "the chat template has no stable length");
}

Status Llm::Impl::append_tokens(const PromptPiece& piece, Tokens& tokens) const {
  if (piece.text.empty()) {
    return ok_status();
  }
  const bool first = tokens.empty();  // the beginning-of-text token, where the model wants one
  const std::size_t before = tokens.size();
  // No token is shorter than a byte, but a leading one or two may be added.
  tokens.resize(before + piece.text.size() + 8);
  const std::int32_t count =
      llama_tokenize(vocab, piece.text.data(), static_cast<std::int32_t>(piece.text.size()),
                     tokens.data() + before, static_cast<std::int32_t>(tokens.size() - before),
                     first, piece.trusted);
  if (count < 0) {
    return Error(Code::kInternal, "engine.tokenize", "the prompt could not be tokenised");
  }
  tokens.resize(before + static_cast<std::size_t>(count));
  return ok_status();
}

Result<Tokens> Llm::Impl::tokens_of(const GenerationRequest& request) const {
  CLAUSTRUM_TRY_ASSIGN(std::vector<PromptPiece> pieces, pieces_of(request));
  Tokens tokens;
  Status status;
  for (PromptPiece& piece : pieces) {
    if (status.ok()) {
      status = append_tokens(piece, tokens);
    }
    wipe(piece.text.data(), piece.text.size());
  }
  CLAUSTRUM_TRY(std::move(status));
  if (tokens.empty() && llama_vocab_bos(vocab) != LLAMA_TOKEN_NULL) {
    tokens.push_back(llama_vocab_bos(vocab));
  }
  if (tokens.empty()) {
    return Error(Code::kMalformed, "engine.request.prompt", "the prompt is empty");
  }
  // One place must be left for an answer.
  if (tokens.size() >= llama_n_ctx(context.get())) {
    return too_long();
  }
  return tokens;
}

Status Llm::Impl::decode(llama_token* tokens, std::size_t count) {
  const std::int32_t status =
      llama_decode(context.get(), llama_batch_get_one(tokens, static_cast<std::int32_t>(count)));
  if (status == 2) {
    return cancelled_error();
  }
  return status == 0 ? ok_status() : Status(decode_error());
}

Status Llm::Impl::decode_prompt(Tokens& tokens) {
  const std::size_t batch = llama_n_batch(context.get());
  for (std::size_t at = 0; at < tokens.size(); at += batch) {
    CLAUSTRUM_TRY(decode(tokens.data() + at, std::min(batch, tokens.size() - at)));
  }
  return ok_status();
}

std::string Llm::Impl::piece_of(llama_token token) const {
  std::array<char, 128> small{};
  const std::int32_t size = llama_token_to_piece(vocab, token, small.data(),
                                                 static_cast<std::int32_t>(small.size()), 0, false);
  if (size >= 0) {
    return std::string(small.data(), static_cast<std::size_t>(size));
  }
  std::string large(static_cast<std::size_t>(-size), '\0');
  const std::int32_t again = llama_token_to_piece(vocab, token, large.data(), -size, 0, false);
  large.resize(again < 0 ? 0 : static_cast<std::size_t>(again));
  return large;
}

std::unique_ptr<llama_sampler, SamplerDeleter> Llm::Impl::sampler_for(
    const Sampling& sampling) const {
  std::unique_ptr<llama_sampler, SamplerDeleter> chain(
      llama_sampler_chain_init(llama_sampler_chain_default_params()));
  llama_sampler_chain_add(
      chain.get(),
      llama_sampler_init_penalties(llama_vocab_n_tokens(vocab), kPenaltyWindow, kRepeatPenalty,
                                   static_cast<float>(sampling.frequency_penalty),
                                   static_cast<float>(sampling.presence_penalty)));
  const double temperature = sampling.temperature.value_or(default_temperature);
  if (temperature <= 0.0) {
    llama_sampler_chain_add(chain.get(), llama_sampler_init_greedy());
    return chain;
  }
  llama_sampler_chain_add(chain.get(), llama_sampler_init_top_k(kTopK));
  llama_sampler_chain_add(chain.get(),
                          llama_sampler_init_top_p(static_cast<float>(sampling.top_p), 1));
  llama_sampler_chain_add(chain.get(), llama_sampler_init_temp(static_cast<float>(temperature)));
  llama_sampler_chain_add(
      chain.get(),
      llama_sampler_init_dist(sampling.seed.has_value() ? *sampling.seed : random_seed()));
  return chain;
}

Result<Outcome> Llm::Impl::run(const GenerationRequest& request, const EmitToken& emit,
                               CancelPoll& gone) {
  CLAUSTRUM_TRY_ASSIGN(Tokens tokens, tokens_of(request));
  const auto sampler = sampler_for(request.sampling);
  Outcome outcome;
  outcome.usage.prompt_tokens = static_cast<std::int64_t>(tokens.size());
  const std::int64_t room =
      static_cast<std::int64_t>(llama_n_ctx(context.get())) - outcome.usage.prompt_tokens;
  const std::int64_t limit = std::min(room, request.max_tokens.value_or(room));
  const Status prompt_done = decode_prompt(tokens);
  wipe(tokens.data(), tokens.size() * sizeof(llama_token));
  CLAUSTRUM_TRY(prompt_done);
  while (true) {
    llama_token token = llama_sampler_sample(sampler.get(), context.get(), -1);
    if (llama_vocab_is_eog(vocab, token)) {
      outcome.finish = FinishReason::kStop;
      return outcome;
    }
    ++outcome.usage.completion_tokens;
    std::string piece = piece_of(token);
    const bool more = emit(piece);
    wipe(piece.data(), piece.size());
    if (!more) {
      outcome.finish = FinishReason::kStop;
      return outcome;
    }
    if (outcome.usage.completion_tokens >= limit) {
      outcome.finish = FinishReason::kLength;
      return outcome;
    }
    if (gone()) {
      return cancelled_error();
    }
    CLAUSTRUM_TRY(decode(&token, 1));
  }
}

Llm::Llm(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Llm::~Llm() = default;

int Llm::context() const {
  return static_cast<int>(llama_n_ctx(impl_->context.get()));
}

Result<std::unique_ptr<Llm>> Llm::load(const LlmOptions& options) {
  try {
    llama_log_set(discard_log, nullptr);
    ggml_backend_load_all_from_path(options.backends_dir.c_str());
    if (ggml_backend_dev_count() == 0) {
      return Error(Code::kNotFound, "engine.backends", "no usable libggml-cpu-*.so in --backends");
    }
    auto impl = std::make_unique<Impl>();
    llama_model_params model_params = llama_model_default_params();
    model_params.n_gpu_layers = 0;
    impl->model.reset(llama_model_load_from_file(options.model_path.c_str(), model_params));
    if (impl->model == nullptr) {
      return Error(Code::kMalformed, "engine.model", "the model file cannot be loaded");
    }
    impl->vocab = llama_model_get_vocab(impl->model.get());
    impl->default_temperature = options.default_temperature;
    const int own = std::min(llama_model_n_ctx_train(impl->model.get()), kDefaultContext);
    const int size = options.context > 0 ? options.context : own;
    llama_context_params params = llama_context_default_params();
    params.n_ctx = static_cast<std::uint32_t>(size);
    params.n_batch = static_cast<std::uint32_t>(std::min(size, kBatch));
    params.n_ubatch = params.n_batch;
    params.n_seq_max = 1;
    params.n_threads = options.threads;
    params.n_threads_batch = options.threads;
    params.no_perf = true;
    params.abort_callback = [](void* data) {
      const Impl* self = static_cast<const Impl*>(data);
      return self->poll != nullptr && (*self->poll)();
    };
    params.abort_callback_data = impl.get();
    impl->context.reset(llama_init_from_model(impl->model.get(), params));
    if (impl->context == nullptr) {
      return Error(Code::kUnavailable, "engine.memory", "no memory for the model's context");
    }
    return std::unique_ptr<Llm>(new Llm(std::move(impl)));
  } catch (const std::exception&) {
    return Error(Code::kMalformed, "engine.model", "the model file cannot be loaded");
  }
}

Result<Outcome> Llm::generate(const GenerationRequest& request, const EmitToken& emit,
                              const Cancelled& cancelled) {
  CancelPoll gone(cancelled);
  impl_->poll = &gone;
  Result<Outcome> outcome = decode_error();
  try {
    outcome = impl_->run(request, emit, gone);
  } catch (const std::exception&) {
    outcome = decode_error();
  }
  impl_->poll = nullptr;
  // With the data, not only the bookkeeping: the next client's request starts from nothing.
  llama_memory_clear(llama_get_memory(impl_->context.get()), true);
  return outcome;
}

}  // namespace claustrum::engine
