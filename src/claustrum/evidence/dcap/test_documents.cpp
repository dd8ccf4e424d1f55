// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/dcap/test_documents.h"

namespace claustrum::evidence::dcap {
namespace {

using codec::Json;

std::pair<std::string_view, std::string_view> first_step(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) {
    return {path, {}};
  }
  return {path.substr(0, slash), path.substr(slash + 1)};
}

Json dated(Json tcb, std::string_view date, TcbStatus status, std::vector<std::string> advisories) {
  Json out;
  out.set("tcb", std::move(tcb)).set("tcbDate", date).set("tcbStatus", to_string(status));
  if (!advisories.empty()) {
    Json list = Json::array();
    for (std::string& id : advisories) {
      list.push(std::move(id));
    }
    out.set("advisoryIDs", std::move(list));
  }
  return out;
}

Json platform_level(std::uint8_t sgx, int pce_svn, const std::optional<Components>& tdx,
                    std::string_view date, TcbStatus status,
                    std::vector<std::string> advisories = {}) {
  Json tcb;
  tcb.set("sgxtcbcomponents", components_json(filled(sgx))).set("pcesvn", pce_svn);
  if (tdx) {
    tcb.set("tdxtcbcomponents", components_json(*tdx));
  }
  return dated(std::move(tcb), date, status, std::move(advisories));
}

Json svn_level(int svn, std::string_view date, TcbStatus status,
               std::vector<std::string> advisories = {}) {
  Json tcb;
  tcb.set("isvsvn", svn);
  return dated(std::move(tcb), date, status, std::move(advisories));
}

Json head(std::string_view id, int version) {
  Json out;
  out.set("id", id).set("version", version);
  out.set("issueDate", "2026-06-12T22:19:21Z").set("nextUpdate", "2026-07-12T22:19:21Z");
  return out;
}

Json info_head(std::string_view id) {
  Json out = head(id, 3);
  out.set("fmspc", "00806F050000").set("pceId", "0000").set("tcbType", 0);
  return out.set("tcbEvaluationDataNumber", 21);
}

Json module_json(std::string_view id) {
  Json out = Json::object();
  if (!id.empty()) {
    out.set("id", id);
  }
  out.set("mrsigner", std::string(96, '0')).set("attributes", "0000000000000000");
  return out.set("attributesMask", "FFFFFFFFFFFFFFFF");
}

// TEE_TCB_SVN as a level of a versioned module's document has it.
Components tdx_components(std::uint8_t svn) {
  Components out = filled(svn);
  out[1] = 1;
  return out;
}

}  // namespace

Components filled(std::uint8_t svn) {
  Components out{};
  out.fill(svn);
  return out;
}

Json components_json(const Components& svns) {
  Json out = Json::array();
  for (const std::uint8_t svn : svns) {
    Json component;
    component.set("svn", int{svn});
    out.push(std::move(component));
  }
  return out;
}

Json sgx_info_json() {
  using enum TcbStatus;
  Json levels = Json::array();
  levels.push(platform_level(30, 13, std::nullopt, "2026-02-11T00:00:00Z", kUpToDate));
  levels.push(platform_level(20, 11, std::nullopt, "2025-02-12T00:00:00Z", kSwHardeningNeeded,
                             {"INTEL-SA-00615"}));
  levels.push(platform_level(10, 5, std::nullopt, "2018-01-04T00:00:00Z", kOutOfDate,
                             {"INTEL-SA-00615", "INTEL-SA-00106"}));
  return info_head("SGX").set("tcbLevels", std::move(levels));
}

Json tdx_info_json() {
  using enum TcbStatus;
  Json levels = Json::array();
  levels.push(platform_level(30, 13, tdx_components(7), "2026-02-11T00:00:00Z", kUpToDate));
  levels.push(platform_level(20, 11, tdx_components(5), "2025-02-12T00:00:00Z", kOutOfDate,
                             {"INTEL-SA-01192"}));
  levels.push(platform_level(10, 5, Components{}, "2018-01-04T00:00:00Z", kOutOfDate,
                             {"INTEL-SA-01192", "INTEL-SA-00106"}));
  Json first = module_json("TDX_01");
  Json first_levels = Json::array();
  first_levels.push(svn_level(9, "2026-01-15T00:00:00Z", kUpToDate));
  first_levels.push(svn_level(4, "2024-03-13T00:00:00Z", kOutOfDate, {"INTEL-SA-01099"}));
  first.set("tcbLevels", std::move(first_levels));
  Json third = module_json("TDX_03");
  Json third_levels = Json::array();
  third_levels.push(svn_level(2, "2026-02-11T00:00:00Z", kUpToDate));
  third.set("tcbLevels", std::move(third_levels));
  Json modules = Json::array();
  modules.push(std::move(third)).push(std::move(first));
  Json out = info_head("TDX");
  out.set("tdxModule", module_json("")).set("tdxModuleIdentities", std::move(modules));
  return out.set("tcbLevels", std::move(levels));
}

Json sgx_info_v2_json() {
  Json tcb;
  for (int i = 1; i <= 16; ++i) {
    tcb.set((i < 10 ? "sgxtcbcomp0" : "sgxtcbcomp") + std::to_string(i) + "svn", i);
  }
  tcb.set("pcesvn", 11);
  Json levels = Json::array();
  levels.push(dated(std::move(tcb), "2021-11-10T00:00:00Z", TcbStatus::kUpToDate, {}));
  return without(with(info_head("SGX"), "version", 2), "id").set("tcbLevels", std::move(levels));
}

Json qe_identity_json(bool tdx) {
  using enum TcbStatus;
  Json levels = Json::array();
  levels.push(svn_level(8, "2026-02-11T00:00:00Z", kUpToDate));
  levels.push(svn_level(6, "2023-02-15T00:00:00Z", kOutOfDate, {"INTEL-SA-00477"}));
  levels.push(svn_level(5, "2019-05-15T00:00:00Z", kRevoked));
  Json out = head(tdx ? "TD_QE" : "QE", 2);
  out.set("tcbEvaluationDataNumber", 21).set("miscselect", "00000000");
  out.set("miscselectMask", "FFFFFFFF").set("attributes", "11000000000000000000000000000000");
  out.set("attributesMask", "FBFFFFFFFFFFFFFF0000000000000000");
  out.set("mrsigner", std::string(64, 'a')).set("isvprodid", tdx ? 2 : 1);
  return out.set("tcbLevels", std::move(levels));
}

Json with(const Json& root, std::string_view path, Json value) {
  if (path.empty()) {
    return value;
  }
  const auto [step, rest] = first_step(path);
  Json out = root;
  if (root.is_array()) {
    const std::size_t index = std::stoul(std::string(step));
    out.items().at(index) = with(root.items().at(index), rest, std::move(value));
    return out;
  }
  const Json* child = root.find(step);
  return out.set(step, with(child == nullptr ? Json() : *child, rest, std::move(value)));
}

const Json& at(const Json& root, std::string_view path) {
  if (path.empty()) {
    return root;
  }
  const auto [step, rest] = first_step(path);
  return at(root.is_array() ? root.items().at(std::stoul(std::string(step))) : *root.find(step),
            rest);
}

Json without(const Json& root, std::string_view path) {
  const auto [step, rest] = first_step(path);
  if (!rest.empty()) {
    const Json& child =
        root.is_array() ? root.items().at(std::stoul(std::string(step))) : *root.find(step);
    return with(root, step, without(child, rest));
  }
  if (root.is_array()) {
    Json out = root;
    out.items().erase(out.items().begin() + std::stol(std::string(step)));
    return out;
  }
  Json::Object kept;
  for (const Json::Member& member : root.members()) {
    if (member.first != step) {
      kept.push_back(member);
    }
  }
  return Json::object(std::move(kept));
}

std::vector<std::string> paths_of(const Json& root) {
  std::vector<std::string> out;
  const auto add = [&out](const std::string& step, const Json& child) {
    out.push_back(step);
    for (const std::string& below : paths_of(child)) {
      out.push_back(step + "/" + below);
    }
  };
  if (root.is_object()) {
    for (const Json::Member& member : root.members()) {
      add(member.first, member.second);
    }
  } else if (root.is_array()) {
    for (std::size_t i = 0; i < root.items().size(); ++i) {
      add(std::to_string(i), root.items()[i]);
    }
  }
  return out;
}

}  // namespace claustrum::evidence::dcap
