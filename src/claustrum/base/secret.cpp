// SPDX-License-Identifier: Apache-2.0
#include "claustrum/base/secret.h"

#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>
#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace claustrum {

namespace {

constexpr std::size_t kPage = 4096;

}  // namespace

void wipe(void* data, std::size_t size) {
  if (data != nullptr && size != 0) {
    explicit_bzero(data, size);
  }
}

SecretBytes::SecretBytes(std::size_t size) {
  reserve(size);
  size_ = size;
}

SecretBytes SecretBytes::copy_of(BytesView bytes) {
  SecretBytes out(bytes.size());
  std::copy(bytes.begin(), bytes.end(), out.data_);
  return out;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    clear();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

void SecretBytes::shrink(std::size_t size) {
  CLAUSTRUM_CHECK(size <= size_);
  wipe(data_ + size, size_ - size);
  size_ = size;
}

void SecretBytes::append(BytesView more) {
  if (more.empty()) {
    return;
  }
  if (more.size() > capacity_ - size_) {
    reserve(std::max(size_ + more.size(), capacity_ * 2));
  }
  std::copy(more.begin(), more.end(), data_ + size_);
  size_ += more.size();
}

// Grows into fresh memory and wipes the old. Large blocks get their own pages, which leave no core
// dump.
void SecretBytes::reserve(std::size_t capacity) {
  if (capacity <= capacity_) {
    return;
  }
  const bool paged = capacity >= kPage;
  const std::size_t rounded = paged ? (capacity + kPage - 1) / kPage * kPage : capacity;
  void* fresh = paged ? std::aligned_alloc(kPage, rounded) : std::malloc(rounded);
  CLAUSTRUM_CHECK(fresh != nullptr);
  if (paged) {
    (void)::madvise(fresh, rounded, MADV_DONTDUMP);
  }
  auto* bytes = static_cast<std::uint8_t*>(fresh);
  std::fill_n(bytes, rounded, std::uint8_t{0});
  std::copy_n(data_, size_, bytes);
  const std::size_t size = size_;
  clear();
  data_ = bytes;
  size_ = size;
  capacity_ = rounded;
}

void SecretBytes::clear() {
  if (data_ != nullptr) {
    wipe(data_, capacity_);
    if (capacity_ >= kPage) {
      (void)::madvise(data_, capacity_, MADV_DODUMP);
    }
    std::free(data_);
  }
  data_ = nullptr;
  size_ = 0;
  capacity_ = 0;
}

}  // namespace claustrum
