// SPDX-License-Identifier: Apache-2.0
// T and report data [PROTOCOL 2, docs/formats/evidence-document.md].
#include "claustrum/document/binding.h"

#include <algorithm>

namespace claustrum::document {

namespace {

constexpr std::string_view kBindingLabel = "claustrum evidence binding v1";
constexpr std::string_view kDeviceLabel = "claustrum device nonce v1";
constexpr std::string_view kTag = "claustrum/1";
constexpr std::size_t kTagLen = 16;
constexpr ByteArray<1> kZero{};

// An absent section counts as zeros, which no section hashes to.
void add_section(crypto::Hasher& hasher, const std::optional<BytesView>& section) {
  const crypto::Sha384Digest digest = section ? crypto::sha384(*section) : crypto::Sha384Digest{};
  hasher.update(BytesView(digest));
}

}  // namespace

bool is_role(std::string_view role) {
  return !role.empty() && role.size() <= 32 && std::all_of(role.begin(), role.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

crypto::Sha384Digest binding_digest(std::string_view role, const Nonce& nonce,
                                    const Sections& sections) {
  CLAUSTRUM_CHECK(is_role(role));
  crypto::Hasher hasher(crypto::HashAlg::kSha384);
  hasher.update(kBindingLabel).update(BytesView(kZero));
  hasher.update(role).update(BytesView(kZero));
  hasher.update(BytesView(nonce));
  add_section(hasher, sections.init_data);
  add_section(hasher, sections.keys);
  add_section(hasher, sections.devices);
  add_section(hasher, sections.software);
  add_section(hasher, sections.model);
  add_section(hasher, sections.room);
  return to_array<48>(hasher.finish());
}

ByteArray<64> report_data(std::string_view role, const Nonce& nonce, const Sections& sections) {
  const crypto::Sha384Digest digest = binding_digest(role, nonce, sections);
  ByteArray<64> out{};
  std::copy(kTag.begin(), kTag.end(), out.begin());
  std::copy(digest.begin(), digest.end(), out.begin() + kTagLen);
  return out;
}

ByteArray<32> device_nonce(const Nonce& nonce, BytesView keys) {
  crypto::Hasher hasher(crypto::HashAlg::kSha384);
  hasher.update(kDeviceLabel).update(BytesView(kZero)).update(BytesView(nonce));
  hasher.update(BytesView(crypto::sha384(keys)));
  return to_array<32>(BytesView(hasher.finish()).first(32));
}

}  // namespace claustrum::document
