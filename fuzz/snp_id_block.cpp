// SPDX-License-Identifier: Apache-2.0
// ID blocks and ID authentication from files: 96 bytes, then the rest. What verifies has keys.
#include <algorithm>

#include "claustrum/base/check.h"
#include "claustrum/evidence/snp_launch/id_block.h"

using namespace claustrum;
namespace launch = claustrum::evidence::snp_launch;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const BytesView block = input.first(std::min(size, launch::kIdBlockLen));
  const Result<launch::IdBlock> parsed = launch::parse_id_block(block);
  if (parsed.ok()) {
    CLAUSTRUM_CHECK(equal(launch::encode_id_block(*parsed), block));
  }
  const auto signers = launch::verify_id_auth(block, input.subspan(block.size()));
  CLAUSTRUM_CHECK(!signers.ok() || parsed.ok());
  return 0;
}
