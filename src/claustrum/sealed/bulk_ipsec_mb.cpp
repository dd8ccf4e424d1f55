// SPDX-License-Identifier: Apache-2.0
// The libipsec-mb adapter, the only file that includes its header [ARCHITECTURE 7]. The library
// picks its code by processor at run time and tests itself; without AES instructions or with a
// failed self-test it is not used. It hands out computed tags and leaves comparing to the caller:
// the comparison here is constant-time and the plaintext is wiped when it fails.
#include <intel-ipsec-mb.h>

#include "claustrum/sealed/bulk_fast.h"

namespace claustrum::sealed::fast {
namespace {

struct ManagerDeleter {
  void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};
using Manager = std::unique_ptr<IMB_MGR, ManagerDeleter>;

Manager make_manager() {
  Manager manager(alloc_mb_mgr(0));
  if (manager == nullptr) {
    return nullptr;
  }
  IMB_ARCH arch = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager.get(), &arch);
  constexpr std::uint64_t kNeeded =
      IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SELF_TEST_PASS;
  const bool usable = imb_get_errno(manager.get()) == 0 && arch >= IMB_ARCH_SSE &&
                      (manager->features & kNeeded) == kNeeded;
  return usable ? std::move(manager) : nullptr;
}

// Job state inside a manager belongs to one thread, so each thread has its own.
IMB_MGR* manager_of_thread() {
  thread_local const Manager manager = make_manager();
  return manager.get();
}

class IpsecMbCipher final : public ChunkCipher {
 public:
  explicit IpsecMbCipher(BytesView key) : schedule_(std::make_unique<gcm_key_data>()) {
    CLAUSTRUM_CHECK(key.size() == 32);
    IMB_AES256_GCM_PRE(manager_of_thread(), key.data(), schedule_.get());
  }
  IpsecMbCipher(const IpsecMbCipher&) = delete;
  IpsecMbCipher& operator=(const IpsecMbCipher&) = delete;
  ~IpsecMbCipher() override {
    wipe(schedule_.get(), sizeof(gcm_key_data));
    wipe(&context_, sizeof(context_));
  }

  void seal(BytesView nonce, BytesView plaintext, std::span<std::uint8_t> sealed) override {
    CLAUSTRUM_CHECK(nonce.size() == kNonceLen && sealed.size() == plaintext.size() + kTagLen);
    IMB_AES256_GCM_ENC(manager_of_thread(), schedule_.get(), &context_, sealed.data(),
                       plaintext.data(), plaintext.size(), nonce.data(), kNoAad.data(), 0,
                       sealed.data() + plaintext.size(), kTagLen);
  }

  bool open(BytesView nonce, BytesView sealed, std::span<std::uint8_t> plaintext) override {
    CLAUSTRUM_CHECK(nonce.size() == kNonceLen && sealed.size() == plaintext.size() + kTagLen);
    ByteArray<kTagLen> tag;
    IMB_AES256_GCM_DEC(manager_of_thread(), schedule_.get(), &context_, plaintext.data(),
                       sealed.data(), plaintext.size(), nonce.data(), kNoAad.data(), 0, tag.data(),
                       tag.size());
    const bool authentic = equal_constant_time(tag, sealed.last(kTagLen));
    wipe(tag.data(), tag.size());  // what was computed is the right tag of forged bytes
    if (!authentic) {
      wipe(plaintext.data(), plaintext.size());
    }
    return authentic;
  }

 private:
  static constexpr ByteArray<1> kNoAad{};  // the library refuses a null pointer, even for no bytes
  std::unique_ptr<gcm_key_data> schedule_;
  gcm_context_data context_{};
};

// Hashes wait in lanes until all lanes are full or flushed. (The library's hash bursts are for
// HMAC only; plain SHA-256 goes through single jobs.)
class HashJobs {
 public:
  explicit HashJobs(IMB_MGR* manager) : manager_(manager) {}

  void submit(BytesView piece, crypto::Sha256Digest& out) {
    IMB_JOB* const job = IMB_GET_NEXT_JOB(manager_);
    *job = IMB_JOB{};
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_alg = IMB_AUTH_SHA_256;
    job->src = piece.data();
    job->msg_len_to_hash_in_bytes = piece.size();
    job->auth_tag_output = out.data();
    job->auth_tag_output_len_in_bytes = out.size();
    for (IMB_JOB* done = IMB_SUBMIT_JOB(manager_); done != nullptr;
         done = IMB_GET_COMPLETED_JOB(manager_)) {
      count(done);
    }
  }

  // How many of the submitted jobs gave a digest.
  std::size_t finish() {
    for (IMB_JOB* done = IMB_FLUSH_JOB(manager_); done != nullptr; done = IMB_FLUSH_JOB(manager_)) {
      count(done);
    }
    return completed_;
  }

 private:
  void count(const IMB_JOB* job) { completed_ += job->status == IMB_STATUS_COMPLETED ? 1 : 0; }
  IMB_MGR* manager_;
  std::size_t completed_ = 0;
};

}  // namespace

bool available() {
  return manager_of_thread() != nullptr;
}

std::unique_ptr<ChunkCipher> make_chunk_cipher(BytesView key) {
  return std::make_unique<IpsecMbCipher>(key);
}

bool sha256_many(std::span<const BytesView> pieces, std::span<crypto::Sha256Digest> out) {
  HashJobs jobs(manager_of_thread());
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    jobs.submit(pieces[i], out[i]);
  }
  return jobs.finish() == pieces.size();
}

}  // namespace claustrum::sealed::fast
