// SPDX-License-Identifier: Apache-2.0
// Extensions of certificates, CRLs and CRL entries [RFC 5280 4.2, 5.2, 5.3] in strict DER, as views
// into what was received. Strict, because what one reader overlooks another may act on. For the
// sources of crypto only.
#pragma once

#include <optional>

#include "claustrum/base/bytes.h"
#include "claustrum/base/result.h"

namespace claustrum::crypto {

struct ExtensionView {
  BytesView oid;  // contents of the OBJECT IDENTIFIER
  bool critical = false;
  BytesView value;  // contents of extnValue
};

// `list`: the SEQUENCE with tag and length, or nothing at all. Malformed "x509.der"; more than
// `limit`: exhausted "x509.extensions".
Result<std::vector<ExtensionView>> split_extensions(BytesView list, std::size_t limit);
// The first with these contents of its identifier, or null.
const ExtensionView* find_extension(std::span<const ExtensionView> list, BytesView oid);
bool any_critical(std::span<const ExtensionView> list);
bool any_twice(std::span<const ExtensionView> list);

// Contents of an OBJECT IDENTIFIER from its dotted form; nullopt where it is none.
std::optional<Bytes> oid_from_dotted(std::string_view dotted);

}  // namespace claustrum::crypto
