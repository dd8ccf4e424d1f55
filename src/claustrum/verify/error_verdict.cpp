// SPDX-License-Identifier: Apache-2.0
#include "claustrum/verify/error_verdict.h"

namespace claustrum::verify {

namespace {

constexpr int kInternal = 1;
constexpr int kUsage = 2;
constexpr int kRefused = 10;
constexpr int kUnsupported = 20;
constexpr int kMalformed = 30;

}  // namespace

int exit_code(const Error& error) {
  switch (error.code()) {
    case Code::kMalformed:
      return kMalformed;
    case Code::kUnsupported:
      return kUnsupported;
    case Code::kExhausted:
      // Input over a limit of its format; a full disk is no fault of the input.
      return error.reason().starts_with("store.") ? kInternal : kMalformed;
    case Code::kInternal:
    case Code::kUnavailable:
    case Code::kConflict:
      return kInternal;
    case Code::kNotFound:
      return kUsage;
    case Code::kBadSignature:
    case Code::kUntrustedRoot:
    case Code::kNotYetValid:
    case Code::kExpired:
    case Code::kRevoked:
    case Code::kMismatch:
    case Code::kPolicyDenied:
    case Code::kStale:
    case Code::kUnauthorised:
      return kRefused;
  }
  return kInternal;
}

std::string_view verdict_word(const Error& error) {
  switch (exit_code(error)) {
    case kRefused:
      return "refused";
    case kUnsupported:
      return "unsupported";
    case kMalformed:
      return "malformed";
    case kUsage:
      return "usage";
    default:
      // Nothing was judged since somebody else was not there; trying again may help.
      return error.code() == Code::kUnavailable ? "unavailable" : "internal";
  }
}

codec::Json error_json(const Error& error) {
  codec::Json factor = codec::Json::object();
  factor.set("id", "input")
      .set("status", "fail")
      .set("expected", "input that can be judged")
      .set("found", error.text())
      .set("reason", error.reason())
      .set("advice", "");
  codec::Json out = codec::Json::object();
  out.set("verdict", verdict_word(error))
      .set("platform", nullptr)
      .set("simulated", false)
      .set("time", nullptr)
      .set("factors", codec::Json::Array{factor})
      .set("claims", nullptr)
      .set("waivers", codec::Json::array());
  return out;
}

}  // namespace claustrum::verify
