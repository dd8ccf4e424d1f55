// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/signed_der.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/der.h"

namespace claustrum::crypto {

namespace {

using codec::DerReader;

constexpr std::uint8_t kContext0 = 0xa0;
constexpr std::uint8_t kContext3 = 0xa3;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;
constexpr std::uint64_t kVersion2 = 1;
constexpr std::uint64_t kVersion3 = 2;

constexpr std::uint8_t kEcdsaSha256[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x04, 0x03, 0x02};
constexpr std::uint8_t kEcdsaSha384[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x04, 0x03, 0x03};
constexpr std::uint8_t kEcdsaSha512[] = {0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x04, 0x03, 0x04};
constexpr std::uint8_t kPkcs1Sha256[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
constexpr std::uint8_t kPkcs1Sha384[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x01, 0x0c, 0x05, 0x00};
constexpr std::uint8_t kEd25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

// RSASSA-PSS: [0] hash, [1] MGF1 with the same hash, [2] salt length. AMD's root and intermediates
// also write the default [3] trailer field, which DER would leave out.
constexpr std::uint8_t kPssSha256[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34,
    0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x01, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48,
    0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
    0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20};
constexpr std::uint8_t kPssSha384[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34,
    0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x02, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48,
    0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
    0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30};
constexpr std::uint8_t kPssSha384Trailer[] = {
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x39, 0xa0,
    0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
    0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
    0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
    0x02, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30, 0xa3, 0x03, 0x02, 0x01, 0x01};

constexpr SigAlg kAlgorithms[] = {SigAlg::kEcdsaP256Sha256, SigAlg::kEcdsaP384Sha384,
                                  SigAlg::kEcdsaP521Sha512, SigAlg::kRsaPssSha256,
                                  SigAlg::kRsaPssSha384,    SigAlg::kRsaPkcs1Sha256,
                                  SigAlg::kRsaPkcs1Sha384,  SigAlg::kEd25519};

Result<SigAlg> algorithm_of(BytesView identifier) {
  for (const SigAlg alg : kAlgorithms) {
    if (equal(identifier, algorithm_identifier(alg))) {
      return alg;
    }
  }
  if (equal(identifier, kPssSha384Trailer)) {
    return SigAlg::kRsaPssSha384;
  }
  return Error(Code::kUnsupported, "x509.signature_algorithm",
               "algorithm or parameters not listed");
}

Error malformed() {
  return Error(Code::kMalformed, "x509.der", "not DER of a signed object");
}

// Elements with their tags and lengths. These are minimal, so each begins where the last one ended.
class ElementReader {
 public:
  explicit ElementReader(BytesView body) : reader_(body, "to be signed"), next_(body.data()) {}
  BytesView contents(std::uint8_t tag) {
    const BytesView out = reader_.element(tag);
    if (reader_.ok()) {
      next_ = out.data() + out.size();
    }
    return out;
  }
  BytesView whole(std::uint8_t tag) {
    const std::uint8_t* const first = next_;
    (void)contents(tag);
    return {first, next_};
  }
  BytesView time() { return whole(peek() == kGeneralizedTime ? kGeneralizedTime : kUtcTime); }
  bool at_time() { return peek() == kGeneralizedTime || peek() == kUtcTime; }
  std::uint8_t peek() { return reader_.done() ? std::uint8_t{0} : reader_.peek_tag(); }
  bool more() const { return reader_.ok() && !reader_.done(); }
  bool finished() const { return reader_.ok() && reader_.done(); }

 private:
  DerReader reader_;
  const std::uint8_t* next_;
};

bool is_version(BytesView contents) {
  DerReader reader(contents, "version");
  return reader.integer() <= kVersion3 && reader.finish().ok();
}

// Non-negative and minimal.
bool is_serial(BytesView contents) {
  return !contents.empty() && contents[0] < 0x80 &&
         (contents.size() == 1 || contents[0] != 0 || contents[1] >= 0x80);
}

}  // namespace

BytesView algorithm_identifier(SigAlg alg) {
  switch (alg) {
    case SigAlg::kEcdsaP256Sha256:
      return kEcdsaSha256;
    case SigAlg::kEcdsaP384Sha384:
      return kEcdsaSha384;
    case SigAlg::kEcdsaP521Sha512:
      return kEcdsaSha512;
    case SigAlg::kRsaPssSha256:
      return kPssSha256;
    case SigAlg::kRsaPssSha384:
      return kPssSha384;
    case SigAlg::kRsaPkcs1Sha256:
      return kPkcs1Sha256;
    case SigAlg::kRsaPkcs1Sha384:
      return kPkcs1Sha384;
    case SigAlg::kEd25519:
      return kEd25519;
  }
  check_failed("signature algorithm", __FILE__, __LINE__);
}

Result<SignedDerView> split_signed(BytesView der, SignedKind kind) {
  DerReader file(der, "signed object");
  const BytesView body = file.element(codec::kDerSequence);
  DerReader outer(body, "signed object");
  const BytesView tbs = outer.element(codec::kDerSequence);
  const BytesView algorithm = outer.element(codec::kDerSequence);
  const BytesView bits = outer.element(codec::kDerBitString);
  if (!file.finish().ok() || !outer.finish().ok() || bits.empty() || bits[0] != 0) {
    return malformed();
  }
  DerReader inner(tbs, "to be signed");
  if (kind == SignedKind::kCertificate) {
    if (inner.peek_tag() == kContext0) {
      (void)inner.element(kContext0);  // version
    }
    (void)inner.element(codec::kDerInteger);  // serialNumber
  } else if (inner.peek_tag() == codec::kDerInteger) {
    (void)inner.element(codec::kDerInteger);  // version
  }
  const BytesView tbs_algorithm = inner.element(codec::kDerSequence);
  if (!inner.ok()) {
    return malformed();
  }
  // Lengths are minimal, so the element begins where its container's contents begin.
  const auto tbs_len = static_cast<std::size_t>(tbs.data() + tbs.size() - body.data());
  return SignedDerView{body.first(tbs_len), tbs_algorithm, algorithm, bits.subspan(1)};
}

Result<TbsCertificateView> split_tbs_certificate(BytesView tbs) {
  DerReader outer(tbs, "to be signed");
  ElementReader body(outer.element(codec::kDerSequence));
  TbsCertificateView out;
  if (body.peek() == kContext0 && !is_version(body.contents(kContext0))) {
    return malformed();
  }
  out.serial = body.contents(codec::kDerInteger);
  (void)body.contents(codec::kDerSequence);  // signature algorithm: verify_signed's business
  out.issuer = body.whole(codec::kDerSequence);
  ElementReader validity(body.contents(codec::kDerSequence));
  out.not_before = validity.time();
  out.not_after = validity.time();
  out.subject = body.whole(codec::kDerSequence);
  out.spki = body.whole(codec::kDerSequence);
  if (body.peek() == kContext3) {
    out.extensions = body.contents(kContext3);
  }
  if (!outer.finish().ok() || !body.finished() || !validity.finished() || out.serial.empty()) {
    return malformed();
  }
  return out;
}

Result<TbsCrlView> split_tbs_crl(BytesView tbs) {
  DerReader outer(tbs, "to be signed");
  ElementReader body(outer.element(codec::kDerSequence));
  TbsCrlView out;
  if (body.peek() == codec::kDerInteger) {
    const BytesView version = body.contents(codec::kDerInteger);
    if (version.size() != 1 || version[0] != kVersion2) {
      return malformed();
    }
  }
  (void)body.contents(codec::kDerSequence);  // signature algorithm: verify_signed's business
  out.issuer = body.whole(codec::kDerSequence);
  out.this_update = body.time();
  if (body.at_time()) {
    out.next_update = body.time();
  }
  if (body.peek() == codec::kDerSequence) {
    out.revoked = body.contents(codec::kDerSequence);
  }
  if (body.peek() == kContext0) {
    out.extensions = body.contents(kContext0);
  }
  if (!outer.finish().ok() || !body.finished()) {
    return malformed();
  }
  return out;
}

Result<std::vector<RevokedView>> split_revoked(BytesView entries, std::size_t limit) {
  ElementReader list(entries);
  std::vector<RevokedView> out;
  while (list.more()) {
    if (out.size() == limit) {
      return Error(Code::kExhausted, "crl.size", "too many revoked certificates");
    }
    ElementReader entry(list.contents(codec::kDerSequence));
    RevokedView view;
    view.serial = entry.contents(codec::kDerInteger);
    (void)entry.time();
    if (entry.peek() == codec::kDerSequence) {
      view.extensions = entry.whole(codec::kDerSequence);
    }
    if (!entry.finished() || !is_serial(view.serial)) {
      return malformed();
    }
    out.push_back(view);
  }
  if (!list.finished()) {
    return malformed();
  }
  return out;
}

Status verify_signed(const SignedDerView& parts, const PublicKey& key, std::string_view reason) {
  // Only the inner one is signed; RFC 5280 4.1.1.2 demands that the outer one be the same.
  if (!CLAUSTRUM_GUARD("crypto.x509.algorithms_agree",
                       equal(parts.tbs_algorithm, parts.algorithm))) {
    return Error(Code::kMismatch, "x509.signature_algorithm",
                 "signed and unsigned algorithm identifiers differ");
  }
  CLAUSTRUM_TRY_ASSIGN(const SigAlg alg, algorithm_of(parts.algorithm));
  const Status verified = CLAUSTRUM_GUARD_STATUS(
      "crypto.x509.signature", verify(key, alg, parts.tbs, parts.signature, EcdsaForm::kDer));
  if (!verified.ok()) {
    return Error(Code::kBadSignature, reason, std::string(verified.error().reason()));
  }
  return ok_status();
}

}  // namespace claustrum::crypto
