// SPDX-License-Identifier: Apache-2.0
// `claustrum verify`: the command line it shares with claustrum-verify, and --ear.
#include "claustrum/app/ear_output.h"
#include "claustrum/app/verify_command.h"
#include "claustrum/verify/judgement.h"

namespace claustrum::app {

namespace {

constexpr const char* kEvidenceType = "application/octet-stream";
constexpr const char* kDocumentType = "application/vnd.claustrum.evidence+json";

// Where nothing could be judged nothing is written: the exit code says why.
Status write_wanted_ear(const EarRequest& request, const Judged& judged) {
  const verify::Judgement& judgement = judged.verdict.judgement();
  if (request.path.empty() || judgement.error) {
    return ok_status();
  }
  if (!judgement.appraisal) {
    return Error(Code::kNotFound, "usage", "--ear: a result needs --policy or --document");
  }
  return write_ear(
      request, *judgement.appraisal,
      {judged.given, judged.form == JudgedForm::kDocument ? kDocumentType : kEvidenceType,
       judged.nonce});
}

}  // namespace

void add_verify(CLI::App& parent, Run& chosen) {
  CLI::App* command = parent.add_subcommand("verify", std::string(kVerifyDescription));
  const auto request = std::make_shared<EarRequest>();
  set_up_verify(*command, "claustrum verify", chosen,
                [request](const Judged& judged) { return write_wanted_ear(*request, judged); });
  add_ear_options(*command, request);
}

}  // namespace claustrum::app
