// SPDX-License-Identifier: Apache-2.0
// `claustrum broker put|serve|explain`: keep secrets under policies and give them to workloads that
// satisfy them.
#include <csignal>
#include <cstdio>

#include "claustrum/app/broker_files.h"
#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/key_files.h"
#include "claustrum/app/service_loop.h"
#include "claustrum/broker/service.h"
#include "claustrum/verify/verifiers.h"

namespace claustrum::app {

namespace {

struct Options {
  BrokerFiles files;
  std::string name;
  std::string secret_file;
  std::string policy;
  std::string listen = "http://127.0.0.1:0";
  std::string identity;
  std::string ledger_key;
  std::string ledger_origin;
  std::string baseline;
  std::string ready_file;
  std::string audit_id;
};

Result<policy::Policy> load_policy(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(path));
  return policy::Policy::parse(text);
}

Result<int> run_put(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const kbs::ResourcePath path, kbs::parse_resource_path(options.name));
  CLAUSTRUM_TRY_ASSIGN(const policy::Policy policy, load_policy(options.policy));
  CLAUSTRUM_TRY_ASSIGN(const SecretBytes secret, read_secret_file(options.secret_file));
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<broker::State> state,
                       open_or_make_broker(options.files));
  for (const std::string& missing : policy.missing()) {
    std::fprintf(stderr,
                 "claustrum: warning: the policy says nothing about %s and denies everybody\n",
                 missing.c_str());
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t version, state->put_secret(path.text, secret, policy));
  std::printf("{\"version\":%lld}\n", static_cast<long long>(version));
  return kAccepted;
}

Result<int> run_explain(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<broker::State> state, open_broker(options.files));
  CLAUSTRUM_TRY_ASSIGN(const codec::Json record, state->audit(options.audit_id));
  std::printf("%s", codec::to_pretty_json(record).c_str());
  return kAccepted;
}

Result<int> run_serve(const Options& options) {
  block_stop_signals();
  const Status named = ledger::check_note_name(options.ledger_origin);
  if (!named.ok()) {
    return bad_option("--ledger-origin", named.error());
  }
  CLAUSTRUM_TRY_ASSIGN(const std::unique_ptr<broker::State> state, open_broker(options.files));
  CLAUSTRUM_TRY_ASSIGN(policy::Policy baseline, load_policy(options.baseline));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey identity,
                       load_key(options.identity, crypto::KeyKind::kP256));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey log,
                       load_key(options.ledger_key, crypto::KeyKind::kEd25519));
  SystemClock clock;
  FdLog logger(2);
  broker::Service service(
      {std::move(baseline), std::move(identity),
       ledger::NoteSigner(options.ledger_origin, std::move(log)), options.ledger_origin},
      *state, verify::verifiers(), clock, logger);
  return serve_until_stopped(
      {options.listen}, options.ready_file, logger,
      [&](const net::Request& request, net::ResponseWriter& out) { service.handle(request, out); },
      [&](const net::Request& head) { return service.admit(head); });
}

int finish(const Result<int>& code) {
  return code.ok() ? *code : report(code.error());
}

void add_state_options(CLI::App* command, BrokerFiles& files, const std::string& if_missing) {
  command->add_option("--database", files.database, "SQLite file" + if_missing)->required();
  command
      ->add_option("--master-key", files.master_key,
                   "32-byte file that seals the rows" + if_missing)
      ->required();
}

}  // namespace

void add_broker(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("broker", "Release keys only to workloads that satisfy a policy");
  command->require_subcommand(1);

  CLI::App* put = command->add_subcommand("put", "Store or replace a secret under a policy");
  add_state_options(put, options->files, "; made (0600) if there is neither");
  put->add_option("--name", options->name, "repository/type/tag")->required();
  put->add_option("--secret-file", options->secret_file, "file with the secret's bytes")
      ->required();
  put->add_option("--policy", options->policy, "policy file: who may get it")->required();
  put->callback([&chosen, options] { chosen = [options] { return finish(run_put(*options)); }; });

  CLI::App* serve = command->add_subcommand("serve", "Answer the KBS protocol (0.4.0)");
  add_state_options(serve, options->files, "");
  serve->add_option("--listen", options->listen, "http://HOST:PORT or unix:PATH")
      ->capture_default_str();
  serve->add_option("--identity", options->identity, "broker's P-256 key (PEM)")->required();
  serve->add_option("--ledger-key", options->ledger_key, "log's Ed25519 key (PEM)")->required();
  serve->add_option("--ledger-origin", options->ledger_origin, "name of the log")->required();
  serve->add_option("--baseline", options->baseline, "policy every caller must satisfy")
      ->required();
  serve->add_option("--ready-file", options->ready_file, "written with the address once listening");
  serve->footer("Rollback of the database is not detected in this version.");
  serve->callback(
      [&chosen, options] { chosen = [options] { return finish(run_serve(*options)); }; });

  CLI::App* explain = command->add_subcommand("explain", "Show an audit record to its owner");
  add_state_options(explain, options->files, "");
  explain->add_option("id", options->audit_id, "audit id from a refusal")->required();
  explain->callback(
      [&chosen, options] { chosen = [options] { return finish(run_explain(*options)); }; });
}

}  // namespace claustrum::app
