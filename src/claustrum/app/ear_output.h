// SPDX-License-Identifier: Apache-2.0
// `claustrum verify --ear FILE`: the verdict as a signed attestation result (docs/formats/ear.md),
// beside what is printed. claustrum-verify, which holds no keys and writes no files, has none of
// it.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "claustrum/policy/ear_write.h"

namespace claustrum::app {

struct EarRequest {
  std::string path;  // empty: none wanted
  std::string key;
  std::string dialect = "ietf";
  std::string component;
  std::string nonce;
  std::int64_t life = 300;
  bool raw_evidence = false;
};

// What was judged, beside the verdict.
struct JudgedInput {
  BytesView evidence;  // as it was given
  std::string media_type;
  std::optional<Bytes> nonce;  // report data the evidence had to carry
};

// Adds --ear and its companions; they need --ear, and it needs one of them, the key.
void add_ear_options(CLI::App& command, const std::shared_ptr<EarRequest>& request);
// Replaces the file. Written for refused evidence too: that is what the status is for.
Status write_ear(const EarRequest& request, const policy::Appraisal& appraisal,
                 const JudgedInput& input);

}  // namespace claustrum::app
