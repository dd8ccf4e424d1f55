// SPDX-License-Identifier: Apache-2.0
// `claustrum seal`: encrypt model files under an owner's key, with a manifest that names their
// contents.
#include <cstdio>
#include <filesystem>

#include "claustrum/app/command.h"
#include "claustrum/app/key_files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/sealed/seal_model.h"

namespace claustrum::app {

namespace {

struct Options {
  std::string source;
  std::string out;
  std::string key_file;
  std::string model;
  std::string version = "1";
};

Result<std::vector<sealed::SourceFile>> sources_of(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    return sealed::list_source_files(path);
  }
  const std::string name = std::filesystem::path(path).filename().string();
  return std::vector<sealed::SourceFile>{{name, path}};
}

Result<int> run(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(std::vector<sealed::SourceFile> files, sources_of(options.source));
  CLAUSTRUM_TRY_ASSIGN(const sealed::FileKey key, load_or_make_secret(options.key_file));
  CLAUSTRUM_TRY_ASSIGN(
      const sealed::SealedModel model,
      sealed::seal_model(std::move(files), key, options.model, options.version, options.out));
  codec::Json out = codec::Json::object();
  out.set("manifest", codec::hex_encode(model.digest))
      .set("model", options.model)
      .set("files", static_cast<std::int64_t>(model.manifest.files.size()));
  std::printf("%s\n", codec::to_json(out).c_str());
  return kAccepted;
}

}  // namespace

void add_seal(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("seal", "Encrypt model files under your own key");
  command->add_option("source", options->source, "file or folder")
      ->required()
      ->check(CLI::ExistingPath);
  command->add_option("--out", options->out, "folder for the sealed model")->required();
  command->add_option("--key-file", options->key_file, "32-byte key; made (0600) if missing")
      ->required();
  command->add_option("--model", options->model, "model id")->required();
  command->add_option("--model-version", options->version, "model version")->capture_default_str();
  command->footer(
      "Example:\n  claustrum seal model.gguf --out sealed --key-file model.key --model my-model\n"
      "Prints the manifest digest that init-data and receipts name.");
  command->callback([&chosen, options] {
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code : report(code.error());
    };
  });
}

}  // namespace claustrum::app
