// SPDX-License-Identifier: Apache-2.0
// For tests: a certificate authority whose objects can be made wrong in one point and signed again.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "claustrum/crypto/signed_der.h"
#include "claustrum/crypto/test_der.h"
#include "claustrum/crypto/x509.h"

namespace claustrum::crypto {

inline constexpr Instant kBegin{1'700'000'000};
inline constexpr Instant kEnd{1'800'000'000};

// keyUsage contents: the named bit only.
inline const Bytes kUsageSignature = {0x03, 0x02, 0x07, 0x80};
inline const Bytes kUsageCertSign = {0x03, 0x02, 0x02, 0x04};
inline const Bytes kUsageCrlSign = {0x03, 0x02, 0x01, 0x02};
inline const Bytes kUsageBothSigns = {0x03, 0x02, 0x01, 0x06};

inline CertificateSpec root_spec() {
  CertificateSpec spec;
  spec.subject = {{"C", "XX"}, {"O", "Test"}, {"CN", "Root"}};
  spec.issuer = spec.subject;
  spec.not_before = kBegin;
  spec.not_after = kEnd;
  spec.ca = true;
  return spec;
}

inline CertificateSpec leaf_spec() {
  CertificateSpec spec = root_spec();
  spec.subject = {{"C", "XX"}, {"O", "Test"}, {"CN", "Leaf"}};
  spec.serial = 7;
  spec.ca = std::nullopt;
  return spec;
}

inline CrlSpec crl_spec() {
  CrlSpec spec;
  spec.issuer = root_spec().subject;
  spec.this_update = kBegin;
  spec.next_update = kEnd;
  spec.number = 4;
  spec.revoked_serials = {0x20001, 9, 0xffffffffffffffff};
  return spec;
}

struct Authority {
  PrivateKey key = PrivateKey::generate(KeyKind::kP384);
  SigAlg alg = SigAlg::kEcdsaP384Sha384;

  Certificate root(const CertificateSpec& spec = root_spec()) const {
    return Certificate::parse(build_certificate(spec, key.public_key(), key, alg).value()).value();
  }
  // A certificate for some key, as DER and parsed.
  Bytes issue_der(const CertificateSpec& spec = leaf_spec()) const {
    static const auto& subject = *new PrivateKey(PrivateKey::generate(KeyKind::kP256));
    return build_certificate(spec, subject.public_key(), key, alg).value();
  }
  Certificate issue(const CertificateSpec& spec = leaf_spec()) const {
    return Certificate::parse(issue_der(spec)).value();
  }
  Crl crl(const CrlSpec& spec = crl_spec()) const {
    return Crl::parse(build_crl(spec, key, alg).value()).value();
  }
  // Puts a changed "to be signed" and outer algorithm into a freshly signed object.
  Bytes wrap(BytesView tbs, BytesView outer_algorithm) const {
    const Bytes signature = sign(key, alg, tbs, EcdsaForm::kDer);
    return tlv(0x30,
               concat({tbs, tlv(0x30, outer_algorithm), tlv(0x03, concat({Bytes{0}, signature}))}));
  }
};

template <typename T>
void expect_error(const Result<T>& result, Code code, std::string_view reason) {
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), code);
  EXPECT_EQ(result.error().reason(), reason);
}

// Replaces the only occurrence of `from`; lengths are the caller's business.
inline Bytes replaced(const Bytes& in, BytesView from, BytesView to) {
  const auto at = std::search(in.begin(), in.end(), from.begin(), from.end());
  CLAUSTRUM_CHECK(at != in.end());
  Bytes out(in.begin(), at);
  append(out, to);
  out.insert(out.end(), at + static_cast<std::ptrdiff_t>(from.size()), in.end());
  return out;
}

}  // namespace claustrum::crypto
