// SPDX-License-Identifier: Apache-2.0
#include "claustrum/kbs/snp_evidence.h"

#include <utility>

#include "claustrum/codec/base64.h"
#include "claustrum/kbs/snp_serde.h"

namespace claustrum::kbs {

namespace {

using codec::Json;

constexpr std::size_t kMaxCertificates = 16;
constexpr std::size_t kMaxCertificate = 16 * 1024;  // AMD's have less than 2 KiB

struct KindName {
  std::string_view wire;        // CertType of the guest's certificate table
  std::string_view collateral;  // our name
};
// "ASK" serves for the ASVK too, as in the hardware's table.
constexpr std::array<KindName, 5> kKinds = {
    {{"VCEK", "vcek"}, {"VLEK", "vlek"}, {"ASK", "ask"}, {"ARK", "ark"}, {"CRL", "crl"}}};

Error malformed(const char* text) {
  return Error(Code::kMalformed, "kbs.snp_evidence", text);
}

// A byte string as base64 text or, as serde writes it, an array of numbers.
Result<Bytes> bytes_value(const Json& value, std::size_t max) {
  if (value.is_string()) {
    CLAUSTRUM_TRY_ASSIGN(Bytes out, codec::base64_decode(value.string()));
    if (out.size() > max) {
      return malformed("byte string over its limit");
    }
    return out;
  }
  if (!value.is_array() || value.items().size() > max) {
    return malformed("want base64 or an array of bytes");
  }
  Bytes out;
  out.reserve(value.items().size());
  for (const Json& item : value.items()) {
    if (!item.is_integer() || item.integer() < 0 || item.integer() > 255) {
      return malformed("array item is no byte");
    }
    out.push_back(static_cast<std::uint8_t>(item.integer()));
  }
  return out;
}

// Kinds we do not use are strings ("Empty") or objects ({"OTHER": uuid}).
const KindName* kind_of(const Json& type) {
  for (const KindName& kind : kKinds) {
    if (type.is_string() && type.string() == kind.wire) {
      return &kind;
    }
  }
  return nullptr;
}

Result<Bytes> report_bytes(const Json* report) {
  if (report != nullptr && report->is_string()) {
    return codec::base64_decode(report->string());
  }
  if (report != nullptr && report->is_object()) {
    return snp_report_from_serde(*report);
  }
  return malformed("attestation_report is neither base64 nor the fields of a report");
}

Status read_certificates(const Json& chain, evidence::Collateral& out) {
  if (chain.is_null()) {
    return ok_status();
  }
  if (!chain.is_array() || chain.items().size() > kMaxCertificates) {
    return malformed("cert_chain");
  }
  for (const Json& entry : chain.items()) {
    const Json* type = entry.find("cert_type");
    const Json* data = entry.find("data");
    if (type == nullptr || data == nullptr) {
      return malformed("cert_chain entry without cert_type or data");
    }
    const KindName* kind = kind_of(*type);
    if (kind == nullptr) {
      continue;
    }
    CLAUSTRUM_TRY_ASSIGN(Bytes bytes, bytes_value(*data, kMaxCertificate));
    if (!out.emplace(kind->collateral, std::move(bytes)).second) {
      return malformed("cert_chain names a certificate twice");
    }
  }
  // The table has one slot for ASK and ASVK: a VLEK chain carries its ASVK there.
  const auto ask = out.find("ask");
  if (ask != out.end() && out.contains("vlek") && !out.contains("vcek")) {
    out.emplace("asvk", std::move(ask->second));
    out.erase(ask);
  }
  return ok_status();
}

}  // namespace

Result<SnpEvidence> parse_snp_evidence(const Json& primary) {
  SnpEvidence out;
  CLAUSTRUM_TRY(primary.only_members({"attestation_report", "cert_chain"}));
  CLAUSTRUM_TRY_ASSIGN(out.report, report_bytes(primary.find("attestation_report")));
  const Json* chain = primary.find("cert_chain");
  if (chain != nullptr) {
    CLAUSTRUM_TRY(read_certificates(*chain, out.collateral));
  }
  return out;
}

Json make_snp_evidence(const attest::RawEvidence& evidence) {
  Json chain = Json::array();
  for (const KindName& kind : kKinds) {
    auto piece = evidence.collateral.find(kind.collateral);
    if (piece == evidence.collateral.end() && kind.wire == "ASK") {
      piece = evidence.collateral.find(std::string_view("asvk"));
    }
    if (piece != evidence.collateral.end()) {
      Json entry = Json::object();
      entry.set("cert_type", kind.wire).set("data", codec::base64_encode(piece->second));
      chain.push(std::move(entry));
    }
  }
  Json out = Json::object();
  out.set("attestation_report", codec::base64_encode(evidence.evidence)).set("cert_chain", chain);
  return out;
}

}  // namespace claustrum::kbs
