// SPDX-License-Identifier: Apache-2.0
// The model, through llama.cpp's prebuilt libllama; llm.cpp is the only file that sees its header
// and the place where its exceptions stop. One context, one request at a time, cleared after each:
// no prefix of one client is ever reused for another, so neither text nor time to first token can
// tell what somebody else asked [PROTOCOL 7].
#pragma once

#include <memory>

#include "claustrum/engine/generator.h"

namespace claustrum::engine {

struct LlmOptions {
  std::string model_path;    // a GGUF file; /proc/self/fd/N of a memfd will do
  std::string backends_dir;  // holds libggml-cpu-*.so
  int threads = 2;
  int context = 0;  // tokens; 0: the model's own, at most 4096
  double default_temperature = 0.3;
};

class Llm final : public Generator {
 public:
  // Not found "engine.backends", malformed "engine.model", unavailable "engine.memory".
  static Result<std::unique_ptr<Llm>> load(const LlmOptions& options);
  ~Llm() override;

  Result<Outcome> generate(const GenerationRequest& request, const EmitToken& emit,
                           const Cancelled& cancelled) override;
  int context() const;

 private:
  struct Impl;
  explicit Llm(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace claustrum::engine
