// SPDX-License-Identifier: Apache-2.0
// A factor is one named question a verdict answers [PROTOCOL 4]. Ids are stable dotted literals,
// the same for every platform where the question is the same ("revocation", "debug").
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "claustrum/base/error.h"

namespace claustrum::evidence {

enum class FactorStatus {
  kPass,
  kFail,
  kWaived,       // failed, but a policy names the factor, a reason and an end date
  kNotAttested,  // the evidence makes no such claim
  kNotOffered,   // the vendor publishes no such check
  kNotReached,   // an earlier check failed
};
std::string_view to_string(FactorStatus status);  // "pass", "not-attested", ...

struct Factor {
  std::string id;  // "signature", "chain", "root", "revocation", "debug", "tcb", ...
  FactorStatus status = FactorStatus::kNotReached;
  std::string expected;
  std::string found;
  std::string advice;  // what to do, empty when passed
  std::string reason;  // stable dotted reason of a failure, empty otherwise
};

// Ordered; an id occurs once.
class Factors {
 public:
  void pass(std::string_view id, std::string expected, std::string found);
  void fail(std::string_view id, std::string_view reason, std::string expected, std::string found,
            std::string advice);
  // From an error: reason and text are taken over.
  void fail(std::string_view id, const Error& error, std::string expected, std::string advice);
  void add(Factor factor);
  // Appends "not-reached" for every id of `planned` not present yet, in order.
  void not_reached(std::span<const std::string_view> planned);
  void not_reached(std::initializer_list<std::string_view> planned) {
    not_reached(std::span(planned.begin(), planned.size()));
  }
  const Factor* find(std::string_view id) const;
  Factor* find(std::string_view id);
  const std::vector<Factor>& list() const { return list_; }
  std::vector<Factor>& list() { return list_; }

 private:
  std::vector<Factor> list_;
};

}  // namespace claustrum::evidence
