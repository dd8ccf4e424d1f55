// SPDX-License-Identifier: Apache-2.0
// What went wrong, in three parts: a closed code (who is at fault, what the caller may do), a
// stable dotted reason (what tests and other programs branch on), and text for people. Text never
// carries a secret and at most 32 bytes of input; only code and reason ever leave the machine.
#pragma once

#include <string>
#include <string_view>

namespace claustrum {

enum class Code {
  kMalformed,     // the bytes do not have the shape their format demands
  kUnsupported,   // well-formed, but a version, algorithm or platform we do not speak
  kBadSignature,  // a signature, tag or MAC does not verify
  kUntrustedRoot,
  kNotYetValid,
  kExpired,
  kRevoked,
  kMismatch,  // two values that must agree do not
  kPolicyDenied,
  kStale,  // replayed, or older than a floor
  kUnauthorised,
  kNotFound,
  kConflict,
  kExhausted,    // a limit on size, depth, count or budget
  kUnavailable,  // may work on retry
  kInternal,     // our own bug or a broken machine
};

std::string_view to_string(Code code);

class [[nodiscard]] Error {
 public:
  // `reason` must be a string literal ("snp.vmpl.not_guest"): it is kept as a view.
  Error(Code code, std::string_view reason, std::string text = {})
      : code_(code), reason_(reason), text_(std::move(text)) {}

  Code code() const { return code_; }
  std::string_view reason() const { return reason_; }
  const std::string& text() const { return text_; }

  // Adds what was being done when the error arose, outermost first.
  Error within(std::string_view what) && {
    text_ = std::string(what) + ": " + text_;
    return std::move(*this);
  }
  // "mismatch snp.vmpl.not_guest: <text>"
  std::string message() const;

 private:
  Code code_;
  std::string_view reason_;
  std::string text_;
};

}  // namespace claustrum
