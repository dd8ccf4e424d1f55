// SPDX-License-Identifier: Apache-2.0
// The list of checks between a document's bytes and its verdict. Each one adds one factor; none
// stops the others, so that a person sees at once all that is wrong.
#include "claustrum/document/verify_document.h"

#include "claustrum/base/guard.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/ledger_factors.h"
#include "claustrum/document/receipt.h"

namespace claustrum::document {

namespace {

using evidence::Claims;
using evidence::Factors;
using evidence::FactorStatus;

constexpr std::string_view kServeRole = "serve";
constexpr const char* kAskAgain = "fetch new evidence with a new nonce";
constexpr const char* kRefuse = "do not send anything to this service";

class DocumentVerifier {
 public:
  explicit DocumentVerifier(const DocumentInput& input) : input_(input), profile_(*input.profile) {}

  DocumentVerdict run() {
    check_profile_times();
    auto parsed = parse_evidence_document(input_.document);
    if (parsed.ok()) {
      document_ = std::move(parsed).value();
      check_document();
    } else {
      more_.fail("document", parsed.error(), "an evidence document of version 1", kAskAgain);
      verification_.unsupported = parsed.error().code() == Code::kUnsupported;
      verification_.malformed = !verification_.unsupported;
    }
    more_.not_reached({"document", "versions", "role", "devices", "launch", "keys", "nonce",
                       "binding", "service", "model", "software", "ledger-inclusion",
                       "ledger-witnessed"});
    return verdict();
  }

 private:
  void check_profile_times() {
    const Status valid = check_profile(profile_, input_.now, input_.least_profile_number);
    if (!valid.ok()) {
      more_.fail("profile", valid.error(), "a profile valid now and not replaced",
                 "get the newest edition from its publisher");
      return;
    }
    more_.pass("profile", "a profile valid now and not replaced",
               profile_.claims().service + ", edition " + std::to_string(profile_.claims().number));
  }

  void check_document() {
    more_.pass("document", "an evidence document of version 1", "version 1");
    check_versions();
    check_role();
    check_devices();
    read_launch();
    check_keys();
    verify_evidence();
    check_binding();
    check_service();
    check_model();
    judge_software(*document_, claims(), more_);
    judge_ledger(*document_, profile_, launch_ ? &*launch_ : nullptr, input_.now, more_);
  }

  const Claims* claims() const { return verification_.claims ? &**verification_.claims : nullptr; }

  // A client states its minimum, so that an old format cannot be served to it for ever.
  void check_versions() {
    const ProfileMinimum& minimum = profile_.claims().minimum;
    const std::string expected = "document " + std::to_string(minimum.document) + ", keys " +
                                 std::to_string(minimum.keys) + ", receipt " +
                                 std::to_string(minimum.receipt) + " or later";
    const std::string found = "document " + std::to_string(document_->version) + ", keys " +
                              std::to_string(kKeysVersion) + ", receipt " +
                              std::to_string(kReceiptVersion);
    const bool enough = document_->version >= minimum.document && kKeysVersion >= minimum.keys &&
                        kReceiptVersion >= minimum.receipt;
    if (!CLAUSTRUM_GUARD("document.minimum", enough)) {
      more_.fail("versions", "document.minimum", expected, found,
                 "the profile asks for newer formats; update the older side");
      return;
    }
    more_.pass("versions", expected, found);
  }

  void check_role() {
    if (!CLAUSTRUM_GUARD("document.role", document_->role == kServeRole)) {
      more_.fail("role", "document.role", "serve", document_->role,
                 "this is evidence of another kind of workload");
      return;
    }
    more_.pass("role", "serve", document_->role);
  }

  // Evidence nobody checked must not look as if it counted.
  void check_devices() {
    const bool none = !document_->devices && !document_->room;
    if (!CLAUSTRUM_GUARD("document.devices", none)) {
      more_.fail("devices", "document.devices", "no device evidence, no contract",
                 "a section this version does not verify", kRefuse);
      return;
    }
    more_.pass("devices", "no device evidence, no contract", "none");
  }

  void read_launch() {
    constexpr const char* kExpected = "a launch configuration of version 1";
    auto init_data = policy::parse_init_data(document_->init_data);
    if (!init_data.ok()) {
      more_.fail("launch", init_data.error(), kExpected, kRefuse);
      return;
    }
    auto launch = policy::parse_launch_config(*init_data);
    if (!launch.ok()) {
      more_.fail("launch", launch.error(), kExpected, kRefuse);
      return;
    }
    launch_ = std::move(launch).value();
    more_.pass("launch", kExpected, "role " + launch_->role + ", model " + launch_->model.name);
  }

  void check_keys() {
    const std::string expected =
        "keys of " + profile_.claims().service + ", signed by its identity key and valid now";
    auto keys = verify_keys(document_->keys, profile_.identity_key());
    if (!keys.ok()) {
      more_.fail("keys", keys.error(), expected, kRefuse);
      return;
    }
    if (!CLAUSTRUM_GUARD("document.keys_service", keys->service == profile_.claims().service)) {
      more_.fail("keys", "keys.service", expected, "keys of " + keys->service, kRefuse);
      return;
    }
    const Status in_time = check_keys_time(*keys, input_.now);
    if (!in_time.ok()) {
      more_.fail("keys", in_time.error(), expected, kAskAgain);
      return;
    }
    keys_ = std::move(keys).value();
    more_.pass("keys", expected,
               "replica " + codec::hex_encode(keys_->replica) + " until " +
                   format_rfc3339(keys_->not_after));
  }

  void verify_evidence() {
    verification_.platform = document_->platform;
    const auto verifier = input_.verifiers->find(document_->platform);
    if (verifier == input_.verifiers->end()) {
      verification_.unsupported = true;
      more_.fail("format", "document.platform", "a platform this program verifies",
                 document_->platform, "use a program that verifies this platform");
      return;
    }
    const evidence::Floors floors = profile_.policy().floors();
    evidence::VerifyInput input;
    input.evidence = document_->evidence;
    input.collateral = &document_->collateral;
    input.now = input_.now;
    input.floors = &floors;
    input.extra_roots = profile_.policy().trusted_roots(input_.now);
    verification_ = verifier->second(input);
  }

  void check_binding() {
    constexpr const char* kNonce = "this client's nonce";
    Nonce nonce = input_.nonce;
    std::string found = "the report answers this client alone";
    if (document_->batch) {
      auto root = batch_root(*document_->batch, input_.nonce);
      if (!root.ok()) {
        more_.fail("nonce", root.error(), kNonce, kAskAgain);
        return;
      }
      nonce = *root;
      found = "the report answers " + std::to_string(document_->batch->size) +
              " clients, this one among them";
    }
    if (claims() == nullptr) {
      return;
    }
    const ByteArray<64> expected = report_data(document_->role, nonce, document_->sections());
    if (!CLAUSTRUM_GUARD("document.binding", equal(expected, claims()->report_data))) {
      more_.fail("binding", "document.binding", codec::hex_encode(expected),
                 codec::hex_encode(claims()->report_data),
                 "the hardware signed another nonce or other sections; fetch new evidence");
      return;
    }
    more_.pass("nonce", kNonce, found);
    more_.pass("binding", "report data over nonce and all sections", "equal");
  }

  void check_service() {
    if (!launch_) {
      return;
    }
    const std::string& expected = profile_.claims().service;
    if (!CLAUSTRUM_GUARD("document.service", launch_->service == expected)) {
      more_.fail("service", "document.service", expected, launch_->service, kRefuse);
      return;
    }
    more_.pass("service", expected, launch_->service);
  }

  void check_model() {
    if (!launch_) {
      return;
    }
    const std::string expected = codec::hex_encode(launch_->model.manifest);
    if (!document_->model) {
      more_.fail("model", "document.model_absent", expected, "no manifest in the document",
                 "the service has not checked its model yet; try again later");
      return;
    }
    const crypto::Sha256Digest found = crypto::sha256(*document_->model);
    if (!CLAUSTRUM_GUARD("document.model", equal(found, launch_->model.manifest))) {
      more_.fail("model", "document.model", expected, codec::hex_encode(found), kRefuse);
      return;
    }
    more_.pass("model", expected, codec::hex_encode(found));
  }

  DocumentVerdict verdict() {
    policy::AppraisalInput input;
    input.verification = &verification_;
    input.now = input_.now;
    if (document_) {
      input.init_data = BytesView(document_->init_data);
    }
    input.more = std::move(more_);
    DocumentVerdict out{policy::appraise(profile_.policy(), input), crypto::sha256(input_.document),
                        std::nullopt, std::nullopt, std::nullopt};
    out.document = std::move(document_);
    out.keys = std::move(keys_);
    out.launch = std::move(launch_);
    return out;
  }

  const DocumentInput& input_;
  const Profile& profile_;
  Factors more_;
  evidence::Verification verification_;
  std::optional<EvidenceDocument> document_;
  std::optional<KeysClaims> keys_;
  std::optional<policy::LaunchConfig> launch_;
};

}  // namespace

DocumentVerdict verify_document(const DocumentInput& input) {
  CLAUSTRUM_CHECK(input.profile != nullptr && input.verifiers != nullptr);
  return DocumentVerifier(input).run();
}

}  // namespace claustrum::document
