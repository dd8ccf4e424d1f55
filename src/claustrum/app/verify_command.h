// SPDX-License-Identifier: Apache-2.0
// The command line of verifying, the same for `claustrum verify` and for claustrum-verify.
#pragma once

#include "claustrum/app/command.h"
#include "claustrum/verify/verify.h"

namespace claustrum::app {

inline constexpr std::string_view kVerifyDescription = "Judge evidence and explain the verdict";

enum class JudgedForm { kEvidence, kDocument, kCase };
struct Judged {
  verify::Verdict verdict;
  JudgedForm form = JudgedForm::kEvidence;
  Bytes given;                 // evidence or document as it was read; empty for cases
  std::optional<Bytes> nonce;  // demanded of it: report data, of a document the client's nonce
};
// What a program does with a verdict before it is printed; an error is printed in its place.
using AlsoDo = std::function<Status(const Judged&)>;

// `program` is how examples in the help name it.
void set_up_verify(CLI::App& command, const std::string& program, Run& chosen, AlsoDo also = {});

}  // namespace claustrum::app
