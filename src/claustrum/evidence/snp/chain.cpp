// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/chain.h"

#include "claustrum/base/guard.h"
#include "claustrum/evidence/snp/roots.h"

namespace claustrum::evidence::snp {
namespace {

using crypto::Certificate;

constexpr std::string_view kRootPrefix = "ARK-";

std::string product_of_root(const Certificate& root) {
  const std::string cn = root.subject_cn();
  for (const char* product : {"Milan", "Genoa", "Turin"}) {
    if (cn == std::string(kRootPrefix) + product) {
      return product;
    }
  }
  return {};
}

bool wants_vlek(const Report& report, const Collateral& collateral) {
  const bool vlek = collateral.contains("vlek");
  const bool vcek = collateral.contains("vcek");
  const bool named = report.signing_key() == static_cast<std::uint32_t>(SigningKey::kVlek);
  return vlek == vcek ? named : vlek;
}

const Bytes* find(const Collateral& collateral, std::string_view name) {
  const auto at = collateral.find(name);
  return at == collateral.end() ? nullptr : &at->second;
}

// Host tables carry the ASVK under the ASK's GUID, so either name may hold it.
const Bytes* find_intermediate(const Collateral& collateral, LeafKind kind) {
  const char* own = kind == LeafKind::kVlek ? "asvk" : "ask";
  const char* other = kind == LeafKind::kVlek ? "ask" : "asvk";
  const Bytes* found = find(collateral, own);
  return found != nullptr ? found : find(collateral, other);
}

Result<Certificate> read(const Bytes* data, const std::string& name,
                         const IssuerCache* issuers = nullptr) {
  if (data == nullptr) {
    return Error(Code::kNotFound, "snp.collateral.missing", name + " is missing");
  }
  Result<Certificate> out = read_certificate(issuers, *data);
  if (!out.ok()) {
    return Error(Code::kMalformed, "snp.collateral.malformed", name + ": " + out.error().text());
  }
  return out;
}

// The product line, for the address of what is missing: never for a decision.
std::vector<std::string> likely_products(const Report& report, const Collateral& collateral) {
  if (const Result<Certificate> root = read(find(collateral, "ark"), "ark"); root.ok()) {
    if (const std::string product = product_of_root(*root); !product.empty()) {
      return {product};
    }
  }
  const std::string inferred = product_inferred(report);
  if (inferred == "Milan" || inferred == "Genoa" || inferred == "Turin") {
    return {inferred};
  }
  return {"Milan", "Genoa"};
}

std::string join_urls(const Report& report, const Collateral& collateral, LeafKind kind,
                      bool is_leaf) {
  std::string out;
  for (const std::string& product : likely_products(report, collateral)) {
    const Tcb tcb = decode_tcb(report.reported_tcb, layout_of_product(product));
    out += out.empty() ? "fetch " : " or ";
    out += is_leaf ? kds_vcek_url(product, report.chip_id, tcb) : kds_chain_url(product, kind);
  }
  return out;
}

MissingCollateral missing_leaf(const Report& report, const Collateral& collateral, LeafKind kind,
                               Error error) {
  if (kind == LeafKind::kVlek) {
    return {
        std::move(error),
        "a VLEK comes from the cloud provider only: take it from the guest's certificate table"};
  }
  if (report.chip_id_masked()) {
    return {std::move(error), "the chip id is masked: take the VCEK from the guest's host"};
  }
  return {std::move(error), join_urls(report, collateral, kind, true)};
}

Status check_no_critical(const Certificate& certificate, const char* name) {
  const bool known = certificate.unhandled_critical_extensions().empty();
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.critical", known)) {
    return Error(Code::kUnsupported, "snp.chain.critical",
                 std::string(name) + " has a critical extension we do not know");
  }
  return ok_status();
}

Status check_issued(const Certificate& subject, const Certificate& issuer, IssuerCache* issuers,
                    const char* name) {
  const Status status = check_issued(issuers, issuer.der(), subject.der(),
                                     [&] { return subject.verify_issued_by(issuer); });
  if (!status.ok()) {
    return Error(status.error().code(), "snp.chain.signature",
                 std::string(name) + ": " + status.error().message());
  }
  return ok_status();
}

Status check_roles(const Chain& c) {
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.product", !c.product.empty())) {
    return Error(Code::kUnsupported, "snp.chain.product", "the root names no product line we know");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.intermediate_ca", c.intermediate.is_ca())) {
    return Error(Code::kMismatch, "snp.chain.intermediate_ca", "the intermediate is no CA");
  }
  // A VCEK under the ASVK (or the reverse) would make the two key kinds interchangeable.
  const std::string wanted = (c.kind == LeafKind::kVlek ? "SEV-VLEK-" : "SEV-") + c.product;
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.intermediate_name",
                       c.intermediate.subject_cn() == wanted)) {
    return Error(Code::kMismatch, "snp.chain.intermediate_name", "expected " + wanted);
  }
  return ok_status();
}

Status check_leaf(const Chain& c) {
  const std::string cn = c.leaf.subject_cn();
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.leaf_name", cn == "SEV-VCEK" || cn == "SEV-VLEK")) {
    return Error(Code::kMismatch, "snp.chain.leaf_name", "the leaf is neither a VCEK nor a VLEK");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.leaf_ca", !c.leaf.is_ca())) {
    return Error(Code::kMismatch, "snp.chain.leaf_ca", "the leaf is a CA");
  }
  const bool p384 = c.leaf.public_key().kind() == crypto::KeyKind::kP384;
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.leaf_key", p384)) {
    return Error(Code::kMismatch, "snp.chain.leaf_key", "the leaf's key is not P-384");
  }
  if (!CLAUSTRUM_GUARD("evidence.snp.chain.leaf_product", c.extensions.product() == c.product)) {
    return Error(Code::kMismatch, "snp.chain.leaf_product",
                 "the leaf's product extension is not of the chain's product line");
  }
  return ok_status();
}

Status check_time(const Certificate& certificate, const char* name, Instant now) {
  const Status status = certificate.check_time(now);
  if (status.ok()) {
    return status;
  }
  const bool early = status.error().code() == Code::kNotYetValid;
  return Error(status.error().code(), early ? "snp.validity.not_yet_valid" : "snp.validity.expired",
               std::string(name) + " is valid from " + format_rfc3339(certificate.not_before()) +
                   " to " + format_rfc3339(certificate.not_after()));
}

}  // namespace

std::variant<Chain, MissingCollateral> collect_chain(const Report& report,
                                                     const Collateral& collateral,
                                                     const IssuerCache* issuers) {
  const LeafKind slot = wants_vlek(report, collateral) ? LeafKind::kVlek : LeafKind::kVcek;
  const char* leaf_name = slot == LeafKind::kVlek ? "vlek" : "vcek";
  Result<Certificate> leaf = read(find(collateral, leaf_name), leaf_name, issuers);
  if (!leaf.ok()) {
    return missing_leaf(report, collateral, slot, std::move(leaf).error());
  }
  Result<VekExtensions> extensions = parse_vek_extensions(*leaf);
  if (!extensions.ok()) {
    return missing_leaf(report, collateral, slot, std::move(extensions).error());
  }
  const std::string intermediate_name = slot == LeafKind::kVlek ? "asvk" : "ask";
  Result<Certificate> intermediate =
      read(find_intermediate(collateral, slot), intermediate_name, issuers);
  Result<Certificate> root = read(find(collateral, "ark"), "ark", issuers);
  for (Result<Certificate>* part : {&intermediate, &root}) {
    if (!part->ok()) {
      return MissingCollateral{std::move(*part).error(),
                               join_urls(report, collateral, slot, false)};
    }
  }
  std::string product = product_of_root(*root);
  const LeafKind kind = leaf->subject_cn() == "SEV-VLEK" ? LeafKind::kVlek : LeafKind::kVcek;
  return Chain{kind, *leaf, *intermediate, *root, *extensions, std::move(product)};
}

std::optional<VekExtensions> leaf_extensions_unverified(const Report& report,
                                                        const Collateral& collateral) {
  const char* name = wants_vlek(report, collateral) ? "vlek" : "vcek";
  const Result<Certificate> leaf = read(find(collateral, name), name);
  if (!leaf.ok()) {
    return std::nullopt;
  }
  Result<VekExtensions> out = parse_vek_extensions(*leaf);
  return out.ok() ? std::optional(std::move(out).value()) : std::nullopt;
}

Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra) {
  const crypto::Sha256Digest spki = chain.root.public_key().spki_sha256();
  std::optional<TrustedRoot> found = find_root(spki, extra);
  if (!CLAUSTRUM_GUARD("evidence.snp.root", found.has_value())) {
    return Error(Code::kUntrustedRoot, "snp.root.untrusted",
                 "the root's key is none of AMD's and not named by the caller");
  }
  return found.value_or(TrustedRoot{});
}

Status check_chain(const Chain& c, IssuerCache* issuers) {
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.snp.chain.root_signature",
                                       check_issued(c.root, c.root, issuers, "ARK")));
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("evidence.snp.chain.intermediate_signature",
                             check_issued(c.intermediate, c.root, issuers, "intermediate")));
  CLAUSTRUM_TRY(check_roles(c));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.snp.chain.leaf_signature",
                                       check_issued(c.leaf, c.intermediate, issuers, "leaf")));
  CLAUSTRUM_TRY(check_leaf(c));
  CLAUSTRUM_TRY(check_no_critical(c.root, "the root"));
  CLAUSTRUM_TRY(check_no_critical(c.intermediate, "the intermediate"));
  return check_no_critical(c.leaf, "the leaf");
}

void remember_chain(const Chain& c, IssuerCache* issuers) {
  if (issuers == nullptr) {
    return;
  }
  for (const Certificate* certificate : {&c.root, &c.intermediate, &c.leaf}) {
    issuers->remember(*certificate);
  }
}

Status check_validity(const Chain& c, Instant now) {
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("evidence.snp.validity.leaf", check_time(c.leaf, "the leaf", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.snp.validity.intermediate",
                                       check_time(c.intermediate, "the intermediate", now)));
  return CLAUSTRUM_GUARD_STATUS("evidence.snp.validity.root", check_time(c.root, "the root", now));
}

}  // namespace claustrum::evidence::snp
