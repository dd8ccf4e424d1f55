// SPDX-License-Identifier: Apache-2.0
// `claustrum ledger`: read a transparency log and check every entry's inclusion proof.
#include <algorithm>
#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/codec/json.h"
#include "claustrum/ledger/entry.h"
#include "claustrum/ledger/merkle.h"
#include "claustrum/ledger/tlog_proof.h"
#include "claustrum/net/http.h"

namespace claustrum::app {

namespace {

using codec::Json;

constexpr std::uint64_t kMaxShown = 1000;

struct Options {
  std::string url;
  std::string key;
  std::string origin;
  bool json = false;
};

Result<Bytes> get(const net::Endpoint& log, const std::string& target) {
  net::Request request;
  request.target = target;
  CLAUSTRUM_TRY_ASSIGN(net::Response response, net::send(log, request));
  if (response.status != 200) {
    return Error(Code::kUnavailable, "ledger.answer",
                 "the log answered HTTP " + std::to_string(response.status));
  }
  return std::move(response.body);
}

Result<ledger::Checkpoint> fetch_checkpoint(const net::Endpoint& log, const std::string& origin,
                                            const std::vector<ledger::NoteVerifier>& keys) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, get(log, "/ledger/checkpoint"));
  CLAUSTRUM_TRY_ASSIGN(const ledger::Note note, ledger::parse_note(as_text(text)));
  CLAUSTRUM_TRY(ledger::verify_note(note, keys));
  CLAUSTRUM_TRY_ASSIGN(ledger::Checkpoint checkpoint, ledger::parse_checkpoint(note.text));
  if (checkpoint.origin != origin) {
    return Error(Code::kMismatch, "ledger.origin", "the checkpoint is of another log");
  }
  return checkpoint;
}

Result<Json> fetch_entry(const net::Endpoint& log, std::uint64_t index, const Options& options,
                         const std::vector<ledger::NoteVerifier>& keys, ledger::MerkleTree& tree) {
  const std::string query = "?index=" + std::to_string(index);
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, get(log, "/ledger/entry" + query));
  CLAUSTRUM_TRY_ASSIGN(const Bytes proof_text, get(log, "/ledger/proof" + query));
  CLAUSTRUM_TRY_ASSIGN(const ledger::TlogProof proof,
                       ledger::parse_tlog_proof(as_text(proof_text)));
  if (proof.index != index) {
    return Error(Code::kMismatch, "ledger.index", "the proof is of another entry");
  }
  CLAUSTRUM_TRY(ledger::verify_tlog_proof(proof, text, options.origin, keys));
  CLAUSTRUM_TRY_ASSIGN(const ledger::Entry entry, ledger::parse_entry(text));
  tree.append(text);
  Json out = Json::object();
  out.set("index", static_cast<std::int64_t>(index))
      .set("type", entry.type)
      .set("time", format_rfc3339(entry.time))
      .set("detail", entry.detail)
      .set("included", true);
  return out;
}

// Each proof holds under the checkpoint that came with it, which a log that shows different people
// different entries signs as well. All entries together have to be the log of this one checkpoint.
Status check_whole(const ledger::MerkleTree& tree, const ledger::Checkpoint& checkpoint) {
  if (tree.size() == checkpoint.size && tree.root() != checkpoint.root) {
    return Error(
        Code::kMismatch, "ledger.root",
        "these entries are not the log that the checkpoint signs: keep them, the log shows "
        "more than one history");
  }
  return ok_status();
}

void print_entry(const Json& entry) {
  std::printf("%4lld  %-16s %s  inclusion proof verified\n",
              static_cast<long long>(entry.find("index")->integer()),
              entry.find("type")->string().c_str(), entry.find("time")->string().c_str());
}

Result<int> run(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const net::Endpoint log, net::Endpoint::parse(options.url));
  CLAUSTRUM_TRY_ASSIGN(ledger::NoteVerifier key, ledger::NoteVerifier::parse(options.key));
  const std::vector<ledger::NoteVerifier> keys = {std::move(key)};
  CLAUSTRUM_TRY_ASSIGN(const ledger::Checkpoint checkpoint,
                       fetch_checkpoint(log, options.origin, keys));
  ledger::MerkleTree tree;
  Json entries = Json::array();
  for (std::uint64_t i = 0; i < std::min(checkpoint.size, kMaxShown); ++i) {
    CLAUSTRUM_TRY_ASSIGN(Json entry, fetch_entry(log, i, options, keys, tree));
    entries.push(std::move(entry));
  }
  CLAUSTRUM_TRY(check_whole(tree, checkpoint));
  if (options.json) {
    Json out = Json::object();
    out.set("origin", checkpoint.origin)
        .set("size", static_cast<std::int64_t>(checkpoint.size))
        .set("witnesses", 0)
        .set("entries", std::move(entries));
    std::printf("%s\n", codec::to_json(out).c_str());
  } else {
    std::ranges::for_each(entries.items(), print_entry);
    if (tree.size() < checkpoint.size) {
      std::printf("the first %llu entries of:\n", static_cast<unsigned long long>(tree.size()));
    }
    std::printf("%llu entries, checkpoint signed by %s, unwitnessed\n",
                static_cast<unsigned long long>(checkpoint.size), keys.front().name().c_str());
  }
  return kAccepted;
}

}  // namespace

void add_ledger(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("ledger", "Transparency log of software, policies, releases");
  command->require_subcommand(1);
  CLI::App* show = command->add_subcommand("show", "Fetch entries and check each inclusion proof");
  show->add_option("--url", options->url, "http://HOST:PORT of the log")->required();
  show->add_option("--key", options->key, "the log's vkey")->required();
  show->add_option("--origin", options->origin, "the log's name")->required();
  show->add_flag("--json", options->json, "one JSON object");
  show->callback([&chosen, options] {
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code : report(code.error());
    };
  });
}

}  // namespace claustrum::app
