// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/tcb_info.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "claustrum/base/guard.h"
#include "claustrum/base/reader.h"
#include "claustrum/evidence/dcap/document.h"

namespace claustrum::evidence::dcap {
namespace {

constexpr std::int64_t kMaxComponent = 0xff;
constexpr std::int64_t kMaxSvn = 0xffff;
constexpr std::size_t kMaxModuleIdLen = 32;

constexpr std::pair<std::string_view, TcbStatus> kStatuses[] = {
    {"UpToDate", TcbStatus::kUpToDate},
    {"SWHardeningNeeded", TcbStatus::kSwHardeningNeeded},
    {"ConfigurationNeeded", TcbStatus::kConfigurationNeeded},
    {"ConfigurationAndSWHardeningNeeded", TcbStatus::kConfigurationAndSwHardeningNeeded},
    {"OutOfDate", TcbStatus::kOutOfDate},
    {"OutOfDateConfigurationNeeded", TcbStatus::kOutOfDateConfigurationNeeded},
    {"Revoked", TcbStatus::kRevoked},
};

// Version 3: an array of objects, exactly as many as there are components.
Result<Components> components_at(JsonView tcb, std::string_view key) {
  Components out{};
  CLAUSTRUM_TRY_ASSIGN(const JsonView list, list_at(tcb, key, out.size(), out.size()));
  std::size_t i = 0;
  for (const JsonView component : list.items()) {
    const std::optional<std::int64_t> svn = number_in(component, "svn", kMaxComponent);
    if (!svn) {
      return Error(Code::kMalformed, "dcap.document", "member \"svn\"");
    }
    out[i++] = static_cast<std::uint8_t>(*svn);
  }
  return out;
}

// Version 2: sgxtcbcomp01svn to sgxtcbcomp16svn.
Result<Components> numbered_components(JsonView tcb) {
  Components out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    const std::string key = (i < 9 ? "sgxtcbcomp0" : "sgxtcbcomp") + number + "svn";
    CLAUSTRUM_TRY_ASSIGN(const std::int64_t svn, number_at(tcb, key, kMaxComponent));
    out[i] = static_cast<std::uint8_t>(svn);
  }
  return out;
}

Status read_level(JsonView value, TcbInfo& to) {
  TcbLevel out;
  CLAUSTRUM_TRY_ASSIGN(const JsonView tcb, object_in(value, "tcb"));
  CLAUSTRUM_TRY_ASSIGN(
      out.sgx, to.version == 2 ? numbered_components(tcb) : components_at(tcb, "sgxtcbcomponents"));
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t pce_svn, number_at(tcb, "pcesvn", kMaxSvn));
  out.pce_svn = static_cast<std::uint16_t>(pce_svn);
  if (to.id == kIdTdx) {
    CLAUSTRUM_TRY_ASSIGN(out.tdx, components_at(tcb, "tdxtcbcomponents"));
  }
  CLAUSTRUM_TRY_ASSIGN(out.date, date_at(value, "tcbDate"));
  CLAUSTRUM_TRY_ASSIGN(out.status, status_at(value));
  CLAUSTRUM_TRY_ASSIGN(out.advisories, advisories_at(value));
  to.levels.push_back(std::move(out));
  return ok_status();
}

Result<TdxModule> read_module(JsonView value) {
  TdxModule out;
  CLAUSTRUM_TRY_ASSIGN(out.mr_signer, hex_in<48>(value, "mrsigner"));
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<8> attributes, hex_in<8>(value, "attributes"));
  CLAUSTRUM_TRY_ASSIGN(const ByteArray<8> mask, hex_in<8>(value, "attributesMask"));
  out.attributes = ByteReader(attributes, "attributes").u64le();
  out.attributes_mask = ByteReader(mask, "attributesMask").u64le();
  return out;
}

Status read_module_identity(JsonView value, TcbInfo& to) {
  TdxModuleIdentity out;
  CLAUSTRUM_TRY_ASSIGN(out.id, string_at(value, "id"));
  if (out.id.empty() || out.id.size() > kMaxModuleIdLen) {
    return Error(Code::kMalformed, "dcap.document", "a module's id");
  }
  CLAUSTRUM_TRY_ASSIGN(out.module, read_module(value));
  CLAUSTRUM_TRY_ASSIGN(out.levels, svn_levels_at(value));
  // Two entries for one module would let their order decide.
  if (find_module(to, out.id) != nullptr) {
    return Error(Code::kMalformed, "dcap.document", "a module occurs twice");
  }
  to.tdx_module_identities.push_back(std::move(out));
  return ok_status();
}

Status read_modules(JsonView document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(const JsonView module, object_in(document, "tdxModule"));
  CLAUSTRUM_TRY_ASSIGN(out.tdx_module, read_module(module));
  if (!document.find("tdxModuleIdentities")) {
    return ok_status();
  }
  CLAUSTRUM_TRY_ASSIGN(const JsonView list,
                       list_at(document, "tdxModuleIdentities", 0, kMaxModules));
  for (const JsonView value : list.items()) {
    CLAUSTRUM_TRY(read_module_identity(value, out));
  }
  return ok_status();
}

Status read_levels(JsonView document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(const JsonView list, list_at(document, "tcbLevels", 1, kMaxLevels));
  out.levels.reserve(list.size());
  for (const JsonView value : list.items()) {
    CLAUSTRUM_TRY(read_level(value, out));
  }
  const auto versions = [](const TcbLevel& level) {
    return std::tie(level.sgx, level.pce_svn, level.tdx);
  };
  std::ranges::sort(out.levels, std::ranges::greater(), versions);
  // Two levels of the same versions would let their order decide.
  if (std::ranges::adjacent_find(out.levels, {}, versions) != out.levels.end()) {
    return Error(Code::kMalformed, "dcap.document", "a level occurs twice");
  }
  return ok_status();
}

// Version and kind decide how the rest is read.
Status read_kind(JsonView document, TcbInfo& out) {
  CLAUSTRUM_TRY_ASSIGN(out.version, integer_at(document, "version"));
  if (out.version != 2 && out.version != 3) {
    return Error(Code::kUnsupported, "dcap.tcb_info_version",
                 "TCB Info version " + std::to_string(out.version));
  }
  out.id = kIdSgx;
  if (out.version == 3) {
    CLAUSTRUM_TRY_ASSIGN(out.id, string_at(document, "id"));
  }
  if (out.id != kIdSgx && out.id != kIdTdx) {
    return Error(Code::kMalformed, "dcap.document", "member \"id\"");
  }
  CLAUSTRUM_TRY_ASSIGN(const std::int64_t type, number_at(document, "tcbType", kMaxSvn));
  // Type 0 is what makes the components of the PCK certificate comparable one by one.
  if (!CLAUSTRUM_GUARD("evidence.dcap.tcb_type", type == 0)) {
    return Error(Code::kUnsupported, "dcap.tcb_type", "tcbType " + std::to_string(type));
  }
  return ok_status();
}

Result<TcbInfo> read_tcb_info(BytesView json) {
  CLAUSTRUM_TRY_ASSIGN(const JsonText text, parse_document(json));
  const JsonView document = text.root();
  TcbInfo out;
  CLAUSTRUM_TRY(read_kind(document, out));
  CLAUSTRUM_TRY_ASSIGN(out.issue_date, date_at(document, "issueDate"));
  CLAUSTRUM_TRY_ASSIGN(out.next_update, date_at(document, "nextUpdate"));
  CLAUSTRUM_TRY_ASSIGN(out.fmspc, hex_in<6>(document, "fmspc"));
  CLAUSTRUM_TRY_ASSIGN(out.pce_id, hex_in<2>(document, "pceId"));
  CLAUSTRUM_TRY_ASSIGN(out.evaluation_data_number,
                       number_at(document, "tcbEvaluationDataNumber", kMaxEvaluationNumber));
  if (out.id == kIdTdx) {
    CLAUSTRUM_TRY(read_modules(document, out));
  }
  CLAUSTRUM_TRY(read_levels(document, out));
  return out;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string_view to_string(TcbStatus status) {
  for (const auto& [name, value] : kStatuses) {
    if (value == status) {
      return name;
    }
  }
  return status == TcbStatus::kTdRelaunchAdvised ? "TDRelaunchAdvised"
                                                 : "TDRelaunchAdvisedConfigurationNeeded";
}

Result<TcbStatus> parse_tcb_status(std::string_view text) {
  for (const auto& [name, value] : kStatuses) {
    if (name == text) {
      return value;
    }
  }
  return Error(Code::kMalformed, "dcap.tcb_status", "a TCB status nobody knows");
}

const TdxModuleIdentity* find_module(const TcbInfo& info, std::string_view id) {
  const auto at =
      std::ranges::find_if(info.tdx_module_identities, [&](const TdxModuleIdentity& identity) {
        return std::ranges::equal(identity.id, id, {}, lower, lower);
      });
  return at == info.tdx_module_identities.end() ? nullptr : &*at;
}

Result<TcbInfo> parse_tcb_info(BytesView json) {
  Result<TcbInfo> info = read_tcb_info(json);
  if (!info.ok()) {
    return document_fault(info.error(), "dcap.tcb_info");
  }
  return info;
}

}  // namespace claustrum::evidence::dcap
