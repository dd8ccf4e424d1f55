// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/nitro/roots.h"

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::nitro {

std::span<const TrustedRoot> aws_roots() {
  // CN=aws.nitro-enclaves, P-384, 2019-10-28 to 2049-10-28 (root G1).
  static const std::vector<TrustedRoot> roots = {
      {codec::hex_decode("f2caf5ecc6190b4a8399b78bc58a2bbcd0382375db8a1bfd78a82743874fd225")
           .value(),
       "aws.nitro-enclaves", false}};
  return roots;
}

std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra) {
  for (const std::span<const TrustedRoot> list : {aws_roots(), extra}) {
    for (const TrustedRoot& root : list) {
      if (equal(root.spki_sha256, spki_sha256)) {
        return root;
      }
    }
  }
  return std::nullopt;
}

}  // namespace claustrum::evidence::nitro
