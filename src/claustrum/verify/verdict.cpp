// SPDX-License-Identifier: Apache-2.0
// A verdict in words, numbers, text and JSON: every form is made from one judgement, so that they
// cannot disagree.
#include "claustrum/verify/error_verdict.h"
#include "claustrum/verify/judgement.h"

namespace claustrum::verify {

namespace {

Factor public_form(const evidence::Factor& factor) {
  return {factor.id,       std::string(to_string(factor.status)),
          factor.expected, factor.found,
          factor.advice,   factor.reason};
}

}  // namespace

Verdict make_verdict(Judgement judgement) {
  return Verdict(std::make_shared<const Judgement>(std::move(judgement)));
}

Verdict make_verdict(const Error& error) {
  Judgement judgement;
  judgement.error = error;
  return make_verdict(std::move(judgement));
}

policy::VerdictView view_of(const Judgement& judgement) {
  const evidence::Verification& verification = judgement.verification;
  policy::VerdictView view;
  if (judgement.appraisal) {
    view = policy::view_of(*judgement.appraisal);
  } else {
    view.platform = verification.platform;
    view.time = judgement.time;
    view.factors = &judgement.factors;
    view.claims = verification.claims ? &**verification.claims : nullptr;
    view.simulated = view.claims != nullptr && view.claims->simulated;
    view.verdict = judgement.verdict;
  }
  view.time_source = judgement.time_source;
  view.unverified_claims =
      verification.unverified_claims ? &*verification.unverified_claims : nullptr;
  return view;
}

int Verdict::exit_code() const noexcept {
  return judgement_->error ? verify::exit_code(*judgement_->error)
                           : policy::exit_code(view_of(*judgement_).verdict);
}

std::string Verdict::word() const {
  return std::string(judgement_->error ? verdict_word(*judgement_->error)
                                       : to_string(view_of(*judgement_).verdict));
}

std::string Verdict::platform() const {
  return judgement_->error ? std::string() : view_of(*judgement_).platform;
}

std::string Verdict::container() const {
  return judgement_->container;
}

bool Verdict::simulated() const noexcept {
  return !judgement_->error && view_of(*judgement_).simulated;
}

std::vector<Factor> Verdict::factors() const {
  std::vector<Factor> out;
  if (const std::optional<Error>& error = judgement_->error) {
    out.push_back({"input", "fail", "input that can be judged", error->text(), "",
                   std::string(error->reason())});
    return out;
  }
  for (const evidence::Factor& factor : view_of(*judgement_).factors->list()) {
    out.push_back(public_form(factor));
  }
  return out;
}

std::string Verdict::json() const {
  return codec::to_json(judgement_->error ? error_json(*judgement_->error)
                                          : policy::verdict_json(view_of(*judgement_)));
}

std::string Verdict::text(Style style) const {
  return judgement_->error ? judgement_->error->message() + "\n"
                           : policy::explain(view_of(*judgement_), style == Style::kColour
                                                                       ? policy::Colour::kOn
                                                                       : policy::Colour::kOff);
}

}  // namespace claustrum::verify
