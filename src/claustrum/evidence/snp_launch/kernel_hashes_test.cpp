// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/snp_launch/kernel_hashes.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/snp_launch/digest.h"

namespace claustrum::evidence::snp_launch {
namespace {

TEST(SnpLaunchKernelHashes, TheCommandLineIsHashedWithItsNul) {
  const KernelHashes hashes = hash_kernel(as_bytes("k"), as_bytes("i"), "quiet");
  EXPECT_EQ(hashes.cmdline, crypto::sha256(as_bytes(std::string_view("quiet\0", 6))));
  EXPECT_EQ(hashes.initrd, crypto::sha256(as_bytes("i")));
  EXPECT_EQ(hashes.kernel, crypto::sha256(as_bytes("k")));
  EXPECT_EQ(hash_kernel({}, {}, "").cmdline, crypto::sha256(Bytes{0}));
}

TEST(SnpLaunchKernelHashes, TheTableIsAsQemuWritesIt) {
  KernelHashes hashes;
  hashes.cmdline.fill(1);
  hashes.initrd.fill(2);
  hashes.kernel.fill(3);
  const Bytes table = encode_kernel_hashes(hashes);
  ASSERT_EQ(table.size(), 176U);
  EXPECT_EQ(codec::hex_encode(BytesView(table).first(36)),
            "06d63894224fc94cb479a793d411fd21"
            "a800"
            "d82dd09720bd944caa78e7714d36ab2a"
            "3200");
  EXPECT_EQ(table[36], 1);
  EXPECT_EQ(table[86], 2);
  EXPECT_EQ(table[136], 3);
  EXPECT_TRUE(all_zero(BytesView(table).subspan(168)));
}

TEST(SnpLaunchKernelHashes, ThePageHoldsTheTableAtItsOffset) {
  const KernelHashes hashes = hash_kernel(as_bytes("k"), {}, "");
  const Bytes page = kernel_hashes_page(hashes, 0xC00).value();
  ASSERT_EQ(page.size(), kPageLen);
  EXPECT_TRUE(all_zero(BytesView(page).first(0xC00)));
  EXPECT_TRUE(equal(BytesView(page).subspan(0xC00, 176), encode_kernel_hashes(hashes)));
  EXPECT_TRUE(all_zero(BytesView(page).subspan(0xC00 + 176)));
  EXPECT_TRUE(kernel_hashes_page(hashes, kPageLen - 176).ok());
  const Result<Bytes> beyond = kernel_hashes_page(hashes, kPageLen - 175);
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().reason(), "launch.hashes_offset");
}

}  // namespace
}  // namespace claustrum::evidence::snp_launch
