// SPDX-License-Identifier: Apache-2.0
// Differences for people and programs. A widening stands first and in capitals.
#include <algorithm>

#include "claustrum/policy/compare.h"
#include "claustrum/policy/printable.h"

namespace claustrum::policy {

namespace {

bool is_wider(const Difference& difference) {
  return difference.change == Change::kWider || difference.change == Change::kChanged;
}

std::string label_of(Change change) {
  switch (change) {
    case Change::kWider:
      return "WIDER";
    case Change::kChanged:
      return "CHANGED (WIDER)";
    case Change::kNarrower:
      return "narrower";
    case Change::kReworded:
      return "reworded";
  }
  return "WIDER";
}

void add_line(std::string& out, const Difference& difference) {
  out += padded(label_of(difference.change), 17) + clean(difference.where) + "\n" + padded("", 17) +
         "was  " + clean(difference.before) + "\n" + padded("", 17) + "is   " +
         clean(difference.after) + "\n";
}

}  // namespace

std::string explain(const std::vector<Difference>& differences) {
  std::string out;
  const auto wider = std::ranges::count_if(differences, is_wider);
  if (wider != 0) {
    out += "*** WIDER: the new policy accepts what the old one refused (" + std::to_string(wider) +
           ") ***\n";
  } else {
    out += differences.empty() ? "equal\n" : "not wider: nothing is accepted that was refused\n";
  }
  for (const bool first : {true, false}) {
    for (const Difference& difference : differences) {
      if (is_wider(difference) == first) {
        add_line(out, difference);
      }
    }
  }
  return out;
}

codec::Json differences_json(const std::vector<Difference>& differences) {
  codec::Json list = codec::Json::array();
  for (const Difference& difference : differences) {
    codec::Json entry = codec::Json::object();
    entry.set("change", to_string(difference.change))
        .set("where", difference.where)
        .set("before", difference.before)
        .set("after", difference.after);
    list.push(std::move(entry));
  }
  codec::Json out = codec::Json::object();
  out.set("widens", widens(differences)).set("differences", std::move(list));
  return out;
}

}  // namespace claustrum::policy
