// SPDX-License-Identifier: Apache-2.0
// First byte 'k' or 'r': a payload of keys or of a receipt, which is refused or written again byte
// for byte. Else: a signed message as received.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "claustrum/document/keys.h"
#include "claustrum/document/receipt.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const claustrum::BytesView input(data + 1, size - 1);
  if (data[0] == 'k') {
    const auto keys = claustrum::document::parse_keys_payload(input);
    if (keys.ok() && claustrum::document::keys_payload(*keys) != claustrum::as_text(input)) {
      std::abort();
    }
  } else if (data[0] == 'r') {
    const auto receipt = claustrum::document::parse_receipt_payload(input);
    if (receipt.ok() &&
        claustrum::document::receipt_payload(*receipt) != claustrum::as_text(input)) {
      std::abort();
    }
  } else {
    static const claustrum::crypto::PrivateKey key =
        claustrum::crypto::PrivateKey::from_raw(claustrum::crypto::KeyKind::kP256,
                                                claustrum::Bytes(32, 0x01))
            .value();
    (void)claustrum::document::verify_keys(input, key.public_key());
    (void)claustrum::document::verify_receipt(input, key.public_key());
  }
  return 0;
}
