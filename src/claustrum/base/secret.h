// SPDX-License-Identifier: Apache-2.0
// Secrets: move-only, wiped on destruction and on move, compared in constant time, never printed.
// The bytes are read through reveal() only, copied through clone() only; both are greppable.
#pragma once

#include <cstdlib>

#include "claustrum/base/bytes.h"

namespace claustrum {

// Overwrites memory in a way the compiler keeps.
void wipe(void* data, std::size_t size);

// Fixed-size secret, in place.
template <std::size_t N>
class SecretArray {
 public:
  SecretArray() : data_{} {}
  explicit SecretArray(const ByteArray<N>& data) : data_(data) {}
  SecretArray(SecretArray&& other) noexcept : data_(other.data_) { other.clear(); }
  SecretArray& operator=(SecretArray&& other) noexcept {
    if (this != &other) {
      data_ = other.data_;
      other.clear();
    }
    return *this;
  }
  SecretArray(const SecretArray&) = delete;
  SecretArray& operator=(const SecretArray&) = delete;
  ~SecretArray() { clear(); }

  BytesView reveal() const { return data_; }
  std::span<std::uint8_t, N> writable() { return data_; }
  SecretArray clone() const { return SecretArray(data_); }
  bool operator==(const SecretArray& other) const {
    return equal_constant_time(data_, other.data_);
  }

 private:
  void clear() { wipe(data_.data(), N); }
  ByteArray<N> data_;
};

// Variable-size secret on the heap, in memory kept out of core dumps where it fills whole pages.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size);
  // Copies; the source is the caller's to wipe.
  static SecretBytes copy_of(BytesView bytes);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { clear(); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  BytesView reveal() const { return {data_, size_}; }
  std::span<std::uint8_t> writable() { return {data_, size_}; }
  SecretBytes clone() const { return copy_of(reveal()); }
  // Cuts to `size` (must not be larger), wiping the rest.
  void shrink(std::size_t size);
  void append(BytesView more);
  bool operator==(const SecretBytes& other) const {
    return equal_constant_time(reveal(), other.reveal());
  }

 private:
  void clear();
  void reserve(std::size_t capacity);
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace claustrum
