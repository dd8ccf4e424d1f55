// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_screen.h"

#include <unordered_set>

#include "claustrum/app/files.h"
#include "claustrum/codec/hex.h"
#include "claustrum/document/profile.h"

namespace claustrum::app {

namespace {

using codec::Json;

constexpr std::size_t kSampleLen = 48;
constexpr std::size_t kWindow = 13;

// Texts that would stand in what passed the operator if it were not encrypted: every window of the
// question and the answer, and the words of the protocol around them. Shorter pieces occur by
// chance in this much ciphertext, and single words in the public evidence.
std::unordered_set<std::string> telltales(const std::string& question, const std::string& answer) {
  std::unordered_set<std::string> out;
  const std::string quoted = codec::to_json(Json(question));
  for (const std::string& text :
       {question, answer, R"("content":)" + quoted, std::string(R"("role":"user","content")"),
        std::string("chat.completion.chunk")}) {
    for (std::size_t i = 0; i + kWindow <= text.size(); ++i) {
      out.insert(text.substr(i, kWindow));
    }
  }
  return out;
}

bool readable(BytesView bytes, const std::unordered_set<std::string>& telltales) {
  const std::string_view text = as_text(bytes);
  for (std::size_t i = 0; i + kWindow <= text.size(); ++i) {
    if (telltales.contains(std::string(text.substr(i, kWindow)))) {
      return true;
    }
  }
  return false;
}

std::string text_of(const Json& object, std::string_view key) {
  const Json* value = object.find(key);
  if (value == nullptr) {
    return "-";
  }
  return value->is_string() ? value->string() : codec::to_json(*value);
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

class Screen {
 public:
  explicit Screen(bool colour) : colour_(colour) {}
  void title(std::string_view text) { out_.append("\n").append(bold(text)).append("\n"); }
  void row(std::string_view name, std::string_view value) {
    out_.append("  ").append(padded(std::string(name), 22)).append(value).append("\n");
  }
  void line(std::string_view text) { out_.append("  ").append(text).append("\n"); }
  std::string bold(std::string_view text) const {
    return colour_ ? "\033[1m" + std::string(text) + "\033[0m" : std::string(text);
  }
  std::string take() && { return std::move(out_); }

 private:
  bool colour_;
  std::string out_;
};

void show_verdict(Screen& screen, const Json& verdict) {
  screen.title("Verdict: " + text_of(verdict, "verdict") + " (" + text_of(verdict, "platform") +
               ")");
  const Json* factors = verdict.find("factors");
  for (const Json& factor : factors == nullptr ? Json::Array() : factors->items()) {
    const std::string status = text_of(factor, "status");
    std::string note = status == "pass" ? "" : "  " + text_of(factor, "found");
    screen.row(text_of(factor, "id"), padded(status, 13) + note);
  }
}

void show_observed(Screen& screen, const Json& observed) {
  screen.title("What the operator could see");
  screen.row("from the client", text_of(observed, "up_bytes") + " bytes");
  screen.row("to the client", text_of(observed, "down_bytes") + " bytes in " +
                                  text_of(observed, "down_messages") + " pieces");
  screen.row("time", text_of(observed, "milliseconds") + " ms");
  screen.row("ciphertext sample", text_of(observed, "sample"));
  screen.row("readable words", text_of(observed, "readable"));
}

}  // namespace

Result<LogIdentity> log_of_profile(const Stage& stage) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes text, read_file(stage.file("release/profile.json")));
  CLAUSTRUM_TRY_ASSIGN(const Bytes publisher, codec::hex_decode(stage.publisher()));
  CLAUSTRUM_TRY_ASSIGN(const document::Profile profile, document::verify_profile(text, publisher));
  return LogIdentity{profile.claims().ledger.origin, profile.claims().ledger.keys.front()};
}

Json observed_json(const Tap& tap, const std::string& question, const std::string& answer) {
  const std::vector<Seen> seen = tap.seen();
  const Bytes up = tap.bytes(true);
  const Bytes down = tap.bytes(false);
  std::int64_t down_messages = 0;
  Json sizes = Json::array();
  for (const Seen& piece : seen) {
    down_messages += piece.from_client ? 0 : 1;
    if (sizes.items().size() < 32) {
      sizes.push(Json::object()
                     .set("from", piece.from_client ? "client" : "service")
                     .set("ms", piece.at_ms)
                     .set("bytes", static_cast<std::int64_t>(piece.size)));
    }
  }
  const std::unordered_set<std::string> wanted = telltales(question, answer);
  const std::size_t tail = std::min(kSampleLen, down.size());
  Json out = Json::object();
  out.set("up_bytes", static_cast<std::int64_t>(up.size()))
      .set("down_bytes", static_cast<std::int64_t>(down.size()))
      .set("down_messages", down_messages)
      .set("milliseconds", seen.empty() ? 0 : seen.back().at_ms - seen.front().at_ms)
      .set("sample", codec::hex_encode(BytesView(down).last(tail)))
      .set("pieces", sizes)
      .set("readable", readable(up, wanted) || readable(down, wanted));
  return out;
}

Json result_json(const Stage& stage, const Asked& asked, const std::vector<Attempt>& attempts,
                 const Json& observed, const Json& ledger, bool keep) {
  Json refusals = Json::array();
  for (const Attempt& attempt : attempts) {
    refusals.push(Json::object()
                      .set("attempt", attempt.name)
                      .set("refused", attempt.refused)
                      .set("reason", attempt.reason)
                      .set("by", attempt.by)
                      .set("what", attempt.what));
  }
  Json receipt = document::receipt_json(asked.receipt);
  receipt.set("verified", asked.receipt_verified);
  const Json* simulated = asked.verdict.find("simulated");
  Json out = Json::object();
  out.set("answer", asked.answer)
      .set("simulated", simulated == nullptr || !simulated->is_bool() || simulated->boolean())
      .set("verdict", asked.verdict)
      .set("receipt", receipt)
      .set("refusals", refusals)
      .set("observed", observed)
      .set("ledger", ledger);
  if (keep) {
    out.set("kept", Json::object()
                        .set("openai_base_url", stage.connect_endpoint().text() + "/v1")
                        .set("api_key", stage.token())
                        .set("folder", stage.folder())
                        .set("service", stage.serve_endpoint().text())
                        .set("broker", stage.broker_url())
                        .set("publisher", stage.publisher())
                        .set("processes", stage.processes()));
  }
  return out;
}

bool all_held(const Json& result) {
  const Json* refusals = result.find("refusals");
  const bool refused = refusals != nullptr && refusals->items().size() == 4 &&
                       std::ranges::all_of(refusals->items(), [](const Json& attempt) {
                         const Json* held = attempt.find("refused");
                         return held != nullptr && held->boolean();
                       });
  const Json* verified = result.find("receipt")->find("verified");
  const Json* seen = result.find("observed")->find("readable");
  return refused && !result.find("answer")->string().empty() && verified->boolean() &&
         !seen->boolean();
}

std::string screen(const Json& result, bool colour) {
  Screen out(colour);
  out.line("");
  if (result.find("simulated")->boolean()) {
    out.line(
        out.bold("*** simulated: no protection *** "
                 "(the signatures are real, the TEE is this same machine)"));
  }
  show_verdict(out, *result.find("verdict"));
  show_observed(out, *result.find("observed"));
  out.title("What an operator tried");
  for (const Json& attempt : result.find("refusals")->items()) {
    out.row(text_of(attempt, "attempt"),
            (attempt.find("refused")->boolean() ? "refused by the " : "NOT REFUSED by the ") +
                text_of(attempt, "by") + ": " + text_of(attempt, "reason"));
  }
  const Json& receipt = *result.find("receipt");
  out.title("Receipt: " +
            std::string(receipt.find("verified")->boolean() ? "verified" : "NOT VERIFIED"));
  for (const char* name : {"outcome", "manifest", "init-data", "release-policy"}) {
    out.row(name, text_of(receipt, name));
  }
  const Json& ledger = *result.find("ledger");
  out.title("Ledger " + text_of(ledger, "origin") + " (unwitnessed)");
  for (const Json& entry : ledger.find("entries")->items()) {
    out.row("#" + text_of(entry, "index") + " " + text_of(entry, "type"),
            "inclusion proof verified");
  }
  return std::move(out).take();
}

}  // namespace claustrum::app
