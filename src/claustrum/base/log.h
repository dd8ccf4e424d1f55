// SPDX-License-Identifier: Apache-2.0
// Operational log: one JSON object a line. A field's value is a number, a compile-time literal, or
// the code and reason of an Error (literals too): no run-time string can enter a log line, so no
// prompt, answer, key or secret name can [ARCHITECTURE 1.7].
#pragma once

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string_view>

#include "claustrum/base/error.h"

namespace claustrum {

class Literal {
 public:
  consteval Literal(const char* text) : text_(text) {}  // NOLINT: implicit by design
  static Literal reason_of(const Error& error) { return Literal(error.reason(), 0); }
  static Literal code_of(const Error& error) { return Literal(to_string(error.code()), 0); }
  std::string_view text() const { return text_; }

 private:
  Literal(std::string_view text, int) : text_(text) {}
  std::string_view text_;
};

struct LogField {
  LogField(Literal k, std::int64_t v) : key(k), number(v) {}
  LogField(Literal k, Literal v) : key(k), text(v.text()), is_text(true) {}
  Literal key;
  std::int64_t number = 0;
  std::string_view text;
  bool is_text = false;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void event(Literal name, std::initializer_list<LogField> fields = {}) = 0;
};

// Writes to a file descriptor (stderr for services), one write a line.
class FdLog final : public Log {
 public:
  explicit FdLog(int fd) : fd_(fd) {}
  void event(Literal name, std::initializer_list<LogField> fields) override;

 private:
  int fd_;
  std::mutex mutex_;
};

class NullLog final : public Log {
 public:
  void event(Literal, std::initializer_list<LogField>) override {}
};

}  // namespace claustrum
