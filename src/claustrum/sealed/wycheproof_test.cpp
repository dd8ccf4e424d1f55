// SPDX-License-Identifier: Apache-2.0
// The official vectors of C2SP chunked-encryption, AES-256-GCM. Their ciphertexts are zlib streams.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/sealed/test_model.h"

namespace claustrum::sealed {
namespace {

Bytes inflate_vector(BytesView compressed) {
  Bytes out(5 << 20);
  uLongf length = out.size();
  EXPECT_EQ(::uncompress(out.data(), &length, compressed.data(), compressed.size()), Z_OK);
  out.resize(length);
  return out;
}

bool has_flag(const codec::Json& test, std::string_view flag) {
  const auto& flags = test.find("flags")->items();
  return std::find(flags.begin(), flags.end(), codec::Json(flag)) != flags.end();
}

Result<SecretBytes> open_vector(BytesView key_bytes, BytesView context, BytesView sealed) {
  CLAUSTRUM_TRY_ASSIGN(const FileKey key, file_key_from(key_bytes));
  return open(key, context, sealed);
}

// May the last chunk be opened first, to learn the length?
bool last_chunk_opens(BytesView key_bytes, BytesView context, BytesView sealed) {
  auto key = file_key_from(key_bytes);
  if (!key.ok() || sealed.size() < kHeaderLen) {
    return false;
  }
  auto opener = ChunkOpener::open(*key, context, sealed.first(kHeaderLen), sealed.size());
  if (!opener.ok()) {
    return false;
  }
  const std::uint64_t last = opener->chunks() - 1;
  Bytes out(opener->chunk_len(last));
  return opener->open_chunk(last, sealed.subspan(ChunkOpener::chunk_offset(last)), out).ok();
}

void expect_valid(const codec::Json& test, BytesView key_bytes, BytesView context,
                  BytesView sealed) {
  const auto opened = open_vector(key_bytes, context, sealed);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(static_cast<std::int64_t>(opened->size()), test.find("msgLength")->integer());
  EXPECT_EQ(codec::hex_encode(crypto::sha512(opened->reveal())), test.find("msgSha512")->string());
  // Sealing again with the same salt gives the same file.
  const auto key = file_key_from(key_bytes);
  auto sealer =
      ChunkSealer::with_salt_for_testing(*key, context, to_array<kSaltLen>(sealed.first(kSaltLen)));
  Bytes again = sealer.header();
  for (std::uint64_t k = 0; k < num_chunks(opened->size()); ++k) {
    const BytesView rest = opened->reveal().subspan(k * kChunkLen);
    const BytesView chunk = rest.first(std::min(kChunkLen, rest.size()));
    Bytes out(chunk.size() + kTagLen);
    sealer.seal_chunk(k, chunk, out);
    append(again, out);
  }
  EXPECT_TRUE(equal(again, sealed));
}

TEST(CobblestoneVectors, Wycheproof) {
  const char* shared = std::getenv("CLAUSTRUM_SHARED");
  const std::string root = shared != nullptr && *shared != '\0'
                               ? shared
                               : std::string(CLAUSTRUM_SOURCE_DIR) + "/../shared";
  const Bytes file = testing::read_file(
      root + "/vectors/wycheproof/c2sp_chunked_encryption_aes_256_gcm_test.json");
  if (file.empty()) {
    GTEST_SKIP() << "no vectors under " << root;
  }
  const auto json = codec::parse_json(file, {.max_values = 1'000'000});
  ASSERT_TRUE(json.ok()) << json.error().message();
  std::int64_t count = 0;
  for (const codec::Json& group : json->find("testGroups")->items()) {
    ASSERT_EQ(group.find("aead")->string(), "AEAD_AES_256_GCM");
    for (const codec::Json& test : group.find("tests")->items()) {
      SCOPED_TRACE("tcId " + std::to_string(test.find("tcId")->integer()));
      const Bytes key = *codec::hex_decode(test.find("key")->string());
      const Bytes context = *codec::hex_decode(test.find("ctx")->string());
      const Bytes sealed = inflate_vector(*codec::hex_decode(test.find("ct")->string()));
      const bool valid = test.find("result")->string() == "valid";
      ++count;
      if (valid) {
        expect_valid(test, key, context, sealed);
      } else {
        EXPECT_FALSE(open_vector(key, context, sealed).ok());
      }
      EXPECT_EQ(last_chunk_opens(key, context, sealed), valid || has_flag(test, "ValidFinalChunk"));
    }
  }
  EXPECT_EQ(count, json->find("numberOfTests")->integer());
}

}  // namespace
}  // namespace claustrum::sealed
