// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/broker_files.h"

#include <filesystem>

#include "claustrum/app/key_files.h"

namespace claustrum::app {

namespace {

// What cannot be looked at counts as there: nothing is made in its place.
bool is_missing(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::symlink_status(path, ignored).type() ==
         std::filesystem::file_type::not_found;
}

Result<std::unique_ptr<broker::State>> open_with(const BrokerFiles& files,
                                                 Result<store::MasterKey> master) {
  if (!master.ok() && master.error().reason() == "file.missing") {
    return Error(Code::kNotFound, "broker.master_key",
                 "there is no master key " + files.master_key + "; the database " + files.database +
                     " opens only with the one it was made with");
  }
  if (!master.ok()) {
    return master.error();
  }
  Result<std::unique_ptr<broker::State>> state =
      broker::State::open(files.database, std::move(master).value());
  if (!state.ok() && state.error().reason() == "store.row") {
    return Error(state.error().code(), state.error().reason(),
                 state.error().text() + "; wrong master key? " + files.master_key +
                     " does not open " + files.database);
  }
  return state;
}

}  // namespace

Result<std::unique_ptr<broker::State>> open_broker(const BrokerFiles& files) {
  if (is_missing(files.database)) {
    return Error(
        Code::kNotFound, "broker.database",
        "there is no database " + files.database + "; `profile make` and `broker put` make one");
  }
  return open_with(files, load_secret(files.master_key));
}

Result<std::unique_ptr<broker::State>> open_or_make_broker(const BrokerFiles& files) {
  // In this order: a database seen here had its key before.
  if (!is_missing(files.database)) {
    return open_broker(files);
  }
  return open_with(files, load_or_make_secret(files.master_key));
}

}  // namespace claustrum::app
