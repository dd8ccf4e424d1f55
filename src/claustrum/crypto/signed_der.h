// SPDX-License-Identifier: Apache-2.0
// The shape certificates and CRLs share: SEQUENCE { to be signed, AlgorithmIdentifier, BIT STRING }
// [RFC 5280 4.1, 5.1]. Read by hand so that exactly the received bytes are verified and so that the
// algorithm is one of a fixed list of encodings: a parameter nobody compared is a parameter the
// forger chooses. For the sources of crypto only.
#pragma once

#include "claustrum/crypto/sign.h"

namespace claustrum::crypto {

enum class SignedKind { kCertificate, kCrl };

struct SignedDerView {
  BytesView tbs;            // with tag and length, as signed
  BytesView tbs_algorithm;  // contents of the AlgorithmIdentifier inside
  BytesView algorithm;      // contents of the one outside
  BytesView signature;
};

// Malformed "x509.der" unless this is minimal DER down to the parts above and nothing follows.
Result<SignedDerView> split_signed(BytesView der, SignedKind kind);

// The fields of a certificate's signed part [RFC 5280 4.1]. Views into what was given.
struct TbsCertificateView {
  BytesView serial;      // contents
  BytesView issuer;      // names, times, key and extensions with tag and length
  BytesView not_before;  // UTCTime or GeneralizedTime
  BytesView not_after;
  BytesView subject;
  BytesView spki;
  BytesView extensions;  // the SEQUENCE; empty when there are none
};

// `tbs` as split_signed gave it. Malformed "x509.der"; unique identifiers, which RFC 5280 forbids,
// are too.
Result<TbsCertificateView> split_tbs_certificate(BytesView tbs);

// The fields of a CRL's signed part [RFC 5280 5.1]. Views into what was given.
struct TbsCrlView {
  BytesView issuer;       // name, times and extensions with tag and length
  BytesView this_update;  // UTCTime or GeneralizedTime
  BytesView next_update;  // empty when there is none
  BytesView revoked;      // contents: the entries one after the other
  BytesView extensions;   // the SEQUENCE; empty when there are none
};

// `tbs` as split_signed gave it. Malformed "x509.der".
Result<TbsCrlView> split_tbs_crl(BytesView tbs);

// One entry of such a list [RFC 5280 5.1.2.6].
struct RevokedView {
  BytesView serial;      // contents
  BytesView extensions;  // the SEQUENCE; empty when there are none
};

// At most `limit` of them: malformed "x509.der"; more: exhausted "crl.size".
Result<std::vector<RevokedView>> split_revoked(BytesView entries, std::size_t limit);

// Contents of the AlgorithmIdentifier we write for `alg`.
BytesView algorithm_identifier(SigAlg alg);

// The two algorithm identifiers agree: mismatch "x509.signature_algorithm"; they are of the list:
// unsupported, same reason; the signature is by `key`: bad_signature `reason`.
Status verify_signed(const SignedDerView& parts, const PublicKey& key, std::string_view reason);

}  // namespace claustrum::crypto
