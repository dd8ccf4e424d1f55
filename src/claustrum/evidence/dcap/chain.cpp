// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/chain.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/codec/pem.h"
#include "claustrum/evidence/dcap/roots.h"

namespace claustrum::evidence::dcap {
namespace {

using crypto::Certificate;

constexpr std::size_t kChainLen = 3;
constexpr std::string_view kCertificateLabel = "CERTIFICATE";
constexpr std::string_view kBasicConstraintsOid = "2.5.29.19";
constexpr std::string_view kKeyUsageOid = "2.5.29.15";
constexpr std::uint8_t kDerBoolean = 0x01;

Error bad_pem(const char* text) {
  return Error(Code::kMalformed, "dcap.chain.pem", text);
}

constexpr std::string_view kBeginLine = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEndLine = "-----END CERTIFICATE-----";

// The next line without its end; false in `whole` where there is none.
std::string_view next_line(std::string_view& text, bool& whole) {
  const std::size_t end = text.find('\n');
  whole = end != std::string_view::npos;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(whole ? end + 1 : text.size());
  return line;
}

// Readers of PEM pass over text between blocks, over blanks and over how lines end; here each would
// be bytes that nobody looked at and no signature covers. Lines end alike; the last one may lack
// its end, and may have one NUL behind it.
bool only_blocks(std::string_view text) {
  const bool nul = text.ends_with('\0');
  text.remove_suffix(nul ? 1 : 0);
  const bool crlf = text.starts_with(std::string(kBeginLine) + '\r');
  bool inside = false;
  bool whole = true;
  while (!text.empty()) {
    std::string_view line = next_line(text, whole);
    if (crlf && whole && !line.ends_with('\r')) {
      return false;
    }
    line.remove_suffix(crlf && whole ? 1 : 0);
    const bool dashes = line.starts_with("-----");
    if (dashes ? line != (inside ? kEndLine : kBeginLine)
               : !inside || line.empty() || line.find_first_of(" \t\r") != line.npos) {
      return false;
    }
    inside = inside != dashes;
  }
  return whole || !nul;
}

std::variant<Chain, MissingCollateral> fault(Error error) {
  return MissingCollateral{std::move(error), "ask the platform for its PCK chain again"};
}

Result<Chain> arrange(const std::vector<Certificate>& certificates) {
  const Certificate* leaf = nullptr;
  const Certificate* root = nullptr;
  const Certificate* intermediate = nullptr;
  for (const Certificate& c : certificates) {
    const Certificate*& role = c.extension(kSgxExtensionOid) ? leaf
                               : c.is_self_issued()          ? root
                                                             : intermediate;
    if (role != nullptr) {
      return Error(Code::kMalformed, "dcap.chain.shape", "two certificates of one role");
    }
    role = &c;
  }
  if (leaf == nullptr || root == nullptr || intermediate == nullptr) {
    return Error(Code::kMalformed, "dcap.chain.shape",
                 "not a PCK certificate, its CA and a self-issued root");
  }
  CLAUSTRUM_TRY_ASSIGN(PckExtension extension,
                       parse_pck_extension(leaf->extension(kSgxExtensionOid).value_or(Bytes())));
  return Chain{*leaf, *intermediate, *root, std::move(extension)};
}

Result<Chain> parse_chain(BytesView pem, const IssuerCache* issuers) {
  CLAUSTRUM_TRY_ASSIGN(const std::vector<Bytes> ders, split_pem_chain(pem));
  if (ders.size() != kChainLen) {
    return Error(Code::kMalformed, "dcap.chain.shape", "not three certificates");
  }
  std::vector<Certificate> certificates;
  for (const Bytes& der : ders) {
    // read_certificate takes PEM as well, with whatever stands around it.
    if (!CLAUSTRUM_GUARD("evidence.dcap.chain.nested_pem", !codec::looks_like_pem(der))) {
      return Error(Code::kMalformed, "dcap.chain.certificate", "PEM inside PEM");
    }
    Result<Certificate> certificate = read_certificate(issuers, der);
    if (!certificate.ok()) {
      return Error(Code::kMalformed, "dcap.chain.certificate", certificate.error().text());
    }
    certificates.push_back(std::move(certificate).value());
  }
  return arrange(certificates);
}

// The number of CAs a CA allows below itself; nothing where it sets no limit.
Result<std::optional<std::uint64_t>> path_len(const Certificate& certificate) {
  const Bytes value = certificate.extension(kBasicConstraintsOid).value_or(Bytes{0x30, 0});
  codec::DerReader outer(value, "basicConstraints");
  codec::DerReader r = outer.sequence();
  if (r.peek_tag() == kDerBoolean) {
    (void)r.element(kDerBoolean);
  }
  std::optional<std::uint64_t> out;
  if (!r.done()) {
    out = r.integer();
  }
  if (!r.finish().ok() || !outer.finish().ok()) {
    return Error(Code::kMalformed, "dcap.chain.path_len", "basicConstraints");
  }
  return out;
}

Status check_issued_by(const Certificate& subject, const Certificate& issuer, IssuerCache* issuers,
                       const char* name) {
  const Status status = check_issued(issuers, issuer.der(), subject.der(),
                                     [&] { return subject.verify_issued_by(issuer); });
  if (!status.ok()) {
    return Error(status.error().code(), "dcap.chain.signature",
                 std::string(name) + ": " + status.error().message());
  }
  return ok_status();
}

Status check_intermediate(const Chain& c) {
  const std::string cn = c.intermediate.subject_cn();
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.intermediate_name",
                       cn == kPlatformCaName || cn == kProcessorCaName)) {
    return Error(Code::kMismatch, "dcap.chain.intermediate_name",
                 "the certificate above the leaf is no PCK CA");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::optional<std::uint64_t> allowed, path_len(c.root));
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.path_len", allowed.value_or(1) >= 1)) {
    return Error(Code::kMismatch, "dcap.chain.path_len", "the root allows no CA below itself");
  }
  return ok_status();
}

Status check_leaf(const Chain& c) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.leaf_name", c.leaf.subject_cn() == kPckName)) {
    return Error(Code::kMismatch, "dcap.chain.leaf_name", "the leaf is no PCK certificate");
  }
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.leaf_usage", may_only_sign_data(c.leaf))) {
    return Error(Code::kMismatch, "dcap.chain.leaf_usage",
                 "the leaf is a CA, or not for digital signatures");
  }
  const bool p256 = c.leaf.public_key().kind() == crypto::KeyKind::kP256;
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.leaf_key", p256)) {
    return Error(Code::kMismatch, "dcap.chain.leaf_key", "the leaf's key is not P-256");
  }
  return ok_status();
}

Status check_no_critical(const Chain& c) {
  const bool known = std::ranges::all_of(
      std::initializer_list<const Certificate*>{&c.root, &c.intermediate, &c.leaf},
      [](const Certificate* certificate) {
        return certificate->unhandled_critical_extensions().empty();
      });
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.critical", known)) {
    return Error(Code::kUnsupported, "dcap.chain.critical",
                 "a certificate has a critical extension we do not know");
  }
  return ok_status();
}

}  // namespace

Result<std::vector<Bytes>> split_pem_chain(BytesView data) {
  if (!CLAUSTRUM_GUARD("evidence.dcap.chain.pem_only", only_blocks(as_text(data)))) {
    return bad_pem("something beside the certificates");
  }
  if (!data.empty() && data.back() == 0) {
    data = data.first(data.size() - 1);
  }
  Result<std::vector<codec::PemBlock>> blocks = codec::pem_decode(data);
  if (!blocks.ok()) {
    return bad_pem("no readable PEM");
  }
  std::vector<Bytes> out;
  for (codec::PemBlock& block : *blocks) {
    if (block.label != kCertificateLabel) {
      return bad_pem("a block that is no certificate");
    }
    out.push_back(std::move(block.der));
  }
  return out;
}

std::variant<Chain, MissingCollateral> collect_chain(const Quote& quote,
                                                     const Collateral& collateral,
                                                     const IssuerCache* issuers) {
  BytesView pem = quote.certification_data;
  if (quote.certification_type != kCertPckChain) {
    const bool known =
        quote.certification_type >= kCertPpidClear && quote.certification_type <= kCertPckLeaf;
    if (!CLAUSTRUM_GUARD("evidence.dcap.chain.certification_type", known)) {
      return fault(Error(Code::kUnsupported, "dcap.chain.certification_type",
                         "certification data of type " + std::to_string(quote.certification_type)));
    }
    const auto given = collateral.find("pck_chain");
    if (given == collateral.end()) {
      return MissingCollateral{
          Error(Code::kUnsupported, "dcap.chain.missing",
                "certification data of type " + std::to_string(quote.certification_type) +
                    " names a PCK certificate and does not carry its chain"),
          "fetch this platform's PCK certificate and give its chain as collateral pck_chain"};
    }
    pem = given->second;
  }
  Result<Chain> chain = parse_chain(pem, issuers);
  if (!chain.ok()) {
    return fault(std::move(chain).error());
  }
  return std::move(chain).value();
}

Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra) {
  const crypto::Sha256Digest spki = chain.root.public_key().spki_sha256();
  const std::optional<TrustedRoot> found = find_root(spki, extra);
  if (!CLAUSTRUM_GUARD("evidence.dcap.root", found.has_value())) {
    return Error(Code::kUntrustedRoot, "dcap.root.untrusted",
                 "the root's key is not Intel's and not named by the caller");
  }
  return found.value_or(TrustedRoot{});
}

Status check_chain(const Chain& c, IssuerCache* issuers) {
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.chain.root_signature",
                                       check_issued_by(c.root, c.root, issuers, "root")));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.chain.intermediate_signature",
                                       check_issued_by(c.intermediate, c.root, issuers, "PCK CA")));
  CLAUSTRUM_TRY(check_intermediate(c));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.chain.leaf_signature",
                                       check_issued_by(c.leaf, c.intermediate, issuers, "leaf")));
  CLAUSTRUM_TRY(check_leaf(c));
  return check_no_critical(c);
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
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.validity.leaf",
                                       check_certificate_time(c.leaf, "the leaf", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.dcap.validity.intermediate",
                                       check_certificate_time(c.intermediate, "the PCK CA", now)));
  return CLAUSTRUM_GUARD_STATUS("evidence.dcap.validity.root",
                                check_certificate_time(c.root, "the root", now));
}

bool may_only_sign_data(const Certificate& certificate) {
  const std::optional<Bytes> usage = certificate.extension(kKeyUsageOid);
  if (!usage || certificate.is_ca()) {
    return false;
  }
  codec::DerReader r(*usage, "keyUsage");
  const BytesView bits = r.element(codec::kDerBitString);  // first byte: count of unused bits
  return r.finish().ok() && bits.size() >= 2 && (bits[1] & 0x80) != 0;
}

Status check_certificate_time(const Certificate& certificate, const char* name, Instant now) {
  const Status status = certificate.check_time(now);
  if (status.ok()) {
    return status;
  }
  const bool early = status.error().code() == Code::kNotYetValid;
  return Error(status.error().code(),
               early ? "dcap.validity.not_yet_valid" : "dcap.validity.expired",
               std::string(name) + " is valid from " + format_rfc3339(certificate.not_before()) +
                   " to " + format_rfc3339(certificate.not_after()));
}

}  // namespace claustrum::evidence::dcap
