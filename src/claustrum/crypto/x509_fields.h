// SPDX-License-Identifier: Apache-2.0
// Reading single fields out of OpenSSL's certificates and CRLs; for the sources of crypto only.
#pragma once

#include <optional>

#include "claustrum/base/clock.h"
#include "claustrum/crypto/openssl.h"

namespace claustrum::crypto {

// A name, time or extension list from its DER, all of it; null when it is none.
Owned<X509_NAME> name_from(BytesView der);
Owned<ASN1_TIME> time_from(BytesView der);
using ExtensionStack = STACK_OF(X509_EXTENSION);
struct ExtensionsFree {
  void operator()(ExtensionStack* list) const {
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
  }
};
using Extensions = std::unique_ptr<ExtensionStack, ExtensionsFree>;
Extensions extensions_from(BytesView der);

// Malformed "x509.time".
Result<Instant> instant_of(const ASN1_TIME* time);
// Big-endian magnitude without leading zeros, one zero byte for 0. Negative: malformed
// "x509.serial".
Result<Bytes> magnitude_of(const ASN1_INTEGER* integer);
// The same form of any big-endian magnitude.
Bytes minimal_magnitude(BytesView bytes);
std::string common_name_of(const X509_NAME* name);
std::string name_text(const X509_NAME* name);
std::string oid_text(const ASN1_OBJECT* oid);
Owned<ASN1_OBJECT> oid_from_text(std::string_view dotted);  // null if it is none

}  // namespace claustrum::crypto
