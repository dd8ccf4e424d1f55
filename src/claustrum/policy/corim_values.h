// SPDX-License-Identifier: Apache-2.0
// CBOR values of CoRIM and CoMID that both readers share. For corim.cpp and comid.cpp only.
#pragma once

#include "claustrum/policy/corim.h"

namespace claustrum::policy {

inline Error corim_shape(std::string text) {
  return Error(Code::kMalformed, "corim.shape", std::move(text));
}

// A member that must be there, of a map; nullptr-free.
Result<const codec::Cbor*> member(const codec::Cbor& map, std::int64_t key, const char* name);
// An id or key as text: text itself, a number, a dotted OID (tag 111), a UUID (tag 37 or 16 bytes),
// bytes (tag 560 or bare) as hex. Empty: another type.
std::string id_text(const codec::Cbor& value);
// Tag 32 or text.
std::string uri_text(const codec::Cbor& value);
// {? 0: tag 1 time, 1: tag 1 time}
Result<CorimValidity> read_validity(const codec::Cbor& map);

}  // namespace claustrum::policy
