// SPDX-License-Identifier: Apache-2.0
// Verifying SGX and TDX quotes against the bare checks of exactly the same signatures, all ECDSA
// P-256. Cold, ten with five keys: root, PCK CA, leaf, TCB signer, TCB Info, QE identity, two CRLs,
// QE report, quote. Warm, two: a cache of verified issuers is passed in, and what a new quote of a
// known platform brings remains, the QE report and the quote. Everything else is ours: PEM, hex,
// JSON, DER, matching, claims. Evidence: real quotes beside the tree, and simulated ones whose TCB
// Info has as many levels.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "claustrum/codec/hex.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/evidence/core/case_profile.h"
#include "claustrum/evidence/dcap/revocation.h"
#include "claustrum/evidence/sgx/verify.h"
#include "claustrum/evidence/tdx/verify.h"
#include "claustrum/simulator/intel_collateral.h"
#include "pair.h"

namespace claustrum::bench {
namespace {

namespace dcap = evidence::dcap;
using simulator::QuoteForm;
using Signer = simulator::IntelAuthority::Signer;

constexpr Instant kNow{1780272000};
constexpr std::int64_t kDay = 86400;
constexpr std::size_t kLevels = 18;  // as Intel's longest list of 2026

// One verification that cannot be left out, as OpenSSL takes it.
struct Check {
  crypto::PublicKey key;
  Bytes message;
  Bytes signature;  // DER
  void run() const {
    CLAUSTRUM_CHECK(crypto::verify(key, crypto::SigAlg::kEcdsaP256Sha256, message, signature,
                                   crypto::EcdsaForm::kDer)
                        .ok());
  }
};

Bytes der_integer(BytesView magnitude) {
  while (magnitude.size() > 1 && magnitude[0] == 0) {
    magnitude = magnitude.subspan(1);
  }
  const bool high = magnitude[0] >= 0x80;
  Bytes out = {2, static_cast<std::uint8_t>(magnitude.size() + (high ? 1 : 0))};
  if (high) {
    out.push_back(0);
  }
  append(out, magnitude);
  return out;
}

Bytes der_signature(BytesView raw) {
  const Bytes r = der_integer(raw.first(32));
  const Bytes s = der_integer(raw.subspan(32));
  const Bytes head = {0x30, static_cast<std::uint8_t>(r.size() + s.size())};
  return concat({head, r, s});
}

Check of_der(BytesView der, crypto::SignedKind kind, const crypto::PublicKey& issuer) {
  const crypto::SignedDerView parts = crypto::split_signed(der, kind).value();
  return {issuer, to_bytes(parts.tbs), to_bytes(parts.signature)};
}

struct Scene {
  evidence::Verification (*verify)(const evidence::VerifyInput&);
  Bytes evidence;
  evidence::Collateral collateral;
  Instant now;
  evidence::Floors floors;
  std::vector<evidence::TrustedRoot> roots;
  std::vector<Check> issuers;  // the eight that a cache spares
  std::vector<Check> leaves;   // the two that it does not
  std::vector<Bytes> points;   // of the five keys, uncompressed

  void run(evidence::IssuerCache* cache) const {
    evidence::VerifyInput in;
    in.evidence = evidence;
    in.collateral = &collateral;
    in.now = now;
    in.floors = &floors;
    in.extra_roots = roots;
    in.issuers = cache;
    const evidence::Verification v = verify(in);
    CLAUSTRUM_CHECK(v.claims.has_value());
    CLAUSTRUM_CHECK(v.factors.find("tcb")->status == evidence::FactorStatus::kPass);
    CLAUSTRUM_CHECK(v.factors.find("revocation")->status == evidence::FactorStatus::kPass);
  }
  void run_leaves() const {
    for (const Check& check : leaves) {
      check.run();
    }
  }
  void run_bare() const {
    for (const Check& check : issuers) {
      check.run();
    }
    run_leaves();
  }
  void set_up_keys() const {
    for (const Bytes& point : points) {
      CLAUSTRUM_CHECK(crypto::PublicKey::from_raw(crypto::KeyKind::kP256, point).ok());
    }
  }
};

// The signatures of a scene, found with the verifier's own readers.
void find_checks(Scene& scene) {
  const dcap::Quote quote = dcap::parse_quote(scene.evidence).value();
  const auto chain = std::get<dcap::Chain>(dcap::collect_chain(quote, scene.collateral, nullptr));
  const crypto::PublicKey& root = chain.root.public_key();
  const crypto::PublicKey& ca = chain.intermediate.public_key();
  constexpr auto kCertificate = crypto::SignedKind::kCertificate;
  scene.issuers = {of_der(chain.root.der(), kCertificate, root),
                   of_der(chain.intermediate.der(), kCertificate, root),
                   of_der(chain.leaf.der(), kCertificate, ca)};
  std::optional<crypto::Certificate> signer;
  for (const dcap::DocumentKind& kind : {dcap::kTcbInfoKind, dcap::kQeIdentityKind}) {
    const auto document = dcap::read_signed_json(scene.collateral, kind, nullptr).value().value();
    CLAUSTRUM_CHECK(!signer || signer->der() == document.signer.der());
    signer = document.signer;
    scene.issuers.push_back(
        {signer->public_key(), document.json, der_signature(document.signature)});
  }
  scene.issuers.push_back(of_der(signer->der(), kCertificate, root));
  const dcap::Crls crls = dcap::collect_crls(scene.collateral, chain);
  scene.issuers.push_back(of_der(crls.pck->der, crypto::SignedKind::kCrl, ca));
  scene.issuers.push_back(of_der(crls.root->der, crypto::SignedKind::kCrl, root));
  const BytesView xy(quote.attestation_key);
  const auto attestation =
      crypto::PublicKey::from_xy(crypto::KeyKind::kP256, xy.first(32), xy.subspan(32)).value();
  scene.leaves = {{chain.leaf.public_key(), to_bytes(BytesView(quote.qe_report_raw)),
                   der_signature(quote.qe_report_signature)},
                  {attestation, quote.signed_bytes, der_signature(quote.signature)}};
  for (const crypto::PublicKey& key :
       {root, ca, chain.leaf.public_key(), signer->public_key(), attestation}) {
    scene.points.push_back(key.raw());
  }
  for (const crypto::PublicKey& key : {root, ca}) {
    scene.floors.crl_this_update[codec::hex_encode(key.spki_sha256())] = Instant{0};
  }
  scene.floors.have_source = true;
}

Scene simulated(QuoteForm form) {
  const auto authority =
      simulator::IntelAuthority::create(kNow + -1000 * kDay, kNow + 9000 * kDay).value();
  simulator::IntelPlatformSpec spec;
  spec.not_before = kNow + -10 * kDay;
  spec.not_after = kNow + 300 * kDay;
  const auto platform = simulator::IntelPlatform::create(authority, spec).value();
  const dcap::Tee tee = simulator::tee_of(form);
  auto documents = simulator::intel_collateral_spec(platform, tee, kNow + -5 * kDay);
  while (documents.tcb_info.levels.size() < kLevels) {
    dcap::TcbLevel older = documents.tcb_info.levels.back();
    older.sgx[15] = static_cast<std::uint8_t>(documents.tcb_info.levels.size());
    documents.tcb_info.levels.push_back(std::move(older));
  }
  for (std::uint64_t i = 0; i < 60; ++i) {  // as Intel's list of 2026
    Bytes serial(20, 0x55);
    serial[19] = static_cast<std::uint8_t>(i);
    documents.revoked_pck.push_back(std::move(serial));
  }
  Scene scene;
  scene.verify = tee == dcap::Tee::kSgx ? evidence::sgx::verify : evidence::tdx::verify;
  scene.evidence = platform.quote(form, {});
  scene.collateral = simulator::make_intel_collateral(authority, documents).value();
  scene.now = kNow;
  scene.roots = {authority.root()};
  find_checks(scene);
  return scene;
}

Result<Bytes> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return Error(Code::kNotFound, "bench.file", path.filename().string());
  }
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// Nothing where the real evidence is not beside the tree.
std::optional<Scene> real(const char* name) {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const std::filesystem::path folder =
      std::filesystem::path(shared != nullptr ? shared : CLAUSTRUM_SOURCE_DIR "/../shared") /
      "evidence" / name;
  const Result<Bytes> text = read_file(folder / "case.json");
  if (!text.ok()) {
    return std::nullopt;
  }
  codec::JsonLimits limits;
  limits.numbers = codec::JsonNumbers::kAny;
  const codec::Json file = codec::parse_json(*text, limits).value();
  const auto load = [&folder](std::string_view part) { return read_file(folder / part); };
  evidence::Case loaded = evidence::load_case(file, load, kNow).value();
  Scene scene;
  scene.verify = loaded.platform == "intel-sgx" ? evidence::sgx::verify : evidence::tdx::verify;
  scene.evidence = std::move(loaded.evidence);
  scene.collateral = std::move(loaded.collateral);
  scene.now = loaded.verify_at;
  find_checks(scene);
  return scene;
}

struct Source {
  const char* folder;  // nullptr: simulated
  QuoteForm form;
};
constexpr Source kRealSgxV3 = {"sgx-v3-outofdate-azure-release-2025-06", QuoteForm::kSgxV3};
constexpr Source kRealTdxV4 = {"tdx-v4-uptodate-gcp-2026-06", QuoteForm::kTdV4};
constexpr Source kRealTdxV5 = {"tdx-v5-outofdate-migratable-oe-eval21-2026-06", QuoteForm::kTd15V5};
constexpr Source kSgxV3 = {nullptr, QuoteForm::kSgxV3};
constexpr Source kTdxV4 = {nullptr, QuoteForm::kTdV4};
constexpr Source kTdxV5 = {nullptr, QuoteForm::kTd15V5};

std::optional<Scene> scene_of(benchmark::State& state, const Source& source) {
  std::optional<Scene> out =
      source.folder == nullptr ? std::optional(simulated(source.form)) : real(source.folder);
  if (!out) {
    state.SkipWithError("no evidence beside the tree");
  }
  return out;
}

void dcap_cold(benchmark::State& state, const Source& source) {
  if (const auto scene = scene_of(state, source)) {
    run_pair(
        state, [&] { scene->run(nullptr); }, [&] { scene->run_bare(); });
  }
}

// The limit sets up the five keys, too.
void dcap_cold_keys(benchmark::State& state, const Source& source) {
  if (const auto scene = scene_of(state, source)) {
    run_pair(
        state, [&] { scene->run(nullptr); },
        [&] {
          scene->set_up_keys();
          scene->run_bare();
        });
  }
}

void dcap_warm(benchmark::State& state, const Source& source) {
  if (const auto scene = scene_of(state, source)) {
    evidence::IssuerCache cache;
    scene->run(&cache);
    run_pair(
        state, [&] { scene->run(&cache); }, [&] { scene->run_leaves(); });
  }
}

void dcap_scaling_cold(benchmark::State& state, const Source& source) {
  if (const auto scene = scene_of(state, source)) {
    run_scaling(
        state, 30, [&] { scene->run(nullptr); }, [&] { scene->run_bare(); });
  }
}

// Two threads, one cache.
void dcap_scaling_warm(benchmark::State& state, const Source& source) {
  if (const auto scene = scene_of(state, source)) {
    evidence::IssuerCache cache;
    scene->run(&cache);
    run_scaling(
        state, 100, [&] { scene->run(&cache); }, [&] { scene->run_leaves(); });
  }
}

#define CLAUSTRUM_DCAP_BENCH(work)                                                         \
  BENCHMARK_CAPTURE(work, sgx_v3, kSgxV3)->UseManualTime()->Unit(benchmark::kMicrosecond); \
  BENCHMARK_CAPTURE(work, tdx_v4, kTdxV4)->UseManualTime()->Unit(benchmark::kMicrosecond); \
  BENCHMARK_CAPTURE(work, tdx_v5, kTdxV5)->UseManualTime()->Unit(benchmark::kMicrosecond); \
  BENCHMARK_CAPTURE(work, real_sgx_v3, kRealSgxV3)                                         \
      ->UseManualTime()                                                                    \
      ->Unit(benchmark::kMicrosecond);                                                     \
  BENCHMARK_CAPTURE(work, real_tdx_v4, kRealTdxV4)                                         \
      ->UseManualTime()                                                                    \
      ->Unit(benchmark::kMicrosecond);                                                     \
  BENCHMARK_CAPTURE(work, real_tdx_v5, kRealTdxV5)->UseManualTime()->Unit(benchmark::kMicrosecond)
CLAUSTRUM_DCAP_BENCH(dcap_cold);
CLAUSTRUM_DCAP_BENCH(dcap_cold_keys);
CLAUSTRUM_DCAP_BENCH(dcap_warm);
BENCHMARK_CAPTURE(dcap_scaling_cold, tdx_v4, kTdxV4)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(15);
BENCHMARK_CAPTURE(dcap_scaling_warm, tdx_v4, kTdxV4)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(15);

}  // namespace
}  // namespace claustrum::bench
