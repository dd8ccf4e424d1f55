// SPDX-License-Identifier: Apache-2.0
// Overwrites every C++ object's heap memory when it is freed, in this program only
// [ARCHITECTURE 1.7]. A prompt passes through many containers between the socket and the engine
// (HTTP bodies, BHTTP content, JSON strings, growing vectors); each of them, those of libraries
// included, leaves its bytes behind in free memory until something else is written there. One rule
// for all of them is what nobody can forget to apply. Keys have their own types (base/secret.h),
// which wipe earlier. Not covered: memory that C libraries allocate for themselves (OpenSSL wipes
// its secrets), and short strings on a stack.
#include <malloc.h>

#include <cstdint>
#include <cstdlib>
#include <new>

#include "claustrum/base/check.h"
#include "claustrum/base/secret.h"

namespace {

// Out of memory ends the process.
void* checked(void* memory) {
  CLAUSTRUM_CHECK(memory != nullptr);
  return memory;
}

void wipe_and_free(void* memory) {
  if (memory != nullptr) {
    claustrum::wipe(memory, ::malloc_usable_size(memory));
    std::free(memory);
  }
}

}  // namespace

// The array forms of the standard library call these. So do the nothrow ones (std::stable_sort's
// buffer), but not under the address sanitizer, which would then see our free of its memory.
void* operator new(std::size_t size) {
  return checked(std::malloc(size == 0 ? 1 : size));
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  CLAUSTRUM_CHECK(size <= PTRDIFF_MAX - align);
  return checked(std::aligned_alloc(align, (size + align) / align * align));
}

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return ::operator new(size);
}

void operator delete(void* memory) noexcept {
  wipe_and_free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  wipe_and_free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  wipe_and_free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  wipe_and_free(memory);
}
