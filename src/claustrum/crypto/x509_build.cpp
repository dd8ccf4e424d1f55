// SPDX-License-Identifier: Apache-2.0
// Certificates and CRLs for simulated authorities and tests, written as DER by hand so that every
// oddity of a vendor's real certificates (serial 0, raw extension contents, explicit PSS
// parameters) can be had.
#include <openssl/x509.h>

#include <algorithm>

#include "claustrum/base/writer.h"
#include "claustrum/codec/der.h"
#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/x509.h"
#include "claustrum/crypto/x509_fields.h"

namespace claustrum::crypto {

namespace {

using NameSpec = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kContext0 = 0xa0;
constexpr std::uint8_t kContext3 = 0xa3;
constexpr char kBasicConstraints[] = "2.5.29.19";
constexpr char kCrlNumber[] = "2.5.29.20";

Error bad_spec(std::string_view text) {
  ERR_clear_error();
  return Error(Code::kMalformed, "x509.spec", std::string(text));
}

Bytes element(std::uint8_t tag, BytesView contents) {
  ByteWriter out;
  out.u8(tag);
  if (contents.size() < 0x80) {
    out.u8(static_cast<std::uint8_t>(contents.size()));
  } else {
    const auto size = static_cast<std::uint32_t>(contents.size());
    CLAUSTRUM_CHECK(size == contents.size());
    const Bytes length = minimal_magnitude(ByteWriter().u32be(size).view());
    out.u8(static_cast<std::uint8_t>(0x80 | length.size())).bytes(length);
  }
  out.bytes(contents);
  return std::move(out).take();
}

Bytes element(std::uint8_t tag, std::initializer_list<BytesView> parts) {
  return element(tag, concat(parts));
}

Bytes integer(BytesView big_endian) {
  Bytes magnitude = minimal_magnitude(big_endian);
  if (magnitude[0] >= 0x80) {
    magnitude.insert(magnitude.begin(), 0);
  }
  return element(codec::kDerInteger, magnitude);
}

Bytes integer(std::uint64_t value) {
  return integer(BytesView(ByteWriter().u64be(value).view()));
}

Bytes time(Instant at) {
  const Owned<ASN1_TIME> value(ASN1_TIME_set(nullptr, static_cast<time_t>(at.seconds)));
  CLAUSTRUM_CHECK(value != nullptr);
  return der_of(value.get(), i2d_ASN1_TIME);
}

Result<Bytes> oid(std::string_view dotted) {
  const Owned<ASN1_OBJECT> object = oid_from_text(dotted);
  if (object == nullptr) {
    return bad_spec("not a dotted object identifier");
  }
  return der_of(object.get(), i2d_ASN1_OBJECT);
}

Result<Bytes> name(const NameSpec& spec) {
  const Owned<X509_NAME> out(X509_NAME_new());
  CLAUSTRUM_CHECK(out != nullptr);
  for (const auto& entry : spec) {
    const Bytes value = to_bytes(entry.second);
    if (X509_NAME_add_entry_by_txt(out.get(), entry.first.c_str(), MBSTRING_UTF8, value.data(),
                                   static_cast<int>(value.size()), -1, 0) != 1) {
      return bad_spec("not a name attribute or not a value for it");
    }
  }
  return der_of(out.get(), i2d_X509_NAME);
}

Result<Bytes> extension(const CertificateExtension& spec) {
  static constexpr std::uint8_t kTrue[] = {kBoolean, 1, 0xff};
  CLAUSTRUM_TRY_ASSIGN(const Bytes id, oid(spec.oid));
  const Bytes value = element(codec::kDerOctetString, spec.value);
  return element(codec::kDerSequence, {id, spec.critical ? BytesView(kTrue) : BytesView(), value});
}

Result<Bytes> extensions(const std::vector<CertificateExtension>& specs) {
  Bytes all;
  for (const CertificateExtension& spec : specs) {
    CLAUSTRUM_TRY_ASSIGN(const Bytes one, extension(spec));
    append(all, one);
  }
  return element(codec::kDerSequence, all);
}

Bytes basic_constraints(const CertificateSpec& spec) {
  static constexpr std::uint8_t kTrue[] = {kBoolean, 1, 0xff};
  const Bytes path_len = spec.path_len ? integer(std::uint64_t{*spec.path_len}) : Bytes();
  return element(codec::kDerSequence, {*spec.ca ? BytesView(kTrue) : BytesView(), path_len});
}

Result<Bytes> sign_tbs(BytesView tbs, BytesView algorithm, const PrivateKey& key, SigAlg alg) {
  static constexpr std::uint8_t kNoUnusedBits[] = {0};
  const Bytes signature = sign(key, alg, tbs, EcdsaForm::kDer);
  const Bytes bits = element(codec::kDerBitString, {kNoUnusedBits, signature});
  return element(codec::kDerSequence, {tbs, algorithm, bits});
}

}  // namespace

Result<Bytes> build_certificate(const CertificateSpec& spec, const PublicKey& subject_key,
                                const PrivateKey& issuer_key, SigAlg alg) {
  std::vector<CertificateExtension> all = spec.extensions;
  if (spec.ca) {
    all.insert(all.begin(), CertificateExtension{kBasicConstraints, true, basic_constraints(spec)});
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes issuer, name(spec.issuer));
  CLAUSTRUM_TRY_ASSIGN(const Bytes subject, name(spec.subject));
  CLAUSTRUM_TRY_ASSIGN(const Bytes extension_list, extensions(all));
  const Bytes version = element(kContext0, integer(2));
  const Bytes serial = spec.long_serial.empty() ? integer(spec.serial) : integer(spec.long_serial);
  const Bytes algorithm = element(codec::kDerSequence, algorithm_identifier(alg));
  const Bytes validity =
      element(codec::kDerSequence, {time(spec.not_before), time(spec.not_after)});
  const Bytes wrapped = all.empty() ? Bytes() : element(kContext3, extension_list);
  const Bytes tbs = element(codec::kDerSequence, {version, serial, algorithm, issuer, validity,
                                                  subject, subject_key.spki(), wrapped});
  return sign_tbs(tbs, algorithm, issuer_key, alg);
}

Result<Bytes> build_crl(const CrlSpec& spec, const PrivateKey& issuer_key, SigAlg alg) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes issuer, name(spec.issuer));
  std::vector<CertificateExtension> all = spec.extensions;
  all.push_back(CertificateExtension{kCrlNumber, false, integer(spec.number)});
  CLAUSTRUM_TRY_ASSIGN(const Bytes extension_list, extensions(all));
  const Bytes algorithm = element(codec::kDerSequence, algorithm_identifier(alg));
  const Bytes this_update = time(spec.this_update);
  Bytes revoked;
  for (const std::uint64_t serial : spec.revoked_serials) {
    append(revoked, element(codec::kDerSequence, {integer(serial), this_update}));
  }
  for (const Bytes& serial : spec.long_revoked_serials) {
    append(revoked, element(codec::kDerSequence, {integer(serial), this_update}));
  }
  if (!revoked.empty()) {
    revoked = element(codec::kDerSequence, revoked);
  }
  const Bytes tbs = element(codec::kDerSequence,
                            {integer(1), algorithm, issuer, this_update, time(spec.next_update),
                             revoked, element(kContext0, extension_list)});
  return sign_tbs(tbs, algorithm, issuer_key, alg);
}

}  // namespace claustrum::crypto
