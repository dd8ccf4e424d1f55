// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/kernel_hashes.h"

#include "claustrum/base/writer.h"
#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::evidence::snp_launch {
namespace {

constexpr ByteArray<16> kTable = {0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c,
                                  0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21};
constexpr ByteArray<16> kCmdline = {0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c,
                                    0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36, 0xab, 0x2a};
constexpr ByteArray<16> kInitrd = {0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b,
                                   0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69, 0x78, 0x1d};
constexpr ByteArray<16> kKernel = {0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
                                   0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b};

constexpr std::uint16_t kEntryLen = 16 + 2 + 32;
constexpr std::uint16_t kTableLen = 16 + 2 + 3 * kEntryLen;
constexpr std::size_t kPaddedLen = (kTableLen + 15) / 16 * 16;

}  // namespace

KernelHashes hash_kernel(BytesView kernel, BytesView initrd, std::string_view cmdline) {
  Bytes line = to_bytes(cmdline);
  line.push_back(0);
  return {crypto::sha256(line), crypto::sha256(initrd), crypto::sha256(kernel)};
}

Bytes encode_kernel_hashes(const KernelHashes& hashes) {
  ByteWriter w;
  w.bytes(kTable).u16le(kTableLen);
  w.bytes(kCmdline).u16le(kEntryLen).bytes(hashes.cmdline);
  w.bytes(kInitrd).u16le(kEntryLen).bytes(hashes.initrd);
  w.bytes(kKernel).u16le(kEntryLen).bytes(hashes.kernel);
  w.zeros(kPaddedLen - kTableLen);
  return std::move(w).take();
}

Result<Bytes> kernel_hashes_page(const KernelHashes& hashes, std::size_t offset) {
  if (offset > kPageLen - kPaddedLen) {
    return Error(Code::kMalformed, "launch.hashes_offset",
                 "the kernel-hashes table does not fit its page");
  }
  ByteWriter w;
  w.zeros(offset).bytes(encode_kernel_hashes(hashes)).zeros(kPageLen - kPaddedLen - offset);
  return std::move(w).take();
}

}  // namespace claustrum::evidence::snp_launch
