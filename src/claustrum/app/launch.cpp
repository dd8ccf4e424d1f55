// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/launch.h"

#include <array>
#include <cstdlib>

#include "claustrum/app/files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/pem.h"
#include "claustrum/crypto/random.h"
#include "claustrum/evidence/snp/format.h"
#include "claustrum/kbs/client.h"
#include "claustrum/simulator/report_device.h"

namespace claustrum::app {

namespace {

Result<std::unique_ptr<attest::Attester>> open_attester() {
  const char* device = std::getenv("CLAUSTRUM_SIM_DEVICE");
  if (device == nullptr) {
    return Error(Code::kUnavailable, "launch.no_tee",
                 "no TEE here: this version attests inside `claustrum sim run` only");
  }
  const int fd = std::atoi(device);
  (void)::unsetenv("CLAUSTRUM_SIM_DEVICE");
  CLAUSTRUM_TRY_ASSIGN(std::unique_ptr<simulator::SimAttester> attester,
                       simulator::SimAttester::open(fd));
  return std::unique_ptr<attest::Attester>(std::move(attester));
}

// Our own evidence, fresh: is the init-data on disk the one the hardware was launched with? It is
// not verified here, since a lying host gains nothing: the broker and every client verify it.
Status check_own_launch(attest::Attester& attester, const policy::InitData& init_data) {
  ByteArray<64> challenge{};
  crypto::random_fill(challenge);
  CLAUSTRUM_TRY_ASSIGN(const attest::RawEvidence own, attester.collect(challenge));
  CLAUSTRUM_TRY_ASSIGN(const evidence::snp::Report report,
                       evidence::snp::parse_report(own.evidence));
  if (!equal(report.report_data, challenge)) {
    return Error(Code::kMismatch, "launch.own_evidence", "the TEE answered another challenge");
  }
  const Status bound = policy::check_launch_digest(init_data, report.host_data);
  if (!bound.ok()) {
    return Error(Code::kMismatch, "launch.init_data_mismatch",
                 "init-data digest is " + codec::hex_encode(init_data.digest()) +
                     ", the hardware was launched with " + codec::hex_encode(report.host_data) +
                     ": start the guest with this init-data, or give the one it was started with");
  }
  return ok_status();
}

struct Keys {
  sealed::FileKey model;
  crypto::PrivateKey identity;
  crypto::Sha256Digest release_policy{};
};

// What a slot of init-data got, and from where.
struct Fetched {
  std::string place;  // "secret model-key (default/model-key/1)"
  kbs::Secret secret;
};

Result<Fetched> fetch(kbs::Client& client, const policy::LaunchConfig& config,
                      std::string_view slot) {
  const auto path = config.secrets.find(slot);
  if (path == config.secrets.end()) {
    return Error(Code::kMalformed, "launch.secrets", "init-data names no " + std::string(slot));
  }
  const std::string place = "secret " + std::string(slot) + " (" + path->second + ")";
  CLAUSTRUM_TRY_ASSIGN(const kbs::ResourcePath resource, kbs::parse_resource_path(path->second));
  Result<kbs::Secret> secret = client.fetch(resource);
  if (!secret.ok()) {
    return std::move(secret).error().within(place);
  }
  return Fetched{place, std::move(secret).value()};
}

// Of what a secret holds nothing is said but that it is none of its kind.
Result<sealed::FileKey> model_key_of(const Fetched& fetched) {
  Result<sealed::FileKey> key = sealed::file_key_from(fetched.secret.value.reveal());
  if (!key.ok() || fetched.secret.policy_digest.size() != 32) {
    return Error(Code::kMalformed, "launch.model_key",
                 fetched.place + " is no model key of 32 bytes");
  }
  return key;
}

Result<crypto::PrivateKey> identity_key_of(const Fetched& fetched) {
  const Error bad(Code::kMalformed, "launch.identity_key",
                  fetched.place + " is no P-256 private key in PEM");
  Result<std::vector<codec::PemBlock>> pem = codec::pem_decode(fetched.secret.value.reveal());
  if (!pem.ok()) {
    return bad;
  }
  Result<crypto::PrivateKey> key = crypto::PrivateKey::from_pkcs8(pem->front().der);
  for (codec::PemBlock& block : *pem) {
    wipe(block.der.data(), block.der.size());
  }
  if (!key.ok() || key->kind() != crypto::KeyKind::kP256) {
    return bad;
  }
  return key;
}

Result<Keys> fetch_keys(attest::Attester& attester, const policy::InitData& init_data,
                        const policy::LaunchConfig& config) {
  CLAUSTRUM_TRY_ASSIGN(const net::Endpoint broker, net::Endpoint::parse(config.broker.url));
  kbs::Client client(broker, config.broker.identity, std::string(as_text(init_data.raw)));
  CLAUSTRUM_TRY(client.attest(attester));
  CLAUSTRUM_TRY_ASSIGN(const Fetched model, fetch(client, config, "model-key"));
  CLAUSTRUM_TRY_ASSIGN(const Fetched identity, fetch(client, config, "identity-key"));
  CLAUSTRUM_TRY_ASSIGN(sealed::FileKey key, model_key_of(model));
  CLAUSTRUM_TRY_ASSIGN(crypto::PrivateKey identity_key, identity_key_of(identity));
  return Keys{std::move(key), std::move(identity_key), to_array<32>(model.secret.policy_digest)};
}

Result<std::unique_ptr<gateway::EngineProcess>> start_engine(const LaunchFiles& files,
                                                             const policy::LaunchConfig& config,
                                                             int model_fd) {
  gateway::EngineSpec spec;
  spec.binary = {"claustrum-engine", files.engine, config.engine.binary};
  for (const auto& [name, digest] : config.engine.libraries) {
    spec.libraries.push_back({name, files.libraries + "/" + name, digest});
  }
  spec.arguments = config.engine.arguments;
  spec.environment.assign(config.engine.environment.begin(), config.engine.environment.end());
  spec.model_fd = model_fd;
  return gateway::EngineProcess::start(spec);
}

Status read_statements(const LaunchFiles& files, Launched& out) {
  if (!files.software.empty()) {
    CLAUSTRUM_TRY_ASSIGN(out.software, read_file(files.software));
  }
  if (!files.proofs.empty()) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(files.proofs));
    CLAUSTRUM_TRY_ASSIGN(const codec::Json proofs, codec::parse_json(text));
    CLAUSTRUM_TRY(proofs.only_members({"software"}));
    CLAUSTRUM_TRY_ASSIGN(out.proofs["software"], proofs.string_at("software"));
  }
  return ok_status();
}

struct Advice {
  std::string_view reason;  // or the beginning of one, up to a dot
  std::string_view text;
};
constexpr std::array<Advice, 9> kAdvice = {{
    {"kbs.refused", "no key was given out"},
    {"kbs.broker_identity", "no answer of it was used; see who answers at that address"},
    {"kbs.broker_signature", "no answer of it was used; see who answers at that address"},
    {"net.connect", "start the broker, or make a release with its address"},
    {"launch.model_key", "put the key file that `claustrum seal` used into the broker"},
    {"launch.identity_key", "put service-identity.pem of this release into the broker"},
    {"sealed.commitment", "the broker's key opens another model: seal anew or put the right key"},
    {"sealed.", "give the folder that was sealed for this release, or make a new release"},
    {"engine.digest", "give the engine of this release, or make a new release"},
}};

// What failed stands in the error; this adds what to do about it.
Error with_advice(Error error) {
  for (const Advice& advice : kAdvice) {
    const bool fits = advice.reason.ends_with('.') ? error.reason().starts_with(advice.reason)
                                                   : error.reason() == advice.reason;
    if (fits) {
      return Error(error.code(), error.reason(), error.text() + "; " + std::string(advice.text));
    }
  }
  return error;
}

Result<Launched> start_launch(const LaunchFiles& files, Log& log) {
  Launched out;
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(files.init_data));
  CLAUSTRUM_TRY_ASSIGN(out.init_data, policy::parse_init_data(text));
  CLAUSTRUM_TRY_ASSIGN(out.config, policy::parse_launch_config(out.init_data));
  CLAUSTRUM_TRY_ASSIGN(out.attester, open_attester());
  CLAUSTRUM_TRY(check_own_launch(*out.attester, out.init_data));
  log.event("serve.launch_checked");
  CLAUSTRUM_TRY(read_statements(files, out));
  Result<Keys> fetched = fetch_keys(*out.attester, out.init_data, out.config);
  if (!fetched.ok()) {
    return std::move(fetched).error().within("broker at " + out.config.broker.url +
                                             " with identity " +
                                             codec::hex_encode(out.config.broker.identity));
  }
  Keys keys = std::move(fetched).value();
  log.event("serve.keys_received");
  Result<sealed::ModelOpener> opened =
      sealed::ModelOpener::open(files.sealed, keys.model, to_array<32>(out.config.model.manifest));
  if (!opened.ok()) {
    return std::move(opened).error().within("model with manifest " +
                                            codec::hex_encode(out.config.model.manifest));
  }
  const sealed::ModelOpener model = std::move(opened).value();
  CLAUSTRUM_TRY_ASSIGN(const sealed::Fd weights, model.open_to_memfd(out.config.model.file));
  log.event("serve.model_opened");
  CLAUSTRUM_TRY_ASSIGN(out.engine, start_engine(files, out.config, weights.value()));
  log.event("serve.engine_started");
  out.manifest = model.manifest_bytes();
  out.identity = std::move(keys.identity);
  out.release_policy = keys.release_policy;
  return out;
}

}  // namespace

Result<Launched> launch(const LaunchFiles& files, Log& log) {
  Result<Launched> launched = start_launch(files, log);
  if (!launched.ok()) {
    return with_advice(std::move(launched).error());
  }
  return launched;
}

}  // namespace claustrum::app
