// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/chain.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"
#include "claustrum/evidence/nitro/roots.h"

namespace claustrum::evidence::nitro {
namespace {

using crypto::Certificate;

constexpr std::size_t kBundleLen = 4;
constexpr std::uint8_t kDerBoolean = 0x01;
constexpr const char* kBasicConstraints = "2.5.29.19";
constexpr const char* kKeyUsage = "2.5.29.15";
constexpr std::uint8_t kDigitalSignature = 0x80;
constexpr std::uint8_t kKeyCertSign = 0x80 >> 5;

struct Named {
  const Certificate* certificate;
  const char* name;
};

std::array<Named, 5> all_of(const Chain& c) {
  return {{{&c.root, "root"},
           {&c.regional, "regional CA"},
           {&c.zonal, "zonal CA"},
           {&c.instance, "instance CA"},
           {&c.leaf, "leaf"}}};
}

// The whole DER decides: no PEM in a document.
Result<Certificate> read(BytesView der, const IssuerCache* issuers, const char* name) {
  if (issuers != nullptr) {
    if (std::optional<Certificate> known = issuers->find(der); known) {
      return *known;
    }
  }
  Result<Certificate> out = Certificate::parse(der);
  if (!out.ok()) {
    return Error(Code::kMalformed, "nitro.chain.certificate",
                 std::string(name) + ": " + out.error().message());
  }
  return out;
}

// The first eight bits of keyUsage; nullopt where there is no such extension. crypto has found the
// encoding good.
std::optional<std::uint8_t> usage_of(const Certificate& certificate) {
  const std::optional<Bytes> value = certificate.extension(kKeyUsage);
  if (!value) {
    return std::nullopt;
  }
  codec::DerReader reader(*value, "keyUsage");
  const BytesView bits = reader.element(codec::kDerBitString);
  return bits.size() < 2 ? std::uint8_t{0} : bits[1];
}

std::optional<std::uint64_t> path_len_of(const Certificate& certificate) {
  const std::optional<Bytes> value = certificate.extension(kBasicConstraints);
  if (!value) {
    return std::nullopt;
  }
  codec::DerReader outer(*value, "basicConstraints");
  codec::DerReader body = outer.sequence();
  if (!body.done() && body.peek_tag() == kDerBoolean) {
    (void)body.element(kDerBoolean);
  }
  return body.done() ? std::nullopt : std::optional(body.integer());
}

bool has_usage(const Certificate& certificate, std::uint8_t bit) {
  const std::optional<std::uint8_t> usage = usage_of(certificate);
  return usage && (*usage & bit) != 0;
}

Status check_issued(const Certificate& subject, const Certificate& issuer, IssuerCache* issuers,
                    const char* name) {
  const Status status = check_issued(issuers, issuer.der(), subject.der(),
                                     [&] { return subject.verify_issued_by(issuer); });
  if (!status.ok()) {
    return Error(status.error().code(), "nitro.chain.signature",
                 std::string(name) + ": " + status.error().message());
  }
  return ok_status();
}

Status check_signatures(const Chain& c, IssuerCache* issuers) {
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.chain.root_signature",
                                       check_issued(c.root, c.root, issuers, "root")));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.chain.regional_signature",
                                       check_issued(c.regional, c.root, issuers, "regional CA")));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.chain.zonal_signature",
                                       check_issued(c.zonal, c.regional, issuers, "zonal CA")));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.chain.instance_signature",
                                       check_issued(c.instance, c.zonal, issuers, "instance CA")));
  return CLAUSTRUM_GUARD_STATUS("evidence.nitro.chain.leaf_signature",
                                check_issued(c.leaf, c.instance, issuers, "leaf"));
}

// `below`: how many CA certificates stand between this one and the leaf [RFC 5280 4.2.1.9].
Status check_ca(const Named& ca, std::uint64_t below) {
  const Certificate& certificate = *ca.certificate;
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.ca", certificate.is_ca())) {
    return Error(Code::kMismatch, "nitro.chain.ca", std::string(ca.name) + " is no CA");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.ca_usage", has_usage(certificate, kKeyCertSign))) {
    return Error(Code::kMismatch, "nitro.chain.ca_usage",
                 std::string(ca.name) + ": keyUsage does not say keyCertSign");
  }
  const std::optional<std::uint64_t> path_len = path_len_of(certificate);
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.path_len", !path_len || *path_len >= below)) {
    return Error(Code::kMismatch, "nitro.chain.path_len",
                 std::string(ca.name) + " allows a shorter path only");
  }
  return ok_status();
}

Status check_leaf(const Certificate& leaf) {
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.leaf_ca", !leaf.is_ca())) {
    return Error(Code::kMismatch, "nitro.chain.leaf_ca", "the leaf is a CA");
  }
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.leaf_usage", has_usage(leaf, kDigitalSignature))) {
    return Error(Code::kMismatch, "nitro.chain.leaf_usage",
                 "the leaf's keyUsage does not say digitalSignature");
  }
  return ok_status();
}

Status check_common(const Named& one) {
  const bool p384 = one.certificate->public_key().kind() == crypto::KeyKind::kP384;
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.key", p384)) {
    return Error(Code::kMismatch, "nitro.chain.key", std::string(one.name) + ": not a P-384 key");
  }
  const bool known = one.certificate->unhandled_critical_extensions().empty();
  if (!CLAUSTRUM_GUARD("evidence.nitro.chain.critical", known)) {
    return Error(Code::kUnsupported, "nitro.chain.critical",
                 std::string(one.name) + " has a critical extension we do not know");
  }
  return ok_status();
}

Status check_time(const Certificate& certificate, const char* name, Instant now) {
  const Status status = certificate.check_time(now);
  if (status.ok()) {
    return status;
  }
  const bool early = status.error().code() == Code::kNotYetValid;
  return Error(status.error().code(),
               early ? "nitro.validity.not_yet_valid" : "nitro.validity.expired",
               std::string(name) + " is valid from " + format_rfc3339(certificate.not_before()) +
                   " to " + format_rfc3339(certificate.not_after()));
}

}  // namespace

Result<Chain> read_chain(const Document& d, const IssuerCache* issuers) {
  // Certificates that stand nowhere in the chain would be carried along unjudged.
  if (d.cabundle.size() < kBundleLen ||
      !CLAUSTRUM_GUARD("evidence.nitro.chain.length", d.cabundle.size() == kBundleLen)) {
    return Error(Code::kUnsupported, "nitro.chain.length",
                 std::to_string(d.cabundle.size()) + " certificates in cabundle, want 4");
  }
  CLAUSTRUM_TRY_ASSIGN(const Certificate root, read(d.cabundle[0], issuers, "root"));
  CLAUSTRUM_TRY_ASSIGN(const Certificate regional, read(d.cabundle[1], issuers, "regional CA"));
  CLAUSTRUM_TRY_ASSIGN(const Certificate zonal, read(d.cabundle[2], issuers, "zonal CA"));
  CLAUSTRUM_TRY_ASSIGN(const Certificate instance, read(d.cabundle[3], issuers, "instance CA"));
  CLAUSTRUM_TRY_ASSIGN(const Certificate leaf, read(d.certificate, issuers, "leaf"));
  return Chain{root, regional, zonal, instance, leaf};
}

Result<TrustedRoot> check_root(const Chain& chain, std::span<const TrustedRoot> extra) {
  const crypto::Sha256Digest spki = chain.root.public_key().spki_sha256();
  std::optional<TrustedRoot> found = find_root(spki, extra);
  if (!CLAUSTRUM_GUARD("evidence.nitro.root", found.has_value())) {
    return Error(Code::kUntrustedRoot, "nitro.root.untrusted",
                 "the first certificate's key is not AWS's root and not named by the caller");
  }
  return found.value_or(TrustedRoot{});
}

Status check_chain(const Chain& c, IssuerCache* issuers) {
  const std::array<Named, 5> list = all_of(c);
  for (const Named& one : list) {
    CLAUSTRUM_TRY(check_common(one));
  }
  for (std::size_t i = 0; i < kBundleLen; ++i) {
    CLAUSTRUM_TRY(check_ca(list[i], kBundleLen - 1 - i));
  }
  CLAUSTRUM_TRY(check_leaf(c.leaf));
  return check_signatures(c, issuers);
}

void remember_chain(const Chain& c, IssuerCache* issuers) {
  if (issuers == nullptr) {
    return;
  }
  for (const Named& one : all_of(c)) {
    issuers->remember(*one.certificate);
  }
}

Status check_validity(const Chain& c, Instant now) {
  CLAUSTRUM_TRY(
      CLAUSTRUM_GUARD_STATUS("evidence.nitro.validity.leaf", check_time(c.leaf, "the leaf", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.validity.instance",
                                       check_time(c.instance, "the instance CA", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.validity.zonal",
                                       check_time(c.zonal, "the zonal CA", now)));
  CLAUSTRUM_TRY(CLAUSTRUM_GUARD_STATUS("evidence.nitro.validity.regional",
                                       check_time(c.regional, "the regional CA", now)));
  return CLAUSTRUM_GUARD_STATUS("evidence.nitro.validity.root",
                                check_time(c.root, "the root", now));
}

}  // namespace claustrum::evidence::nitro
