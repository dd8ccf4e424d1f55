// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp/roots.h"

#include "claustrum/codec/hex.h"

namespace claustrum::evidence::snp {
namespace {

TrustedRoot pin(const char* name, std::string_view hex) {
  return {codec::hex_decode(hex).value(), name, false};
}

}  // namespace

std::span<const TrustedRoot> amd_roots() {
  static const std::vector<TrustedRoot> roots = {
      pin("ARK-Milan", "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"),
      pin("ARK-Genoa", "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"),
      pin("ARK-Turin", "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"),
  };
  return roots;
}

std::optional<TrustedRoot> find_root(BytesView spki_sha256, std::span<const TrustedRoot> extra) {
  for (const std::span<const TrustedRoot> list : {amd_roots(), extra}) {
    for (const TrustedRoot& root : list) {
      if (equal(root.spki_sha256, spki_sha256)) {
        return root;
      }
    }
  }
  return std::nullopt;
}

}  // namespace claustrum::evidence::snp
