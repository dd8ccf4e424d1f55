// SPDX-License-Identifier: Apache-2.0
// Reading single fields out of OpenSSL's certificates and CRLs; for the sources of crypto only.
#pragma once

#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

// A name or time from its DER, all of it; null when it is none.
Owned<X509_NAME> name_from(BytesView der);
Owned<ASN1_TIME> time_from(BytesView der);

// Malformed "x509.time".
Result<Instant> instant_of(const ASN1_TIME* time);
// A big-endian magnitude without leading zeros, the last byte always kept; nothing of nothing.
BytesView without_zeros(BytesView bytes);
// Likewise, one zero byte for 0.
Bytes minimal_magnitude(BytesView bytes);
// Of a name's DER: its first common name, empty where it has none; nullopt where it is no name.
std::optional<std::string> common_name_in(BytesView der);
std::string common_name_of(const X509_NAME* name);
std::string name_text(const X509_NAME* name);
std::string oid_text(BytesView oid);  // dotted, from contents; "?" if it is none
Owned<ASN1_OBJECT> oid_from_text(std::string_view dotted);  // null if it is none

}  // namespace claustrum::crypto
