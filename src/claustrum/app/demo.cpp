// SPDX-License-Identifier: Apache-2.0
// `claustrum demo`: the product in one command. Ask a model on a host you cannot trust, and see the
// proof that nobody could read it. Here the TEE is simulated, and every surface says so.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "claustrum/app/command.h"
#include "claustrum/app/demo_ask.h"
#include "claustrum/app/demo_attempts.h"
#include "claustrum/app/demo_interrupt.h"
#include "claustrum/app/demo_model.h"
#include "claustrum/app/demo_screen.h"
#include "claustrum/app/service_loop.h"

namespace claustrum::app {

namespace {

using codec::Json;
namespace fs = std::filesystem;

constexpr const char* kQuestion =
    "Summarise for the discharge letter: 67-year-old man, type 2 diabetes, admitted with chest "
    "pain, "
    "troponin negative, ECG normal, HbA1c 8.9 %, started on metformin 1 g twice daily, follow-up "
    "in "
    "two weeks.";

struct Options {
  std::string ask = kQuestion;
  std::string model;
  bool keep = false;
  bool json = false;
};

Result<StageOptions> stage_options(const Options& options) {
  const fs::path here = fs::path(own_path()).parent_path();
  StageOptions out;
  out.engine = (here / "claustrum-engine").string();
  out.libraries = (here / "engine/lib").string();
  out.quiet = false;
  out.model = options.model;
  for (const char* name : {"models/smollm2-135m-instruct.gguf", "models/tiny-kjv.gguf"}) {
    if (out.model.empty() && fs::exists(here / name)) {
      out.model = (here / name).string();
    }
  }
  if (out.model.empty() || !fs::exists(out.engine)) {
    return Error(Code::kNotFound, "demo.files",
                 std::string("no ") + (out.model.empty() ? "model" : "engine") + " beside " +
                     own_path() + ": run ./dev build");
  }
  CLAUSTRUM_TRY(check_model_file(out.model));
  if (::geteuid() != 0) {
    return Error(Code::kUnauthorised, "demo.privilege",
                 "isolating the model engine needs root: run `sudo claustrum demo`");
  }
  return out;
}

Result<Json> read_ledger(Stage& stage) {
  CLAUSTRUM_TRY_ASSIGN(const std::string profile_words,
                       stage.run("profile-show",
                                 {"profile", "show", stage.file("release/profile.json"),
                                  "--publisher", stage.publisher()},
                                 30'000));
  CLAUSTRUM_TRY_ASSIGN(const LogIdentity log, log_of_profile(stage));
  CLAUSTRUM_TRY_ASSIGN(const std::string text,
                       stage.run("ledger",
                                 {"ledger", "show", "--url", stage.broker_url(), "--key", log.key,
                                  "--origin", log.origin, "--json"},
                                 60'000));
  return codec::parse_json(text);
}

void keep_running(const Stage& stage) {
  std::fprintf(stderr,
               "\nThe demo keeps running. Point any OpenAI client at it:\n\n"
               "  export OPENAI_BASE_URL=%s/v1\n  export OPENAI_API_KEY=%s\n\n"
               "Ctrl-C ends it.\n",
               stage.connect_endpoint().text().c_str(), stage.token().c_str());
  const sigset_t signals = stop_signals();
  int signal = 0;
  (void)::sigwait(&signals, &signal);
}

// At once, since the answer comes piece by piece.
void say(DemoInterrupt& interrupt, std::string_view text) {
  (void)std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0 && errno == EPIPE) {
    interrupt.reader_left();
  }
}

// Who asked for JSON gets one object, of an error too.
int report_as(const Options& options, const Error& error) {
  if (options.json) {
    Json out = Json::object();
    out.set("error", Json::object()
                         .set("code", to_string(error.code()))
                         .set("reason", error.reason())
                         .set("text", error.text()));
    std::printf("%s\n", codec::to_json(out).c_str());
  }
  return report(error);
}

Result<int> run(const Options& options) {
  block_stop_signals();
  CLAUSTRUM_TRY_ASSIGN(const StageOptions staged, stage_options(options));
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<Stage> stage, Stage::make(staged));
  auto interrupt = std::make_unique<DemoInterrupt>(stage->folder());
  CLAUSTRUM_TRY(stage->prepare());
  CLAUSTRUM_TRY(stage->start_serve());
  CLAUSTRUM_TRY(stage->start_connect());
  if (!options.json) {
    say(*interrupt, "\nQuestion: " + options.ask + "\nAnswer:   ");
  }
  CLAUSTRUM_TRY_ASSIGN(const Asked asked, ask(*stage, options.ask, [&](std::string_view piece) {
                         if (!options.json) {
                           say(*interrupt, piece);
                         }
                       }));
  const Json observed = observed_json(stage->tap(), options.ask, asked.answer);
  CLAUSTRUM_TRY_ASSIGN(const std::vector<Attempt> attempts, try_attacks(*stage));
  CLAUSTRUM_TRY_ASSIGN(const Json ledger, read_ledger(*stage));
  const Json result = result_json(*stage, asked, attempts, observed, ledger, options.keep);
  say(*interrupt, options.json ? codec::to_json(result) + "\n" : screen(result, ::isatty(1) == 1));
  if (options.keep) {
    interrupt.reset();  // from here on Ctrl-C is the expected end
    keep_running(*stage);
  }
  return all_held(result) ? kAccepted : kInternal;
}

}  // namespace

void add_demo(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("demo", "Ask a model on a host you cannot trust, and see the proof");
  command->add_option("--ask", options->ask, "the question (default: a medical summary)");
  command->add_option("--model", options->model, "another GGUF file");
  command->add_flag("--keep", options->keep, "leave it running and say how to connect to it");
  command->add_flag("--json", options->json, "one JSON object on standard output");
  command->footer("Runs on loopback only. The TEE is simulated: no protection.");
  command->callback([&chosen, options] {
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code : report_as(*options, code.error());
    };
  });
}

}  // namespace claustrum::app
