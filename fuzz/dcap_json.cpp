// SPDX-License-Identifier: Apache-2.0
// The flat JSON reader of Intel's documents against codec::parse_json: both take the same texts and
// see the same in them, or refuse for the same reason.
#include <algorithm>

#include "claustrum/base/check.h"
#include "claustrum/evidence/dcap/json_text.h"

using namespace claustrum;
using namespace claustrum::evidence::dcap;

namespace {

void expect_same(const codec::Json& tree, JsonView view) {
  if (tree.is_integer()) {
    CLAUSTRUM_CHECK(view.integer() == tree.integer());
  } else if (tree.is_string()) {
    CLAUSTRUM_CHECK(view.string() == tree.string());
  } else if (tree.is_array()) {
    CLAUSTRUM_CHECK(view.size() == tree.items().size());
    std::size_t i = 0;
    for (const JsonView item : view.items()) {
      expect_same(tree.items()[i++], item);
    }
    CLAUSTRUM_CHECK(i == view.size());
  } else if (tree.is_object()) {
    CLAUSTRUM_CHECK(view.is_object() && view.size() == tree.members().size());
    // Looking up each of very many members takes quadratic time, and finds nothing new.
    for (std::size_t i = 0; i < std::min<std::size_t>(tree.members().size(), 64); ++i) {
      const auto member = view.find(tree.members()[i].first);
      CLAUSTRUM_CHECK(member.has_value());
      expect_same(tree.members()[i].second, *member);
    }
  } else {
    CLAUSTRUM_CHECK(view.kind() == (tree.is_null() ? JsonKind::kNull : JsonKind::kBool));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  codec::JsonLimits limits;
  limits.max_bytes = 4096;
  limits.max_values = 300;
  const Result<codec::Json> tree = codec::parse_json(input, limits);
  const Result<JsonText> flat = JsonText::parse(as_text(input), limits);
  CLAUSTRUM_CHECK(tree.ok() == flat.ok());
  if (tree.ok()) {
    expect_same(*tree, flat->root());
  } else {
    CLAUSTRUM_CHECK(tree.error().code() == flat.error().code());
    CLAUSTRUM_CHECK(tree.error().reason() == flat.error().reason());
  }
  return 0;
}
