// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/core/factor.h"

#include "claustrum/base/check.h"

namespace claustrum::evidence {

std::string_view to_string(FactorStatus status) {
  switch (status) {
    case FactorStatus::kPass:
      return "pass";
    case FactorStatus::kFail:
      return "fail";
    case FactorStatus::kWaived:
      return "waived";
    case FactorStatus::kNotAttested:
      return "not-attested";
    case FactorStatus::kNotOffered:
      return "not-offered";
    case FactorStatus::kNotReached:
      return "not-reached";
  }
  return "fail";
}

void Factors::pass(std::string_view id, std::string expected, std::string found) {
  add({std::string(id), FactorStatus::kPass, std::move(expected), std::move(found), {}, {}});
}

void Factors::fail(std::string_view id, std::string_view reason, std::string expected,
                   std::string found, std::string advice) {
  add({std::string(id), FactorStatus::kFail, std::move(expected), std::move(found),
       std::move(advice), std::string(reason)});
}

void Factors::fail(std::string_view id, const Error& error, std::string expected,
                   std::string advice) {
  fail(id, error.reason(), std::move(expected),
       error.text().empty() ? std::string(to_string(error.code())) : error.text(),
       std::move(advice));
}

void Factors::add(Factor factor) {
  // Two entries under one id would let a reader look at the wrong one.
  CLAUSTRUM_CHECK(find(factor.id) == nullptr);
  list_.push_back(std::move(factor));
}

void Factors::not_reached(std::span<const std::string_view> planned) {
  for (const std::string_view id : planned) {
    if (find(id) == nullptr) {
      add({std::string(id), FactorStatus::kNotReached, {}, {}, {}, {}});
    }
  }
}

const Factor* Factors::find(std::string_view id) const {
  for (const Factor& factor : list_) {
    if (factor.id == id) {
      return &factor;
    }
  }
  return nullptr;
}

Factor* Factors::find(std::string_view id) {
  for (Factor& factor : list_) {
    if (factor.id == id) {
      return &factor;
    }
  }
  return nullptr;
}

}  // namespace claustrum::evidence
