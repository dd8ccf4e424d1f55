// SPDX-License-Identifier: Apache-2.0
// What a policy takes for one claim, as a set that can be compared with another. Exact where sets
// are finite or ordered alike; where it cannot tell it says "not covered", so that a comparison of
// policies calls something wider rather than miss it.
#pragma once

#include "claustrum/policy/rule.h"

namespace claustrum::policy {

class Accepts {
 public:
  static Accepts nothing() { return Accepts(Kind::kNothing, nullptr); }
  static Accepts only_absence() { return Accepts(Kind::kAbsence, nullptr); }
  static Accepts anything() { return Accepts(Kind::kAnything, nullptr); }
  // The rule must outlive this.
  static Accepts of(const Rule& rule);

  // Does this take every value, and absence, that `inner` takes?
  bool covers(const Accepts& inner) const;
  std::string text() const;

 private:
  enum class Kind { kNothing, kAbsence, kRule, kAnything };
  Accepts(Kind kind, const Rule* rule) : kind_(kind), rule_(rule) {}
  bool takes(const codec::Json& value) const;
  bool covers_from(const Rule& inner) const;

  Kind kind_;
  const Rule* rule_;
};

}  // namespace claustrum::policy
