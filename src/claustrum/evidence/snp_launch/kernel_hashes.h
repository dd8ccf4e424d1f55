// SPDX-License-Identifier: Apache-2.0
// The page that binds a directly booted kernel to the launch digest [QEMU, target/i386/sev.c; edk2,
// OvmfPkg/AmdSev]: the VMM writes the SHA-256 of command line, initrd and kernel into a measured
// page, and the firmware refuses to boot anything else. Without it a host boots what it likes under
// the same measurement.
//
// table: GUID 16, u16 length of the table, then cmdline, initrd, kernel, each {GUID 16, u16 50,
// SHA-256}; filled with zeros to a multiple of 16. GUIDs are mixed-endian.
#pragma once

#include <string>

#include "claustrum/base/result.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::evidence::snp_launch {

struct KernelHashes {
  crypto::Sha256Digest cmdline{};  // of the text and its NUL
  crypto::Sha256Digest initrd{};   // of nothing where there is none
  crypto::Sha256Digest kernel{};
};

KernelHashes hash_kernel(BytesView kernel, BytesView initrd, std::string_view cmdline);
// Padded to 176 bytes.
Bytes encode_kernel_hashes(const KernelHashes& hashes);
// The measured page: zeros but for the table at `offset`. Malformed "launch.hashes_offset" where it
// does not fit.
Result<Bytes> kernel_hashes_page(const KernelHashes& hashes, std::size_t offset);

}  // namespace claustrum::evidence::snp_launch
