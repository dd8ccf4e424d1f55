// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/roots.h"

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::dcap {

std::span<const TrustedRoot> intel_roots() {
  static const std::vector<TrustedRoot> roots = {
      {codec::hex_decode("a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e")
           .value(),
       "Intel SGX Root CA", false}};
  return roots;
}

std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra) {
  for (const std::span<const TrustedRoot> list : {intel_roots(), extra}) {
    for (const TrustedRoot& root : list) {
      if (equal(root.spki_sha256, spki_sha256)) {
        return root;
      }
    }
  }
  return std::nullopt;
}

}  // namespace claustrum::evidence::dcap
