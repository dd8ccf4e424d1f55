// SPDX-License-Identifier: Apache-2.0
// Names for what people present as evidence and no verifier here speaks, so that they are told what
// it is instead of that it is nothing [RFC 9711; RFC 8392; draft-ietf-rats-msg-wrap; Intel TDX
// module ABI, TDREPORT]. Reads as much as a name needs; decides nothing.
#include <algorithm>

#include "claustrum/codec/base64.h"
#include "claustrum/codec/cbor.h"
#include "claustrum/codec/json.h"
#include "claustrum/evidence/core/envelope_text.h"

namespace claustrum::evidence {
namespace {

using codec::Cbor;

constexpr std::uint64_t kTagCoseSign1 = 18;
constexpr std::uint64_t kTagCwt = 61;
constexpr std::uint64_t kTagCcaLegacy = 399;
constexpr std::uint64_t kTagUccs = 601;
constexpr std::uint64_t kTagEatBundle = 602;
constexpr std::uint64_t kTagCca = 907;
constexpr std::int64_t kEatNonce = 10;
constexpr std::int64_t kEatProfile = 265;
constexpr std::int64_t kCoseContentType = 3;
constexpr std::size_t kMaxToken = std::size_t{1} << 20;
constexpr std::size_t kTdReportLen = 1024;
constexpr std::uint8_t kTdReportType = 0x81;

codec::CborLimits limits() {
  codec::CborLimits out;
  out.max_items = 10'000;
  out.allow_indefinite = true;
  return out;
}

bool is_eat(const Cbor& claims) {
  return claims.as_map() != nullptr &&
         (claims.find(kEatNonce) != nullptr || claims.find(kEatProfile) != nullptr);
}

std::string name_of_sign1(const Cbor& message) {
  const std::vector<Cbor>* parts = message.as_array();
  const bool shaped = parts != nullptr && parts->size() == 4 && (*parts)[0].as_bytes() &&
                      (*parts)[1].as_map() != nullptr && (*parts)[2].as_bytes() &&
                      (*parts)[3].as_bytes();
  if (!shaped) {
    return {};
  }
  const Result<Cbor> header = codec::parse_cbor(*(*parts)[0].as_bytes(), limits());
  const Cbor* type = header.ok() ? header->find(kCoseContentType) : nullptr;
  if (type != nullptr &&
      type->as_text() == std::optional<std::string_view>("application/cmw+cbor")) {
    return "a CMW signed with COSE; verify its signature, then give the CMW inside";
  }
  const Result<Cbor> claims = codec::parse_cbor(*(*parts)[2].as_bytes(), limits());
  return claims.ok() && is_eat(*claims) ? "an Entity Attestation Token (CBOR Web Token)"
                                        : "a message signed with COSE (COSE_Sign1)";
}

std::string name_of_tag(const Cbor& value) {
  switch (value.tag_number()) {
    case kTagCoseSign1:
      return value.tagged() == nullptr ? std::string() : name_of_sign1(*value.tagged());
    case kTagCwt:
      return "a CBOR Web Token; if a TD's quote was asked for, its platform attests with DICE";
    case kTagCcaLegacy:
    case kTagCca:
      return "an Arm CCA token";
    case kTagUccs:
      return "an unsigned CBOR claims set (UCCS)";
    case kTagEatBundle:
      return "a detached EAT bundle";
    default:
      return {};
  }
}

std::string name_of_cbor(BytesView evidence) {
  const Result<Cbor> value = codec::parse_cbor(evidence, limits());
  if (!value.ok()) {
    return {};
  }
  if (value->type() == Cbor::Type::kTag) {
    return name_of_tag(*value);
  }
  return is_eat(*value) ? "an unsigned EAT claims set" : name_of_sign1(*value);
}

std::string name_of_jose(std::string_view text) {
  const std::string_view rest = text.substr(text.find('.') + 1);
  const auto part = [](std::string_view encoded) {
    const Result<Bytes> bytes = codec::base64url_decode(encoded);
    codec::JsonLimits json;
    json.numbers = codec::JsonNumbers::kAny;
    const Result<codec::Json> out =
        bytes.ok() ? codec::parse_json(*bytes, json) : Result<codec::Json>(bytes.error());
    return out.ok() ? *out : codec::Json();
  };
  const codec::Json header = part(text.substr(0, text.find('.')));
  const codec::Json claims = part(rest.substr(0, rest.find('.')));
  const Result<std::string> content = header.string_at("cty");
  if (content.ok() && content->ends_with("cmw+json")) {
    return "a CMW signed as JSON Web Signature; verify it, then give the CMW inside";
  }
  return claims.find("eat_nonce") != nullptr || claims.find("eat_profile") != nullptr
             ? "an Entity Attestation Token (JSON Web Token)"
             : "a JSON Web Token";
}

std::string name_of_binary(BytesView evidence) {
  constexpr ByteArray<4> kTpmGenerated = {0xff, 'T', 'C', 'G'};
  const auto begins = [&](BytesView with) {
    return evidence.size() >= with.size() && equal(evidence.first(with.size()), with);
  };
  if (begins(kTpmGenerated)) {
    return "a TPM quote (TPMS_ATTEST) by itself";
  }
  if (begins(as_bytes("HCLA"))) {
    return "an Azure HCL report by itself";
  }
  if (evidence.size() == kTdReportLen && evidence[0] == kTdReportType) {
    return "a TDREPORT, which only its own machine can verify; ask for a quote";
  }
  // Field 1, a TPMT_PUBLIC of RSA or ECC.
  const bool ak = evidence.size() > 8 && evidence[0] == 0x0a && evidence[1] >= 0x80 &&
                  evidence[3] == 0 && (evidence[4] == 0x01 || evidence[4] == 0x23);
  return ak ? "a go-tpm-tools attestation (protobuf)" : std::string();
}

std::string name_of(BytesView evidence) {
  if (evidence.empty() || evidence.size() > kMaxToken) {
    return {};
  }
  if (is_text(evidence)) {
    return is_compact_jose(as_text(evidence)) ? name_of_jose(as_text(evidence)) : std::string();
  }
  std::string name = name_of_binary(evidence);
  return name.empty() ? name_of_cbor(evidence) : name;
}

}  // namespace

Status check_evidence_format(BytesView evidence) {
  const std::string name = name_of(evidence);
  if (name.empty()) {
    return ok_status();
  }
  return Error(Code::kUnsupported, "envelope.unsupported", "unsupported evidence format: " + name);
}

}  // namespace claustrum::evidence
