// SPDX-License-Identifier: Apache-2.0
#include "claustrum/policy/corim_import.h"

#include <algorithm>
#include <set>

#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/crypto/hash.h"
#include "claustrum/policy/hollow.h"
#include "claustrum/policy/platform_facts.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

constexpr std::size_t kMaxNameLen = 128;

std::string comment(const std::string& text) {
  return "# " + clean(text) + "\n";
}

bool printable_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameLen &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Printable ASCII needs no escape that JSON and TOML write differently.
std::string quoted(const std::string& name) {
  return codec::to_json(codec::Json(name));
}

std::size_t length_of(std::string_view algorithm) {
  return algorithm == "sha-256"   ? 32
         : algorithm == "sha-384" ? 48
         : algorithm == "sha-512" ? 64
                                  : 0;
}

constexpr std::string_view kAmdGuest = "0";

class Importer {
 public:
  explicit Importer(const ImportOptions& options)
      : options_(options), facts_(facts_of(options.platform)) {}

  void take(const CorimReference& reference) {
    if (!options_.environment.empty() &&
        reference.environment.find(options_.environment) == std::string::npos) {
      return;
    }
    lines_ += comment("environment: " +
                      (reference.environment.empty() ? "(any)" : reference.environment));
    environment_ = reference.environment;
    for (const CorimMeasurement& measurement : reference.measurements) {
      take(reference, measurement);
    }
  }

  std::string text() const {
    std::string out = lines_;
    for (const auto& [name, values] : values_) {
      out += "measurements." + quoted(name) + " = { one-of = [";
      for (std::size_t i = 0; i < values.hex.size(); ++i) {
        out += (i == 0 ? "\"" : ", \"") + values.hex[i] + "\"";
      }
      out += "] }\n";
    }
    if (evaluation_number_) {
      out += "evaluation-number = { at-least = " + std::to_string(*evaluation_number_) + " }\n";
    }
    if (!tcb_status_.empty()) {
      out += "tcb-status = { one-of = [";
      for (std::size_t i = 0; i < tcb_status_.size(); ++i) {
        out += (i == 0 ? "" : ", ") + quoted(tcb_status_[i]);
      }
      out += "] }\n";
    }
    for (const auto& [name, svn] : svns_) {
      out += "tcb." + quoted(name.first) + "." + quoted(name.second) + " = { " +
             (svn.minimum ? "at-least" : "exact") + " = " + std::to_string(svn.value) + " }\n";
    }
    return out;
  }
  bool empty() const {
    return values_.empty() && svns_.empty() && !evaluation_number_ && tcb_status_.empty();
  }

 private:
  struct Values {
    std::string environment;
    std::vector<std::string> hex;
  };

  void leave_out(const std::string& what) { lines_ += comment("not imported: " + what); }

  std::string renamed(const std::string& key) const {
    const auto at = options_.rename.find(key);
    if (at == options_.rename.end() && has_amd_keys() && key == kAmdGuest) {
      return "measurement";
    }
    return at == options_.rename.end() ? key : at->second;
  }

  // [draft-deeglaze-amd-sev-snp-corim-profile] Keys are numbers, 0 the guest. Its versions are of
  // the guest, or TCBs as one number, which have no order by component.
  bool has_amd_keys() const { return options_.platform == "amd-sev-snp"; }
  bool is_amd_number(const std::string& key) const {
    return has_amd_keys() && !options_.rename.contains(key) && !key.empty() &&
           key.find_first_not_of("0123456789") == std::string::npos;
  }

  void take(const CorimReference& reference, const CorimMeasurement& measurement) {
    const std::string key = measurement.key.empty() ? "measurement" : measurement.key;
    if (!measurement.digests.empty()) {
      take_digests(key, measurement.digests);
    }
    for (const auto& [name, digests] : measurement.registers) {
      take_digests(name, digests);
    }
    if (measurement.svn) {
      take_svn(reference, measurement);
    }
    take_intel(measurement);
    for (const std::string& what : measurement.left_out) {
      leave_out(what + " of " + key);
    }
  }

  void take_digests(const std::string& key, const std::vector<CorimDigest>& digests) {
    const std::string name = renamed(key);
    if (!printable_name(name)) {
      leave_out("a measurement whose name is empty, long or not printable");
      return;
    }
    for (const CorimDigest& digest : digests) {
      const bool whole = length_of(digest.algorithm) == digest.value.size();
      const bool fits =
          facts_.measurement_len == 0 || facts_.measurement_len == digest.value.size();
      if (!whole || !fits) {
        leave_out(digest.algorithm + " of " + key + ": not a digest this platform measures with");
        continue;
      }
      add_value(name, codec::hex_encode(digest.value));
    }
  }

  // Values of one environment are alternatives. Those of another are about another thing, and to
  // put both in one list would take each for the other.
  void add_value(const std::string& name, const std::string& hex) {
    const auto [at, added] = values_.try_emplace(name, Values{environment_, {}});
    if (!added && at->second.environment != environment_) {
      leave_out(name + " " + hex + ": another environment has this name; choose one, or rename");
      return;
    }
    std::vector<std::string>& list = at->second.hex;
    if (std::find(list.begin(), list.end(), hex) == list.end()) {
      list.push_back(hex);
    }
  }

  void take_svn(const CorimReference& reference, const CorimMeasurement& measurement) {
    const std::string product = options_.product.empty() ? reference.model : options_.product;
    const std::string component = renamed(measurement.key.empty() ? "svn" : measurement.key);
    const std::string version = "security version " + std::to_string(measurement.svn->value);
    if (!printable_name(product) || !printable_name(component) ||
        !is_product(options_.platform, product)) {
      leave_out(version +
                ": no product of this platform and printable component; name the product");
      return;
    }
    if (is_amd_number(measurement.key)) {
      leave_out(version + " of " + measurement.key +
                ": write claims.guest_svn, or floors by component");
      return;
    }
    if (measurement.svn->minimum && measurement.svn->value <= 0) {
      leave_out(version + " of " + component + ": at least that asks for nothing");
      return;
    }
    const auto [at, added] = svns_.try_emplace({product, component}, *measurement.svn);
    if (!added && (at->second.minimum != measurement.svn->minimum ||
                   at->second.value != measurement.svn->value)) {
      leave_out(version + " of " + component + ": another one was imported");
    }
  }

  void take_intel(const CorimMeasurement& measurement) {
    if (measurement.evaluation_number && *measurement.evaluation_number <= 0) {
      leave_out("an evaluation number that asks for nothing");
    } else if (measurement.evaluation_number) {
      // Of several, the highest asks most.
      evaluation_number_ = std::max(evaluation_number_.value_or(0), *measurement.evaluation_number);
    }
    if (!measurement.tcb_status.empty()) {
      if (!tcb_status_.empty() && tcb_status_ != measurement.tcb_status) {
        leave_out("tcbstatus: another list was imported");
      } else if (!std::ranges::all_of(measurement.tcb_status, printable_name)) {
        leave_out("tcbstatus: not printable");
      } else if (!asks_for_something(measurement.tcb_status)) {
        leave_out("tcbstatus: every status there is, or one named twice");
      } else {
        tcb_status_ = measurement.tcb_status;
      }
    }
  }

  bool asks_for_something(const std::vector<std::string>& words) const {
    OneOf list;
    list.values.assign(words.begin(), words.end());
    return check_not_hollow(Rule(list), all_standings(options_.platform)).ok();
  }

  const ImportOptions& options_;
  const PlatformFacts& facts_;
  std::string lines_;
  std::string environment_;
  std::map<std::string, Values> values_;
  std::map<std::pair<std::string, std::string>, CorimSvn> svns_;
  std::optional<std::int64_t> evaluation_number_;
  std::vector<std::string> tcb_status_;
};

std::string dates(const CorimValidity& validity) {
  return (validity.not_before ? format_rfc3339(*validity.not_before) + " " : std::string()) +
         "to " + format_rfc3339(validity.not_after);
}

std::string provenance(const Corim& corim, BytesView file) {
  std::string out =
      comment("reference values from a CoRIM of sha256 " + codec::hex_encode(crypto::sha256(file)));
  out += comment(corim.signer ? "signed by the key of sha256 " + codec::hex_encode(*corim.signer) +
                                    (corim.signer_name.empty() ? "" : ", " + corim.signer_name)
                              : "unsigned: nobody vouches for them");
  out += comment("id " + corim.id + (corim.profile.empty() ? "" : ", profile " + corim.profile));
  if (corim.validity) {
    out += comment("valid " + dates(*corim.validity));
  }
  if (corim.signature_validity) {
    out += comment("signature valid " + dates(*corim.signature_validity));
  }
  for (const std::string& what : corim.left_out) {
    out += comment("not imported: " + what);
  }
  return out;
}

}  // namespace

Result<std::string> corim_to_policy(const Corim& corim, BytesView file,
                                    const ImportOptions& options) {
  if (!printable_name(options.platform) || options.platform.find('.') != std::string::npos) {
    return Error(Code::kNotFound, "corim.platform", "the platform's name is not printable");
  }
  Importer importer(options);
  std::string left_out;
  for (const Comid& comid : corim.comids) {
    for (const CorimReference& reference : comid.references) {
      importer.take(reference);
    }
    for (const std::string& what : comid.left_out) {
      left_out += comment("not imported: " + what + " triples of " + comid.id);
    }
  }
  if (importer.empty()) {
    return Error(Code::kNotFound, "corim.empty", "no reference value a policy can say");
  }
  return provenance(corim, file) + left_out + "[platform." + quoted(options.platform) + "]\n" +
         importer.text();
}

}  // namespace claustrum::policy
