// SPDX-License-Identifier: Apache-2.0
// Result<T> is a T or an Error; Status is success or an Error. Both must be looked at. No exception
// is thrown by our code; out of memory ends the process.
#pragma once

#include <utility>
#include <variant>

#include "claustrum/base/check.h"
#include "claustrum/base/error.h"

namespace claustrum {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  const T& value() const& {
    CLAUSTRUM_CHECK(ok());
    return std::get<0>(state_);
  }
  T& value() & {
    CLAUSTRUM_CHECK(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    CLAUSTRUM_CHECK(ok());
    return std::get<0>(std::move(state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const Error& error() const& {
    CLAUSTRUM_CHECK(!ok());
    return std::get<1>(state_);
  }
  Error&& error() && {
    CLAUSTRUM_CHECK(!ok());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return error_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    CLAUSTRUM_CHECK(!ok());
    return std::get<1>(error_);
  }
  Error&& error() && {
    CLAUSTRUM_CHECK(!ok());
    return std::get<1>(std::move(error_));
  }

 private:
  std::variant<std::monostate, Error> error_;
};

using Status = Result<void>;
inline Status ok_status() {
  return {};
}

}  // namespace claustrum

#define CLAUSTRUM_CONCAT_(a, b) a##b
#define CLAUSTRUM_CONCAT(a, b) CLAUSTRUM_CONCAT_(a, b)

// CLAUSTRUM_TRY(expr);  returns expr's error from the enclosing function.
#define CLAUSTRUM_TRY(expr)                           \
  do {                                                \
    auto claustrum_try_status = (expr);               \
    if (!claustrum_try_status.ok()) {                 \
      return std::move(claustrum_try_status).error(); \
    }                                                 \
  } while (false)

// CLAUSTRUM_TRY_ASSIGN(auto x, expr);  the same, else x = the value.
#define CLAUSTRUM_TRY_ASSIGN(declaration, expr) \
  CLAUSTRUM_TRY_ASSIGN_(CLAUSTRUM_CONCAT(claustrum_try_, __LINE__), declaration, expr)
#define CLAUSTRUM_TRY_ASSIGN_(temporary, declaration, expr) \
  auto temporary = (expr);                                  \
  if (!temporary.ok()) {                                    \
    return std::move(temporary).error();                    \
  }                                                         \
  declaration = std::move(temporary).value()
