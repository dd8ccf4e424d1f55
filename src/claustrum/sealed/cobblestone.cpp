// SPDX-License-Identifier: Apache-2.0
// C2SP chunked-encryption v1, AEAD_AES_256_GCM (docs/formats/sealed.md).
#include "claustrum/sealed/cobblestone.h"

#include <algorithm>

#include "claustrum/base/guard.h"
#include "claustrum/base/writer.h"
#include "claustrum/crypto/kdf.h"
#include "claustrum/crypto/random.h"

namespace claustrum::sealed {
namespace {

constexpr std::string_view kInfoLabel = "c2sp.org/chunked-encryption@v1+";
constexpr std::string_view kAeadName = "AEAD_AES_256_GCM";
constexpr std::size_t kDerivedLen = 32 + kNonceLen + kCommitmentLen;

// The only plaintext size whose sealed form has this length.
Result<std::uint64_t> plaintext_len(std::uint64_t sealed_len) {
  const std::uint64_t body = sealed_len < kHeaderLen ? 0 : sealed_len - kHeaderLen;
  const std::uint64_t full = body / kSealedChunkLen;
  const std::uint64_t last = body % kSealedChunkLen;
  // A file cut at a chunk border has no short chunk at its end; one cut elsewhere has at least a
  // tag of its own there, which will not verify.
  if (!CLAUSTRUM_GUARD("sealed.last_chunk", last >= kTagLen)) {
    return Error(Code::kMalformed, "sealed.truncated", "no short last chunk");
  }
  if (full >= kMaxChunks) {
    return Error(Code::kExhausted, "sealed.too_large", "more than 2^38 chunks");
  }
  return full * kChunkLen + (last < kTagLen ? 0 : last - kTagLen);
}

}  // namespace

Result<FileKey> file_key_from(BytesView key) {
  if (key.size() != kFileKeyLen) {
    return Error(Code::kMalformed, "sealed.key", "a file key has 32 bytes");
  }
  FileKey result;
  std::copy(key.begin(), key.end(), result.writable().begin());
  return result;
}

ChunkKeys::ChunkKeys(const FileKey& key, BytesView salt, BytesView context) {
  ByteWriter info;
  info.text(kInfoLabel).text(kAeadName).u8(0).bytes(salt).bytes(context);
  const SecretBytes derived =
      crypto::hkdf_expand(crypto::HashAlg::kSha512, key.reveal(), info.view(), kDerivedLen);
  const BytesView bytes = derived.reveal();
  std::copy_n(bytes.begin(), 32, key_.writable().begin());
  base_nonce_ = to_array<kNonceLen>(bytes.subspan(32, kNonceLen));
  commitment_ = to_array<kCommitmentLen>(bytes.subspan(32 + kNonceLen));
}

ByteArray<kNonceLen> ChunkKeys::nonce(std::uint64_t index) const {
  ByteArray<kNonceLen> nonce = base_nonce_;
  for (std::size_t i = 0; i < sizeof(index); ++i) {
    nonce[kNonceLen - 1 - i] ^= static_cast<std::uint8_t>(index >> (8 * i));
  }
  return nonce;
}

std::unique_ptr<ChunkCipher> ChunkKeys::cipher(Engine engine) const {
  return make_chunk_cipher(key_.reveal(), engine);
}

ChunkSealer::ChunkSealer(std::shared_ptr<const ChunkKeys> keys, const ByteArray<kSaltLen>& salt,
                         Engine engine)
    : keys_(std::move(keys)), salt_(salt), engine_(engine), cipher_(keys_->cipher(engine)) {}

ChunkSealer::ChunkSealer(const FileKey& key, BytesView context, Engine engine)
    : salt_(crypto::random_array<kSaltLen>()), engine_(engine) {
  keys_ = std::make_shared<const ChunkKeys>(key, salt_, context);
  cipher_ = keys_->cipher(engine);
}

ChunkSealer ChunkSealer::with_salt_for_testing(const FileKey& key, BytesView context,
                                               const ByteArray<kSaltLen>& salt) {
  return ChunkSealer(std::make_shared<const ChunkKeys>(key, salt, context), salt, Engine::kBest);
}

Bytes ChunkSealer::header() const {
  return concat({salt_, keys_->commitment()});
}

void ChunkSealer::seal_chunk(std::uint64_t index, BytesView chunk, std::span<std::uint8_t> sealed) {
  CLAUSTRUM_CHECK(chunk.size() <= kChunkLen && index < kMaxChunks);
  cipher_->seal(keys_->nonce(index), chunk, sealed);
}

StreamSealer::StreamSealer(const FileKey& key, BytesView context) : sealer_(key, context) {}

void StreamSealer::seal_pending(Bytes& out) {
  const std::size_t at = out.size();
  out.resize(at + pending_.size() + kTagLen);
  sealer_.seal_chunk(next_, pending_.reveal(), std::span(out).subspan(at));
  ++next_;
  pending_.shrink(0);
}

Bytes StreamSealer::update(BytesView plaintext) {
  Bytes out;
  if (!header_sent_) {
    out = sealer_.header();
    header_sent_ = true;
  }
  while (!plaintext.empty()) {
    const std::size_t take = std::min(kChunkLen - pending_.size(), plaintext.size());
    pending_.append(plaintext.first(take));
    plaintext = plaintext.subspan(take);
    // A full chunk is never the last one, so it may go as soon as it is full.
    if (pending_.size() == kChunkLen) {
      seal_pending(out);
    }
  }
  return out;
}

Bytes StreamSealer::finish() {
  Bytes out = update({});
  seal_pending(out);
  return out;
}

ChunkOpener::ChunkOpener(std::shared_ptr<const ChunkKeys> keys, std::uint64_t size, Engine engine)
    : keys_(std::move(keys)), size_(size), cipher_(keys_->cipher(engine)) {}

Result<ChunkOpener> ChunkOpener::open(const FileKey& key, BytesView context, BytesView header,
                                      std::uint64_t sealed_len, Engine engine) {
  if (header.size() != kHeaderLen) {
    return Error(Code::kMalformed, "sealed.truncated", "shorter than a header");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::uint64_t size, plaintext_len(sealed_len));
  auto keys = std::make_shared<const ChunkKeys>(key, header.first(kSaltLen), context);
  // [C2SP chunked-encryption] The commitment comes before any chunk: without it one file can be
  // made to open, differently, under two keys.
  if (!CLAUSTRUM_GUARD("sealed.commitment",
                       equal_constant_time(keys->commitment(), header.subspan(kSaltLen)))) {
    return Error(Code::kBadSignature, "sealed.commitment", "another key, context or file");
  }
  return ChunkOpener(std::move(keys), size, engine);
}

std::size_t ChunkOpener::chunk_len(std::uint64_t index) const {
  CLAUSTRUM_CHECK(index < chunks());
  return index + 1 < chunks() ? kChunkLen : static_cast<std::size_t>(size_ % kChunkLen);
}

Status ChunkOpener::open_chunk(std::uint64_t index, BytesView sealed, std::span<std::uint8_t> out) {
  CLAUSTRUM_CHECK(out.size() == chunk_len(index) && sealed.size() == out.size() + kTagLen);
  if (!CLAUSTRUM_GUARD("sealed.tag", cipher_->open(keys_->nonce(index), sealed, out))) {
    return Error(Code::kBadSignature, "sealed.tag", "a chunk is not authentic");
  }
  return {};
}

Bytes seal(const FileKey& key, BytesView context, BytesView plaintext) {
  StreamSealer sealer(key, context);
  Bytes out = sealer.update(plaintext);
  append(out, sealer.finish());
  return out;
}

Result<SecretBytes> open(const FileKey& key, BytesView context, BytesView sealed) {
  const BytesView header = sealed.first(std::min(kHeaderLen, sealed.size()));
  CLAUSTRUM_TRY_ASSIGN(ChunkOpener opener, ChunkOpener::open(key, context, header, sealed.size()));
  SecretBytes plaintext(static_cast<std::size_t>(opener.size()));
  for (std::uint64_t k = 0; k < opener.chunks(); ++k) {
    const std::size_t length = opener.chunk_len(k);
    const auto from = static_cast<std::size_t>(ChunkOpener::chunk_offset(k));
    const auto to = static_cast<std::size_t>(k) * kChunkLen;
    CLAUSTRUM_TRY(opener.open_chunk(k, sealed.subspan(from, length + kTagLen),
                                    plaintext.writable().subspan(to, length)));
  }
  return plaintext;
}

Bytes file_context(std::string_view model, std::string_view version, std::string_view path) {
  ByteWriter context;
  for (const std::string_view part :
       {std::string_view("claustrum/sealed/1"), model, version, path}) {
    context.u32be(static_cast<std::uint32_t>(part.size())).text(part);
  }
  return std::move(context).take();
}

}  // namespace claustrum::sealed
