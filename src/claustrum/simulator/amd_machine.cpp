// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/amd_machine.h"

#include <algorithm>

#include "claustrum/crypto/random.h"
#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/snp/cert_table.h"

namespace claustrum::simulator {
namespace {

using evidence::snp::LeafKind;
using evidence::snp::Report;
using evidence::snp::TcbLayout;
using Signer = AmdAuthority::Signer;

constexpr std::size_t kScalarLen = 72;
constexpr std::size_t kSignificant = 48;

std::string product_name(const std::string& product, LeafKind kind) {
  return product == "Milan" && kind == LeafKind::kVcek ? "Milan-B0" : product;
}

void put_scalar(Bytes& report, std::size_t at, BytesView big_endian) {
  std::ranges::reverse_copy(big_endian, report.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

AmdMachine::AmdMachine(std::string product, AmdMachineSpec spec, crypto::PrivateKey key)
    : product_(std::move(product)), spec_(std::move(spec)), key_(std::move(key)) {}

Result<AmdMachine> AmdMachine::create(const AmdAuthority& authority, const AmdMachineSpec& spec) {
  AmdMachine out(authority.product(), spec, crypto::PrivateKey::generate(crypto::KeyKind::kP384));
  const bool vlek = spec.kind == LeafKind::kVlek;
  const TcbLayout layout = evidence::snp::layout_of_product(out.product_);
  const std::size_t id_len =
      layout == TcbLayout::kTurin ? evidence::snp::kTurinHwidLen : evidence::snp::kHwidLen;
  out.report_id_ = crypto::random_array<32>();
  out.vek_ = {.kind = spec.kind,
              .product_name = product_name(out.product_, spec.kind),
              .layout = layout,
              .tcb = spec.tcb,
              .hwid = std::nullopt,
              .csp_id = std::nullopt,
              .not_before = spec.not_before,
              .not_after = spec.not_after};
  if (vlek) {
    out.vek_.csp_id = spec.csp_id;
  } else {
    crypto::random_fill(std::span(out.chip_id_).first(id_len));
    out.vek_.hwid = to_bytes(BytesView(out.chip_id_).first(id_len));
  }
  CLAUSTRUM_TRY_ASSIGN(out.collateral_[vlek ? "vlek" : "vcek"],
                       authority.issue_vek(out.vek_, out.public_key()));
  std::vector<std::uint64_t> revoked;
  if (spec.intermediate_revoked) {
    revoked.push_back(authority.serial(vlek ? Signer::kAsvk : Signer::kAsk));
  }
  CLAUSTRUM_TRY_ASSIGN(out.collateral_["crl"],
                       authority.issue_crl(spec.crl_this_update, spec.crl_next_update, revoked));
  out.collateral_[vlek ? "asvk" : "ask"] =
      authority.certificate(vlek ? Signer::kAsvk : Signer::kAsk);
  out.collateral_["ark"] = authority.certificate(Signer::kArk);
  return out;
}

Report AmdMachine::blank_report() const {
  Report out;
  const evidence::snp::TcbRaw tcb = evidence::snp::encode_tcb(spec_.tcb, vek_.layout);
  out.version = spec_.report_version;
  out.current_tcb = out.committed_tcb = out.reported_tcb = out.launch_tcb = tcb;
  out.current_version = out.committed_version = spec_.firmware;
  out.platform_info = 0x25;  // SMT, ECC, ALIAS_CHECK_COMPLETE
  out.flags = spec_.kind == LeafKind::kVlek ? 1U << 2 : 0U;
  out.report_id = report_id_;
  out.report_id_ma.fill(0xFF);
  out.chip_id = chip_id_;
  if (out.has_cpuid()) {
    out.cpuid_family = product_ == "Turin" ? 0x1A : 0x19;
    out.cpuid_model = product_ == "Milan" ? 0x01 : product_ == "Genoa" ? 0x11 : 0x02;
    out.cpuid_stepping = 1;
  }
  if (out.has_mit_vectors()) {
    out.launch_mit_vector = out.current_mit_vector = 0x0B;
  }
  return out;
}

Bytes AmdMachine::sign_raw(Bytes report) const {
  CLAUSTRUM_CHECK(report.size() == evidence::snp::kReportLen);
  const Bytes signature = crypto::sign(key_, crypto::SigAlg::kEcdsaP384Sha384,
                                       BytesView(report).first(evidence::snp::kSignedLen));
  const BytesView both(signature);
  put_scalar(report, evidence::snp::kSignedLen, both.first(kSignificant));
  put_scalar(report, evidence::snp::kSignedLen + kScalarLen, both.subspan(kSignificant));
  return report;
}

Bytes AmdMachine::sign(const Report& report) const {
  return sign_raw(evidence::snp::encode_report(report));
}

Bytes AmdMachine::report(const GuestLaunch& launch, const ByteArray<64>& report_data) const {
  Report out = blank_report();
  out.policy = launch.policy;
  out.measurement = launch.measurement;
  out.host_data = launch.host_data;
  out.report_data = report_data;
  return sign(out);
}

Bytes AmdMachine::certificate_table() const {
  const std::pair<const char*, const evidence::snp::Guid*> names[] = {
      {"ark", &evidence::snp::kGuidArk},   {"ask", &evidence::snp::kGuidAsk},
      {"asvk", &evidence::snp::kGuidAsk},  {"vcek", &evidence::snp::kGuidVcek},
      {"vlek", &evidence::snp::kGuidVlek}, {"crl", &evidence::snp::kGuidCrl}};
  std::vector<evidence::snp::TableEntry> entries;
  for (const auto& [name, guid] : names) {
    if (const auto at = collateral_.find(name); at != collateral_.end()) {
      entries.push_back({*guid, at->second});
    }
  }
  return evidence::snp::encode_cert_table(entries);
}

}  // namespace claustrum::simulator
