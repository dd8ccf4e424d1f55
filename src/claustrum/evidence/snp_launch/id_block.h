// SPDX-License-Identifier: Apache-2.0
// ID block and ID authentication information [SEV-SNP firmware ABI 56860, SNP_LAUNCH_FINISH]: the
// guest owner's signed word on which launch digest and policy may start. The firmware refuses any
// other launch and puts SHA-384 of the keys into every report (ID_KEY_DIGEST, AUTHOR_KEY_DIGEST),
// so a policy can name the signer instead of every single measurement. All integers little-endian.
//
// ID block, 96:  0x00 launch digest 48 | 0x30 FAMILY_ID 16 | 0x40 IMAGE_ID 16 | 0x50 version u32 =
// 1
//                0x54 GUEST_SVN u32 | 0x58 POLICY u64
// ID auth, 4096: 0x000 ID key algorithm u32 = 1 | 0x004 author key algorithm u32 | 0x008 zero
//                0x040 signature of the ID block 512 | 0x240 ID key 0x404 | 0x644 zero
//                0x680 signature of the ID key by the author key 512 | 0x880 author key 0x404
//                0xC84 zero
// key, 0x404:    0x00 curve u32 = 2 (P-384) | 0x04 Qx 72 | 0x4C Qy 72 | zero
// signature:     0x00 R 72 | 0x48 S 72 | zero
#pragma once

#include <optional>

#include "claustrum/crypto/sign.h"
#include "claustrum/evidence/snp/format.h"

namespace claustrum::evidence::snp_launch {

inline constexpr std::size_t kIdBlockLen = 96;
inline constexpr std::size_t kIdAuthLen = 4096;
inline constexpr std::uint32_t kIdBlockVersion = 1;

struct IdBlock {
  ByteArray<48> launch_digest{};
  ByteArray<16> family_id{};
  ByteArray<16> image_id{};
  std::uint32_t guest_svn = 0;
  std::uint64_t policy = snp::kPolicyReserved17 | snp::kPolicySmt;
};

Bytes encode_id_block(const IdBlock& block);
// Malformed "id_block.length"; unsupported "id_block.version".
Result<IdBlock> parse_id_block(BytesView data);

// ID_KEY_DIGEST or AUTHOR_KEY_DIGEST of a report. `key` is P-384 (CHECK).
ByteArray<48> key_digest(const crypto::PublicKey& key);

// The 4096 bytes beside the block, both keys P-384 (CHECK); `author` may be nullptr
// (AUTHOR_KEY_EN 0).
Bytes sign_id_block(const IdBlock& block, const crypto::PrivateKey& id_key,
                    const crypto::PrivateKey* author);

struct IdSigners {
  crypto::PublicKey id_key;
  std::optional<crypto::PublicKey> author_key;
};

// As the firmware checks it at launch: the ID key signed the block and, where there is an author
// key, the author key signed the ID key. Malformed "id_auth.layout", "id_auth.key"; unsupported
// "id_auth.algorithm", "id_auth.curve"; bad_signature "id_auth.block_signature",
// "id_auth.key_signature".
Result<IdSigners> verify_id_auth(BytesView id_block, BytesView id_auth);

}  // namespace claustrum::evidence::snp_launch
