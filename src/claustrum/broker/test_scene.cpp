// SPDX-License-Identifier: Apache-2.0
#include "claustrum/broker/test_scene.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/jose.h"
#include "claustrum/kbs/snp_evidence.h"

namespace claustrum::broker::test {

namespace {

const simulator::AmdMachine& shared_machine() {
  static const simulator::AmdMachine machine = simulator::sim_machine(simulator::sim_authority());
  return machine;
}

ledger::NoteSigner log_signer() {
  return {std::string(kOrigin), crypto::PrivateKey::generate(crypto::KeyKind::kEd25519)};
}

}  // namespace

void TestLog::event(Literal name, std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mutex_);
  text_ += name.text();
  for (const LogField& field : fields) {
    text_ += " " + std::string(field.key.text()) + "=" +
             (field.is_text ? std::string(field.text) : std::to_string(field.number));
  }
  text_ += "\n";
}

std::string TestLog::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

std::string good_policy() {
  using policy::test::replaced;
  std::string text = replaced(std::string(policy::test::kPolicyText),
                              "chip-id = { exact = \"cccc\" }", "chip-id = { ignore = \"any\" }");
  text = replaced(text, "forbid-not-offered = [\"leaf-revocation\"]\n", "");
  text = replaced(text, "[tcb.Milan]\nbootloader = { at-least = 4 }\nsnp = { at-least = 24 }",
                  "[tcb.Milan]\nbootloader = { at-least = 4 }\ntee = { at-least = 0 }\n"
                  "snp = { at-least = 27 }\nmicrocode = { at-least = 222 }");
  text +=
      "[[waive]]\nfactor = \"collateral-current\"\nreason = \"no floors in this test\"\n"
      "until = \"2030-01-01T00:00:00Z\"\n";
  text += "[[simulated]]\nroot = \"" +
          codec::hex_encode(simulator::sim_authority().root().spki_sha256) +
          "\"\nreason = \"test\"\nuntil = \"2030-01-01T00:00:00Z\"\n";
  return text;
}

policy::Policy parse(std::string_view text) {
  return policy::Policy::parse(as_bytes(text)).value();
}

policy::Policy policy_with(std::string_view from, std::string_view to) {
  const std::string good = good_policy();
  CLAUSTRUM_CHECK(good.find(from) != std::string::npos);
  return parse(policy::test::replaced(good, from, to));
}

Guest::Guest() : machine(&shared_machine()), collateral(shared_machine().collateral()) {
  launch.measurement.fill(0xaa);
  launch.host_data = crypto::sha256(as_bytes(init_data));
}

kbs::Attestation Guest::attestation(const std::string& session_nonce) const {
  kbs::Attestation out;
  out.init_data = kbs::InitDataMessage{"toml", init_data};
  out.nonce = session_nonce;
  out.tee_pubkey = crypto::jwk_from_public_key(key.public_key(), "ECDH-ES+A256KW");
  const Bytes report = machine->report(launch, kbs::report_data(session_nonce, out.tee_pubkey, ""));
  out.primary_evidence = kbs::make_snp_evidence({"amd-sev-snp", report, collateral});
  tamper(out);
  return out;
}

store::MasterKey master_key() {
  ByteArray<32> key;
  key.fill(0x42);
  return store::MasterKey(key);
}

Scene::Scene(std::string_view baseline, std::size_t max_sessions)
    : state(State::open(path, master_key()).value()),
      identity(crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key()) {
  verifiers["amd-sev-snp"] = evidence::snp::verify;
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  identity = key.public_key();
  service = std::make_unique<Service>(ServiceOptions{parse(baseline), std::move(key), log_signer(),
                                                     std::string(kOrigin), max_sessions},
                                      *state, verifiers, clock, log);
  put(kSecretName, kSecretValue, parse(good_policy()));
}

net::Response Scene::send(const net::Request& request) {
  CapturedAnswer answer;
  service->handle(request, answer);
  answers.push_back(answer.response);
  return answer.response;
}

net::Response Scene::post(std::string_view target, std::string_view body, std::string_view cookie) {
  net::Request request;
  request.method = "POST";
  request.target = target;
  request.body = to_bytes(body);
  if (!cookie.empty()) {
    request.headers.add("Cookie", std::string(cookie));
  }
  return send(request);
}

net::Response Scene::get(std::string_view target, std::string_view cookie) {
  net::Request request;
  request.target = target;
  if (!cookie.empty()) {
    request.headers.add("Cookie", std::string(cookie));
  }
  return send(request);
}

net::Response Scene::auth(Guest& guest) {
  net::Response response = post("/kbs/v0/auth", kbs::to_json(kbs::AuthRequest{"0.4.0", "snp"}));
  if (response.status == 200) {
    const std::string cookie(response.headers.find("Set-Cookie").value());
    guest.cookie = cookie.substr(0, cookie.find(';'));
    guest.nonce = kbs::parse_challenge(response.body).value().nonce;
  }
  return response;
}

net::Response Scene::attest(Guest& guest) {
  return post("/kbs/v0/attest", kbs::to_json(guest.attestation(guest.nonce)), guest.cookie);
}

net::Response Scene::join(Guest& guest) {
  EXPECT_EQ(auth(guest).status, 200);
  return attest(guest);
}

net::Response Scene::fetch(const Guest& guest, std::string_view name) {
  return get("/kbs/v0/resource/" + std::string(name), guest.cookie);
}

std::string Scene::opened(const Guest& guest, const net::Response& response) const {
  const auto jwe = codec::parse_json(response.body);
  if (response.status != 200 || !jwe.ok()) {
    return "status " + std::to_string(response.status) + " " + detail_of(response);
  }
  const auto value = crypto::jwe_decrypt(*jwe, guest.key);
  return value.ok() ? std::string(as_text(value->reveal())) : value.error().message();
}

void Scene::put(std::string_view name, std::string_view value, const policy::Policy& policy) {
  const auto version =
      state->put_secret(std::string(name), SecretBytes::copy_of(as_bytes(value)), policy);
  CLAUSTRUM_CHECK(version.ok());
}

std::vector<codec::Json> Scene::ledger() {
  std::vector<codec::Json> out;
  for (std::uint64_t i = 0; i < state->tree().size(); ++i) {
    const Result<Bytes> entry = state->ledger_entry(i);
    EXPECT_TRUE(entry.ok()) << i << " " << entry.error().message();
    out.push_back(entry.ok() ? codec::parse_json(*entry).value() : codec::Json());
  }
  return out;
}

std::string detail_of(const net::Response& response) {
  return kbs::error_detail(response.body);
}

std::string audit_id_of(const net::Response& response) {
  const std::string detail = detail_of(response);
  constexpr std::string_view kMark = "(audit ";
  const std::size_t at = detail.find(kMark);
  return at == std::string::npos ? std::string() : detail.substr(at + kMark.size(), 16);
}

void expect_denied(const net::Response& response, std::string_view factor,
                   std::string_view reason) {
  EXPECT_EQ(response.status, 401);
  const std::string want = "policy_denied " + std::string(factor) + " " + std::string(reason) + " ";
  EXPECT_EQ(detail_of(response).substr(0, want.size()), want) << detail_of(response);
}

void expect_error(const net::Response& response, int status, std::string_view begins) {
  EXPECT_EQ(response.status, status);
  EXPECT_TRUE(detail_of(response).starts_with(begins)) << detail_of(response);
}

}  // namespace claustrum::broker::test
