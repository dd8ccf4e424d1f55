// SPDX-License-Identifier: Apache-2.0
// Reference values as vendors publish them: CoRIM, unsigned (tag 501) or in a COSE_Sign1 (tag 18)
// [draft-ietf-rats-corim]. Read to be turned into lines of a policy that a person then signs for
// (corim_import.h); a verdict never rests on a CoRIM directly. What is not understood is listed,
// never guessed at.
#pragma once

#include <map>
#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/codec/cbor.h"
#include "claustrum/crypto/keys.h"

namespace claustrum::policy {

inline constexpr std::size_t kMaxCorimLen = 1 << 20;

struct CorimDigest {
  std::string algorithm;  // "sha-256", "sha-384", "sha-512", else the number or text it came with
  Bytes value;
};

struct CorimSvn {
  bool minimum = false;  // else exact
  std::int64_t value = 0;
};

struct CorimMeasurement {
  std::string key;  // text, number, OID or UUID; empty: none
  std::vector<CorimDigest> digests;
  std::optional<CorimSvn> svn;
  std::map<std::string, std::vector<CorimDigest>> registers;  // and Intel's mrtee, mrsigner
  std::optional<std::int64_t> evaluation_number;              // Intel's profile: at least
  std::vector<std::string> tcb_status;                        // Intel's profile: one of
  std::vector<std::string> left_out;                          // members not understood
};

struct CorimReference {
  std::string environment;  // for people: class id, vendor, model, layer, index, instance
  std::string model;
  std::vector<CorimMeasurement> measurements;
};

struct Comid {
  std::string id;
  std::vector<CorimReference> references;
  std::vector<std::string> left_out;  // triples of other kinds
};

struct CorimValidity {
  std::optional<Instant> not_before;
  Instant not_after;
};

struct Corim {
  std::string id;
  std::string profile;
  std::optional<CorimValidity> validity;
  std::vector<Comid> comids;
  std::vector<std::string> left_out;  // tags of other kinds
  std::optional<crypto::Sha256Digest> signer;
  std::string signer_name;
  std::optional<CorimValidity> signature_validity;
};

// Shape only. Malformed "corim.shape", exhausted "corim.limit".
Result<Comid> parse_comid(BytesView data);
// Tag 501. A signed one is refused (mismatch "corim.signed"): it would lose its signature.
Result<Corim> parse_corim(BytesView data);
// Tag 18. `key` signs it and hashes to `signer` (mismatch "corim.signer"), the content type says
// what it is ("corim.content_type"). Without `key` the leaf of an x5chain header is taken, which
// proves nothing but that it is the pinned key.
Result<Corim> verify_corim(BytesView data, const crypto::Sha256Digest& signer,
                           const std::optional<crypto::PublicKey>& key);
// The reference values' and the signature's own dates: not_yet_valid "corim.not_yet_valid", expired
// "corim.expired".
Status check_corim_time(const Corim& corim, Instant now);

}  // namespace claustrum::policy
