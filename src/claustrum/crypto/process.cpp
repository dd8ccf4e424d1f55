// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/process.h"

#include <openssl/crypto.h>

#include "claustrum/base/check.h"

namespace claustrum::crypto {

void ignore_openssl_configuration() {
  CLAUSTRUM_CHECK(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) == 1);
}

}  // namespace claustrum::crypto
