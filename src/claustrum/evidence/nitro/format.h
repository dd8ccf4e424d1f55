// SPDX-License-Identifier: Apache-2.0
// Attestation documents of the AWS Nitro Security Module and of NitroTPM: a COSE_Sign1 whose
// payload is a CBOR map [AWS, "Nitro Enclaves attestation process": COSE and CBOR, attestation
// document specification; AWS, "NitroTPM attestation document"]. Shape only: nothing here is
// verified.
//
//   COSE_Sign1 = [protected bstr, unprotected map, payload bstr, signature bstr], tag 18 or none
//   payload    = { module_id tstr, digest tstr, timestamp uint (ms), pcrs or nitrotpm_pcrs
//                  {uint => bstr}, certificate bstr, cabundle [bstr], public_key bstr / null,
//                  user_data bstr / null, nonce bstr / null }
//
// Documents before 2025 have a map of definite length, later ones a map of indefinite length; both
// are read. Strings in pieces and second keys are not: two readers could see two documents.
#pragma once

#include <map>
#include <optional>

#include "claustrum/crypto/cose.h"

namespace claustrum::evidence::nitro {

inline constexpr std::size_t kMaxEvidence = 17 * 1024;
inline constexpr std::size_t kMaxPayload = 16 * 1024;
inline constexpr std::size_t kMaxCertificate = 1024;
inline constexpr std::size_t kMaxBundle = 8;
// One paragraph of AWS's text says 512; the module's own limit is 1024.
inline constexpr std::size_t kMaxField = 1024;
inline constexpr unsigned kMaxRegister = 31;
inline constexpr std::size_t kMaxModuleId = 128;
inline constexpr std::size_t kSignatureLen = 96;  // r || s of P-384
inline constexpr std::size_t kSha384Len = 48;

// Which register map the document carries: `pcrs` or `nitrotpm_pcrs`.
enum class Kind { kEnclave, kTpm };
std::string_view registers_key(Kind kind);

struct Document {
  Kind kind = Kind::kEnclave;
  std::string module_id;
  std::string digest;
  std::uint64_t timestamp_ms = 0;
  std::map<unsigned, Bytes> registers;
  Bytes certificate;            // DER
  std::vector<Bytes> cabundle;  // DER, root first
  std::optional<Bytes> public_key;
  std::optional<Bytes> user_data;
  std::optional<Bytes> nonce;
  std::vector<std::string> unknown_members;
  bool indefinite_map = false;  // the payload's
  bool tagged = false;
  crypto::CoseSign1 cose;  // the bytes that were signed, as received
};

// Malformed "nitro.format.envelope", ".signature", ".payload", ".member", ".registers",
// ".certificate", ".bundle", ".field", ".module_id", ".timestamp"; exhausted "nitro.format.size".
Result<Document> parse_document(BytesView evidence);

// module_id in parts: `i-<17 hex>-enc<hex>` of an enclave, `i-<17 hex>-tpm<16 hex>` of a NitroTPM.
struct ModuleId {
  Kind kind = Kind::kEnclave;
  std::string instance;  // "i-0123456789abcdef0"
  std::string unit;      // hex digits behind "enc" or "tpm"
};
std::optional<ModuleId> parse_module_id(std::string_view text);

// The writer, for simulated documents: members in AWS's order, then a map of either form.
using Members = std::vector<std::pair<codec::Cbor, codec::Cbor>>;
Members payload_members(const Document& document);
Bytes encode_payload(const Members& members, bool indefinite_map);

}  // namespace claustrum::evidence::nitro
