// SPDX-License-Identifier: Apache-2.0
// CoMID [draft-ietf-rats-corim, concise-mid-tag]: environments, measurements, reference triples.
// Unknown members are extension points of the format and are listed as left out; wrong types are
// errors.
#include "claustrum/policy/corim_values.h"

namespace claustrum::policy {

namespace {

using codec::Cbor;

constexpr std::size_t kMaxReferences = 1024;
constexpr std::size_t kMaxMeasurements = 1024;  // of one reference
constexpr std::size_t kMaxDigests = 64;

constexpr std::uint64_t kTagSvn = 552;
constexpr std::uint64_t kTagMinSvn = 553;
// Expressions of Intel's profile [draft-cds-rats-intel-corim-profile]: numeric, set of digests, set
// of texts.
constexpr std::uint64_t kTagNumeric = 60010;
constexpr std::uint64_t kTagDigestSet = 60020;
constexpr std::uint64_t kTagTextSet = 60021;
constexpr std::int64_t kAtLeast = 2;
constexpr std::int64_t kMember = 6;

std::string algorithm_text(const Cbor& value) {
  const auto number = value.as_integer();
  if (number == 1) {
    return "sha-256";
  }
  if (number == 7) {
    return "sha-384";
  }
  if (number == 8) {
    return "sha-512";
  }
  return number ? std::to_string(*number) : id_text(value);
}

Result<std::vector<CorimDigest>> read_digests(const Cbor& value) {
  const auto* list = value.as_array();
  if (list == nullptr || list->size() > kMaxDigests) {
    return corim_shape("digests are no list, or more than 64");
  }
  std::vector<CorimDigest> out;
  for (const Cbor& entry : *list) {
    const auto* pair = entry.as_array();
    const bool two = pair != nullptr && pair->size() == 2;
    const auto bytes = two ? (*pair)[1].as_bytes() : std::nullopt;
    if (!bytes) {
      return corim_shape("a digest is no pair of algorithm and bytes");
    }
    out.push_back({algorithm_text(pair->front()), to_bytes(*bytes)});
  }
  return out;
}

// Exact where nothing says "at least": a bare number and tag 552 are the same.
Result<CorimSvn> read_svn(const Cbor& value) {
  const bool tagged = value.type() == Cbor::Type::kTag;
  const bool minimum = tagged && value.tag_number() == kTagMinSvn;
  if (tagged && !minimum && value.tag_number() != kTagSvn) {
    return corim_shape("a security version under an unknown tag");
  }
  const auto number = (tagged ? *value.tagged() : value).as_integer();
  if (!number || *number < 0) {
    return corim_shape("a security version is no number");
  }
  return CorimSvn{minimum, *number};
}

Status read_registers(const Cbor& value, CorimMeasurement& out) {
  const auto* map = value.as_map();
  if (map == nullptr) {
    return corim_shape("integrity registers are no map");
  }
  for (const auto& [name, digests] : *map) {
    const std::string key = id_text(name);
    if (key.empty()) {
      return corim_shape("an integrity register has no name");
    }
    CLAUSTRUM_TRY_ASSIGN(out.registers[key], read_digests(digests));
  }
  return ok_status();
}

// [operator, operand] of an expression with this tag and operator; nullptr otherwise.
const Cbor* operand(const Cbor& value, std::uint64_t tag, std::int64_t op) {
  const Cbor* inner =
      value.type() == Cbor::Type::kTag && value.tag_number() == tag ? value.tagged() : nullptr;
  const auto* pair = inner == nullptr ? nullptr : inner->as_array();
  const bool fits = pair != nullptr && pair->size() == 2 && pair->front().as_integer() == op;
  return fits ? &pair->back() : nullptr;
}

// Members of Intel's profile; false: not one, or not an expression a policy can say.
Result<bool> read_intel(std::int64_t key, const Cbor& value, CorimMeasurement& out) {
  if (key == -86) {  // tcb-eval-num
    const Cbor* number = operand(value, kTagNumeric, kAtLeast);
    out.evaluation_number = number == nullptr ? std::nullopt : number->as_integer();
    return out.evaluation_number.has_value();
  }
  if (key == -88) {  // tcbstatus
    const Cbor* set = operand(value, kTagTextSet, kMember);
    const auto* list = set == nullptr ? nullptr : set->as_array();
    if (list == nullptr || list->size() > kMaxDigests) {
      return false;
    }
    for (const Cbor& entry : *list) {
      const auto text = entry.as_text();
      if (!text) {
        return corim_shape("a status is no text");
      }
      out.tcb_status.emplace_back(*text);
    }
    return true;
  }
  if (key == -83 || key == -84) {  // mrtee, mrsigner
    const Cbor* set = operand(value, kTagDigestSet, kMember);
    if (set == nullptr) {
      return false;
    }
    CLAUSTRUM_TRY_ASSIGN(out.registers[key == -83 ? "mrtee" : "mrsigner"], read_digests(*set));
    return true;
  }
  return false;
}

std::string member_name(const Cbor& key) {
  static const std::map<std::int64_t, std::string> kNames = {
      {0, "version"}, {3, "flags"}, {4, "raw-value"}, {5, "raw-value-mask"},
      {6, "mac"},     {7, "ip"},    {8, "serial"},    {9, "ueid"},
      {10, "uuid"},   {11, "name"}, {13, "keys"},     {15, "int-range"}};
  const auto number = key.as_integer();
  const auto known = number ? kNames.find(*number) : kNames.end();
  if (known != kNames.end()) {
    return known->second;
  }
  return number ? std::to_string(*number) : id_text(key);
}

Status read_values(const Cbor& values, CorimMeasurement& out) {
  const auto* map = values.as_map();
  if (map == nullptr) {
    return corim_shape("measured values are no map");
  }
  for (const auto& [key, value] : *map) {
    const auto number = key.as_integer();
    if (number == 1) {
      CLAUSTRUM_TRY_ASSIGN(out.svn, read_svn(value));
    } else if (number == 2) {
      CLAUSTRUM_TRY_ASSIGN(out.digests, read_digests(value));
    } else if (number == 14) {
      CLAUSTRUM_TRY(read_registers(value, out));
    } else {
      CLAUSTRUM_TRY_ASSIGN(const bool read,
                           number ? read_intel(*number, value, out) : Result<bool>(false));
      if (!read) {
        out.left_out.push_back(member_name(key));
      }
    }
  }
  return ok_status();
}

Result<CorimMeasurement> read_measurement(const Cbor& value) {
  CorimMeasurement out;
  CLAUSTRUM_TRY_ASSIGN(const Cbor* values, member(value, 1, "the values of a measurement"));
  if (const Cbor* key = value.find(std::int64_t{0})) {
    out.key = id_text(*key);
    if (out.key.empty()) {
      return corim_shape("a measurement's key is of an unknown type");
    }
  }
  CLAUSTRUM_TRY(read_values(*values, out));
  return out;
}

void add_part(std::string& text, const char* name, const std::string& value) {
  if (!value.empty()) {
    text += (text.empty() ? "" : ", ") + std::string(name) + " " + value;
  }
}

Status read_environment(const Cbor& value, CorimReference& out) {
  if (value.as_map() == nullptr) {
    return corim_shape("an environment is no map");
  }
  if (const Cbor* type = value.find(std::int64_t{0})) {
    static constexpr std::pair<std::int64_t, const char*> kParts[] = {
        {0, "class"}, {1, "vendor"}, {2, "model"}, {3, "layer"}, {4, "index"}};
    for (const auto& [key, name] : kParts) {
      const Cbor* part = type->as_map() == nullptr ? nullptr : type->find(key);
      add_part(out.environment, name, part == nullptr ? std::string() : id_text(*part));
      if (key == 2 && part != nullptr) {
        out.model = id_text(*part);
      }
    }
  }
  // A value for one device only must not become a rule for all: it is shown, and the person who
  // imports decides.
  const Cbor* instance = value.find(std::int64_t{1});
  const Cbor* group = value.find(std::int64_t{2});
  const auto shown = [](const Cbor* id) {
    const std::string text = id == nullptr ? std::string() : id_text(*id);
    return id != nullptr && text.empty() ? std::string("(of another type)") : text;
  };
  add_part(out.environment, "instance", shown(instance));
  add_part(out.environment, "group", shown(group));
  return ok_status();
}

Result<CorimReference> read_reference(const Cbor& value) {
  const auto* pair = value.as_array();
  const auto* list = pair != nullptr && pair->size() == 2 ? pair->back().as_array() : nullptr;
  if (list == nullptr || list->empty() || list->size() > kMaxMeasurements) {
    return corim_shape("a reference is no pair of environment and 1 to 1024 measurements");
  }
  CorimReference out;
  CLAUSTRUM_TRY(read_environment(pair->front(), out));
  for (const Cbor& measurement : *list) {
    CLAUSTRUM_TRY_ASSIGN(CorimMeasurement read, read_measurement(measurement));
    out.measurements.push_back(std::move(read));
  }
  return out;
}

std::string triples_name(const Cbor& key) {
  static const std::map<std::int64_t, std::string> kNames = {{1, "endorsed"},
                                                             {2, "identity"},
                                                             {3, "attest-key"},
                                                             {4, "dependency"},
                                                             {5, "domain membership"},
                                                             {6, "CoSWID"},
                                                             {8, "conditional endorsement series"},
                                                             {10, "conditional endorsement"}};
  const auto number = key.as_integer();
  const auto known = number ? kNames.find(*number) : kNames.end();
  if (known != kNames.end()) {
    return known->second;
  }
  return number ? std::to_string(*number) : id_text(key);
}

}  // namespace

Result<Comid> parse_comid(BytesView data) {
  if (data.size() > kMaxCorimLen) {
    return Error(Code::kExhausted, "corim.limit", "longer than 1 MiB");
  }
  CLAUSTRUM_TRY_ASSIGN(const Cbor root, codec::parse_cbor(data));
  Comid out;
  CLAUSTRUM_TRY_ASSIGN(const Cbor* identity, member(root, 1, "the tag's identity"));
  CLAUSTRUM_TRY_ASSIGN(const Cbor* id, member(*identity, 0, "the tag's id"));
  out.id = id_text(*id);
  CLAUSTRUM_TRY_ASSIGN(const Cbor* triples, member(root, 4, "the tag's triples"));
  if (triples->as_map() == nullptr) {
    return corim_shape("triples are no map");
  }
  for (const auto& [kind, list] : *triples->as_map()) {
    if (kind.as_integer() != 0) {
      out.left_out.push_back(triples_name(kind));
      continue;
    }
    const auto* references = list.as_array();
    if (references == nullptr || references->size() > kMaxReferences) {
      return corim_shape("reference triples are no list, or more than 1024");
    }
    for (const Cbor& reference : *references) {
      CLAUSTRUM_TRY_ASSIGN(CorimReference read, read_reference(reference));
      out.references.push_back(std::move(read));
    }
  }
  return out;
}

}  // namespace claustrum::policy
