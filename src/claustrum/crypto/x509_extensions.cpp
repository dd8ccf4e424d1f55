// SPDX-License-Identifier: Apache-2.0
#include "claustrum/crypto/x509_extensions.h"

#include <algorithm>
#include <charconv>

#include "claustrum/codec/der.h"

namespace claustrum::crypto {

namespace {

constexpr std::uint8_t kBoolean = 0x01;
constexpr std::uint8_t kFalse = 0x00;
constexpr std::uint8_t kTrue = 0xff;

Error malformed() {
  return Error(Code::kMalformed, "x509.der", "not a list of extensions");
}

// Every arc minimal and whole [X.690 8.19.2]: a second spelling would pass for another extension.
bool is_oid(BytesView contents) {
  bool at_start = true;
  for (const std::uint8_t byte : contents) {
    if (at_start && byte == 0x80) {
      return false;
    }
    at_start = byte < 0x80;
  }
  return !contents.empty() && at_start;
}

void append_arc(Bytes& out, std::uint64_t arc) {
  std::uint8_t groups[10] = {};
  std::size_t count = 0;
  do {
    groups[count++] = static_cast<std::uint8_t>(arc & 0x7f);
    arc >>= 7;
  } while (arc != 0);
  while (count > 1) {
    out.push_back(groups[--count] | 0x80);
  }
  out.push_back(groups[0]);
}

std::optional<std::uint64_t> next_arc(std::string_view& dotted) {
  std::uint64_t arc = 0;
  const char* const end = dotted.data() + dotted.size();
  const auto [stop, fault] = std::from_chars(dotted.data(), end, arc);
  if (fault != std::errc() || (stop != end && (*stop != '.' || stop + 1 == end))) {
    return std::nullopt;
  }
  dotted = stop == end ? std::string_view() : dotted.substr(dotted.find('.') + 1);
  return arc;
}

}  // namespace

Result<std::vector<ExtensionView>> split_extensions(BytesView list, std::size_t limit) {
  std::vector<ExtensionView> out;
  if (list.empty()) {
    return out;
  }
  codec::DerReader outer(list, "extensions");
  codec::DerReader items = outer.sequence();
  while (items.ok() && !items.done()) {
    if (out.size() == limit) {
      return Error(Code::kExhausted, "x509.extensions", "too many extensions");
    }
    codec::DerReader item = items.sequence();
    ExtensionView view;
    view.oid = item.element(codec::kDerOid);
    if (item.peek_tag() == kBoolean) {
      const BytesView critical = item.element(kBoolean);
      // FALSE is the default, which DER leaves out; it does no harm where it is written.
      if (critical.size() != 1 || (critical[0] != kTrue && critical[0] != kFalse)) {
        return malformed();
      }
      view.critical = critical[0] == kTrue;
    }
    view.value = item.element(codec::kDerOctetString);
    if (!item.finish().ok() || !is_oid(view.oid)) {
      return malformed();
    }
    out.push_back(view);
  }
  if (!items.finish().ok() || !outer.finish().ok()) {
    return malformed();
  }
  return out;
}

const ExtensionView* find_extension(std::span<const ExtensionView> list, BytesView oid) {
  const auto at = std::find_if(list.begin(), list.end(),
                               [oid](const ExtensionView& it) { return equal(it.oid, oid); });
  return at == list.end() ? nullptr : &*at;
}

bool any_critical(std::span<const ExtensionView> list) {
  return std::any_of(list.begin(), list.end(), [](const ExtensionView& it) { return it.critical; });
}

bool any_twice(std::span<const ExtensionView> list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (find_extension(list.subspan(i + 1), list[i].oid) != nullptr) {
      return true;
    }
  }
  return false;
}

std::optional<Bytes> oid_from_dotted(std::string_view dotted) {
  const std::optional<std::uint64_t> first = next_arc(dotted);
  const std::optional<std::uint64_t> second = next_arc(dotted);
  if (!first || !second || *first > 2 || *second >= (*first < 2 ? 40U : 1U << 31)) {
    return std::nullopt;
  }
  Bytes out;
  append_arc(out, *first * 40 + *second);
  while (!dotted.empty()) {
    const std::optional<std::uint64_t> arc = next_arc(dotted);
    if (!arc) {
      return std::nullopt;
    }
    append_arc(out, *arc);
  }
  return out;
}

}  // namespace claustrum::crypto
