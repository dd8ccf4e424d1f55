// SPDX-License-Identifier: Apache-2.0
// `claustrum connect`: a local OpenAI endpoint in front of a verified service.
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/service_loop.h"
#include "claustrum/app/verdict_output.h"
#include "claustrum/gateway/proxy/receipt_box.h"
#include "claustrum/gateway/proxy/service.h"
#include "claustrum/verify/verifiers.h"

namespace claustrum::app {

namespace {

struct Options {
  std::string profile;
  std::string publisher;
  std::string service;
  std::string listen = "http://127.0.0.1:0";
  std::string socket;
  std::string token_file;
  std::string receipts;
  std::string number_file;
  std::string ready_file;
  bool check = false;
  bool json = false;
};

constexpr std::size_t kMinToken = 16;

SecretBytes fresh_token() {
  std::string token = gateway::make_local_token() + "\n";
  SecretBytes out = SecretBytes::copy_of(as_bytes(token));
  wipe(token.data(), token.size());
  return out;
}

Result<SecretBytes> load_or_make_token(const std::string& path) {
  CLAUSTRUM_TRY_ASSIGN(SecretBytes token, read_or_create_secret(path, 256, fresh_token));
  if (!token.empty() && token.reveal().back() == '\n') {
    token.shrink(token.size() - 1);
  }
  // A file cut short by a full disk must not let everybody in.
  if (token.size() < kMinToken) {
    return Error(Code::kMalformed, "connect.token", "the token file holds no token; remove it");
  }
  return token;
}

// The highest profile number seen so far, 1 before the first. A file that cannot be read is no
// first time.
Result<std::int64_t> last_number(const std::string& path) {
  if (path.empty() || ::access(path.c_str(), F_OK) != 0) {
    return std::int64_t{1};
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes seen, read_file(path, 32));
  std::string_view text = as_text(seen);
  text.remove_suffix(text.ends_with('\n') ? 1 : 0);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 1) {
    return Error(Code::kMalformed, "connect.state", "the state file holds no profile number");
  }
  return number;
}

// An edition older than one seen before is refused.
Status remember_number(const std::string& path, const document::Profile& profile) {
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t least, last_number(path));
  CLAUSTRUM_TRY(document::check_profile(profile, SystemClock().now(), least));
  if (path.empty()) {
    return ok_status();
  }
  return write_file(path, as_bytes(std::to_string(profile.claims().number) + "\n"), 0600);
}

Result<document::Profile> check_and_remember(const Options& options, BytesView text,
                                             BytesView publisher) {
  CLAUSTRUM_TRY_ASSIGN(document::Profile profile, document::verify_profile(text, publisher));
  CLAUSTRUM_TRY(remember_number(options.number_file, profile));
  return profile;
}

Result<document::Profile> import_profile(const Options& options) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher, hex_option("--publisher", options.publisher, 32));
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(options.profile));
  Result<document::Profile> profile = check_and_remember(options, text, publisher);
  if (!profile.ok()) {
    const Error& error = profile.error();
    return Error(error.code(), error.reason(),
                 "nothing was sent: " + error.text() + "; expected a profile of publisher " +
                     options.publisher +
                     " that is valid now: get the newest from them, never from "
                     "the service");
  }
  return profile;
}

// Prints the verdict of the first verification; its exit code when it refuses.
int show_verdict(const gateway::AttestedService& service, const std::string& address,
                 const Error* error, Output output) {
  const std::shared_ptr<const policy::Appraisal> verdict = service.last_verdict();
  if (verdict == nullptr) {
    return print_error(
        Error(error->code(), error->reason(),
              "nothing was sent: " + address + " gave no evidence: " + error->text() +
                  "; check the address, and that the service or relay runs"),
        output);
  }
  if (error != nullptr) {
    std::fprintf(stderr, "claustrum: nothing was sent: %s\n", error->text().c_str());
  }
  if (output == Output::kText) {
    std::fprintf(
        stderr, "%s",
        policy::explain(*verdict, ::isatty(2) == 1 ? policy::Colour::kOn : policy::Colour::kOff)
            .c_str());
    return policy::exit_code(policy::verdict_of(*verdict));
  }
  return print_verdict(policy::view_of(*verdict), output);
}

Result<int> run(const Options& options) {
  block_stop_signals();
  const Output output = options.json ? Output::kJson : Output::kText;
  CLAUSTRUM_TRY_ASSIGN(document::Profile profile, import_profile(options));
  if (!options.check) {
    std::fprintf(stderr, "%s\n", document::explain_profile(profile).c_str());
  }
  CLAUSTRUM_TRY_ASSIGN(const net::Endpoint endpoint, net::Endpoint::parse(options.service));
  CLAUSTRUM_TRY_ASSIGN(const net::Endpoint listen, net::Endpoint::parse(options.listen));
  if (!listen.is_loopback()) {
    return Error(
        Code::kUnauthorised, "connect.listen",
        "the local endpoint carries plaintext: it listens on loopback or a Unix socket only");
  }
  if (!options.check && !options.receipts.empty()) {
    Status ready = gateway::prepare_receipt_folder(options.receipts);
    if (!ready.ok()) {
      return std::move(ready).error().within("--receipts " + options.receipts);
    }
  }
  SystemClock clock;
  gateway::AttestedService service(endpoint, std::move(profile), verify::verifiers(), clock,
                                   [&options] { return last_number(options.number_file); });
  const auto first = service.current();
  const int verdict =
      show_verdict(service, options.service, first.ok() ? nullptr : &first.error(), output);
  if (!first.ok()) {
    return verdict == kAccepted ? exit_code(first.error()) : verdict;
  }
  if (options.check) {
    return verdict;
  }
  CLAUSTRUM_TRY_ASSIGN(SecretBytes token, load_or_make_token(options.token_file));
  FdLog log(2);
  gateway::ProxyService proxy({options.receipts}, gateway::LocalGuard(std::move(token)), service,
                              log);
  std::vector<std::string> listen_on = {options.listen};
  if (!options.socket.empty()) {
    listen_on.push_back("unix:" + options.socket);
  }
  return serve_until_stopped(
      listen_on, options.ready_file, log,
      [&](const net::Request& request, net::ResponseWriter& out) { proxy.handle(request, out); },
      [&](const net::Request& head) { return proxy.admit(head); });
}

}  // namespace

void add_connect(CLI::App& parent, Run& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      parent.add_subcommand("connect", "Local OpenAI endpoint in front of a verified service");
  command->add_option("--profile", options->profile, "service profile from its publisher")
      ->required();
  command->add_option("--publisher", options->publisher, "SHA-256 of the publisher key (hex)")
      ->required();
  command->add_option("--service", options->service, "http://HOST:PORT of the service or a relay")
      ->required();
  command->add_option("--listen", options->listen, "loopback address or unix:PATH")
      ->capture_default_str();
  command->add_option("--socket", options->socket, "also listen on this Unix socket (mode 0600)");
  CLI::Option* token = command->add_option("--token-file", options->token_file,
                                           "local API key; made (0600) if missing");
  command->add_option("--receipts", options->receipts, "folder for receipts and their openings");
  command->add_option("--state", options->number_file, "file that remembers the profile's number");
  command->add_option("--ready-file", options->ready_file,
                      "written with the address once listening");
  CLI::Option* check =
      command->add_flag("--check", options->check, "verify, show the verdict and end");
  command->add_flag("--json", options->json, "the first verdict as one JSON object");
  command->footer(
      "Then: export OPENAI_BASE_URL=http://127.0.0.1:PORT/v1 OPENAI_API_KEY=$(cat TOKEN_FILE)\n"
      "Exit codes as for verify: 0 accepted, 10 refused (nothing was sent).");
  command->callback([&chosen, options, token, check] {
    if (token->count() + check->count() == 0) {
      throw CLI::RequiredError("--token-file (or --check)");
    }
    chosen = [options] {
      const Result<int> code = run(*options);
      return code.ok() ? *code
                       : print_error(code.error(), options->json ? Output::kJson : Output::kText);
    };
  });
}

}  // namespace claustrum::app
