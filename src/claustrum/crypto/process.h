// SPDX-License-Identifier: Apache-2.0
// What a whole program decides about OpenSSL, once, before anything else of this folder is used.
#pragma once

namespace claustrum::crypto {

// No openssl.cnf and no OPENSSL_CONF for this process. They can load code and switch algorithms
// off: a program that only judges gives the same verdict in every environment, and starts sooner.
void ignore_openssl_configuration();

}  // namespace claustrum::crypto
