// SPDX-License-Identifier: Apache-2.0
// libclaustrum-verify: judging the evidence of a trusted execution environment, for programs that
// embed it [ARCHITECTURE 1.2, 6]. Pure functions: bytes, collateral, expectations, policy and time
// in, a verdict out. They read no file, clock, network or device, keep nothing between calls, may
// be called from several threads at once, and never throw (out of memory ends the process). Whoever
// leaves something out gets a refusal, not a weaker check. This header needs nothing but the
// standard library. (OpenSSL beneath reads its configuration file at its first use in a process; a
// program that wants none calls OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG) before.)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace claustrum::verify {

// Larger input is refused as malformed ("verify.size"), each piece by itself.
inline constexpr std::size_t kMaxInputLen = std::size_t{16} << 20;

// Evidence and what it is judged by. What spans and views show must live until verify() returns.
struct Input {
  // As it arrived: raw, or in a container (evidence/core/envelope.h). An event log or certificates
  // that came with it are used where `collateral` names none.
  std::span<const std::uint8_t> evidence;
  // By name ("vcek", "ask", "ark", "crl", "tcb_info", ...), as the vendor serves it; "event_log" of
  // a TD's boot, "aa_event_log" of its agent.
  std::map<std::string, std::vector<std::uint8_t>, std::less<>> collateral;
  // "amd-sev-snp", "intel-sgx", "intel-tdx", "aws-nitro", "aws-nitrotpm"; empty: found by the
  // evidence itself.
  std::string platform;
  // Policy as text (TOML, docs/formats/policy.md). Without one evidence is refused: it is authentic
  // at best.
  std::optional<std::string_view> policy;
  // What the evidence must carry, byte by byte; without it the verdict says that evidence may be of
  // any age.
  std::optional<std::span<const std::uint8_t>> report_data;
  // The launch document that the policy's init-data rules look at.
  std::optional<std::span<const std::uint8_t>> init_data;
  // False: judge without collateral floors; the verdict says so.
  bool floors = true;
  // Seconds since 1970-01-01T00:00:00Z that the evidence is judged as of.
  std::int64_t time = 0;
  // Where `time` is from, if it is not now: the text says that later revocation was not considered.
  std::string_view time_source;
};

// An evidence document of a service, judged by the profile its publisher signed.
struct DocumentInput {
  std::span<const std::uint8_t> document;
  std::span<const std::uint8_t> profile;
  std::array<std::uint8_t, 32> publisher_sha256{};  // of the publisher's SubjectPublicKeyInfo
  std::array<std::uint8_t, 32> nonce{};             // that this client sent
  std::int64_t least_profile_number = 1;            // the highest number seen so far
  std::int64_t time = 0;
  std::string_view time_source;  // as above
};

// One named question and its answer.
struct Factor {
  std::string id;      // "signature", "revocation", "tcb", ...
  std::string status;  // pass, fail, waived, not-attested, not-offered, not-reached
  std::string expected;
  std::string found;
  std::string advice;  // what to do
  std::string reason;  // stable dotted word where it failed
};

enum class Style { kPlain, kColour };

struct Judgement;

class Verdict {
 public:
  bool accepted() const noexcept { return exit_code() == 0; }
  // 0 accepted, 10 refused, 20 unsupported, 30 malformed, 1 a fault of ours.
  int exit_code() const noexcept;
  std::string word() const;       // "accepted", "refused", "unsupported", "malformed"
  std::string platform() const;   // empty where nothing could be judged
  std::string container() const;  // what the evidence was taken out of: "raw", "base64", ...
  // Signed under a simulator's root: no protection, whatever accepted() says.
  bool simulated() const noexcept;
  std::vector<Factor> factors() const;
  std::string json() const;  // one object on one line (docs/formats/verdict.md)
  std::string text(Style style = Style::kPlain) const;  // one screen

  // For this project's own programs (judgement.h).
  const Judgement& judgement() const noexcept { return *judgement_; }

 private:
  friend Verdict make_verdict(Judgement judgement);
  explicit Verdict(std::shared_ptr<const Judgement> judgement) : judgement_(std::move(judgement)) {}
  std::shared_ptr<const Judgement> judgement_;
};

Verdict verify(const Input& input) noexcept;
Verdict verify_document(const DocumentInput& input) noexcept;

}  // namespace claustrum::verify
