// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_attempts.h"

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/codec/base64.h"
#include "claustrum/crypto/random.h"

namespace claustrum::app {

namespace {

using codec::Json;

constexpr std::size_t kMaxProgram = std::size_t{512} << 20;
constexpr int kGuestTimeout = 60'000;

// "claustrum: unauthorised kbs.refused: policy_denied measurement.measurement policy.measurement
// (audit ...)" to "measurement.measurement policy.measurement".
std::string refusal_of(const std::string& words) {
  constexpr std::string_view kMark = "policy_denied ";
  const std::size_t begin = words.find(kMark);
  if (begin == std::string::npos) {
    return words;
  }
  const std::string rest = words.substr(begin + kMark.size());
  return rest.substr(0, rest.find(" (audit"));
}

// Refused by accident (an expired policy, a broker that is down) is not refused: the reason counts.
Result<Attempt> try_guest(Stage& stage, GuestOptions guest, std::string_view expected,
                          const char* what) {
  CLAUSTRUM_TRY_ASSIGN(const int code, stage.run_guest(guest, kGuestTimeout));
  Attempt out;
  out.name = guest.name;
  out.what = what;
  out.by = "broker";
  out.reason = refusal_of(stage.last_words(guest.name));
  out.refused = code == kRefused && out.reason == expected;
  return out;
}

Result<Attempt> altered_workload(Stage& stage) {
  CLAUSTRUM_TRY_ASSIGN(Bytes program, read_file(own_path(), kMaxProgram));
  program.push_back(1);  // one byte more: it still runs, and it is another program
  GuestOptions guest;
  guest.name = "altered-workload";
  guest.workload = stage.file("altered");
  CLAUSTRUM_TRY(write_file(guest.workload, program, 0700));
  return try_guest(stage, guest, "measurement.measurement policy.measurement",
                   "the same program with one byte added asks for the keys");
}

Result<Attempt> debug(Stage& stage) {
  GuestOptions guest;
  guest.name = "debug";
  guest.debug = true;
  return try_guest(stage, guest, "debug policy.debug",
                   "a guest whose memory the host may read asks for the keys");
}

Result<Attempt> unknown_root(Stage& stage) {
  GuestOptions guest;
  guest.name = "unknown-root";
  guest.authority = stage.file("other-amd");
  return try_guest(stage, guest, "root snp.root.untrusted",
                   "a machine certified by another authority asks for the keys");
}

Result<Bytes> record_document(const Stage& stage) {
  net::Request request;
  request.method = "POST";
  request.target = "/claustrum/evidence";
  Json body = Json::object();
  body.set("version", 1).set("nonce", codec::base64_encode(crypto::random_array<32>()));
  request.body = to_bytes(codec::to_json(body));
  CLAUSTRUM_TRY_ASSIGN(net::Response response, net::send(stage.serve_endpoint(), request));
  return std::move(response.body);
}

// First failing factor of a verdict, "id reason".
std::string first_failure(const Json& verdict) {
  const Json* factors = verdict.find("factors");
  for (const Json& factor : factors == nullptr ? Json::Array() : factors->items()) {
    const Result<std::string> status = factor.string_at("status");
    const Result<std::string> reason = factor.string_at("reason");
    const Result<std::string> id = factor.string_at("id");
    if (status.ok() && *status == "fail" && id.ok()) {
      return *id + (reason.ok() ? " " + *reason : "");
    }
  }
  return {};
}

// A host that keeps yesterday's genuine evidence and shows it to everybody.
Result<Attempt> replay(Stage& stage) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes recorded, record_document(stage));
  net::ServerOptions options;
  CLAUSTRUM_TRY_ASSIGN(options.endpoint, net::Endpoint::parse("http://127.0.0.1:0"));
  CLAUSTRUM_TRY_ASSIGN(
      const std::unique_ptr<net::Server> host,
      net::Server::start(options, [&](const net::Request&, net::ResponseWriter& out) {
        net::Response response;
        response.headers.add("Content-Type", "application/json");
        response.body = recorded;
        (void)out.respond(response);
      }));
  Attempt out;
  out.name = "replay";
  out.what = "the host answers a client with evidence it recorded before";
  out.by = "client";
  const Result<std::string> verdict =
      stage.run("replay",
                {"connect", "--profile", stage.file("release/profile.json"), "--publisher",
                 stage.publisher(), "--service", host->endpoint().text(), "--check", "--json"},
                30'000, kRefused);
  if (verdict.ok()) {
    CLAUSTRUM_TRY_ASSIGN(const Json json, codec::parse_json(*verdict));
    out.reason = first_failure(json);
    out.refused = out.reason == "binding document.binding";
  } else {
    out.reason = verdict.error().text();
  }
  return out;
}

}  // namespace

Result<std::vector<Attempt>> try_attacks(Stage& stage) {
  std::vector<Attempt> out;
  for (const auto attack : {altered_workload, debug, replay, unknown_root}) {
    CLAUSTRUM_TRY_ASSIGN(Attempt attempt, attack(stage));
    out.push_back(std::move(attempt));
  }
  return out;
}

}  // namespace claustrum::app
