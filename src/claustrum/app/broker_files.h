// SPDX-License-Identifier: Apache-2.0
// The broker's two files, its database and the master key that seals its rows [PROTOCOL 9]. They
// are made together or not at all. Guards against a mistyped path that makes a second, empty
// broker, whose log would be signed with the real log's key, and against a fresh key beside rows
// that only the old one opens.
#pragma once

#include "claustrum/broker/state.h"

namespace claustrum::app {

struct BrokerFiles {
  std::string database;
  std::string master_key;
};

// Both files must be there: not_found "broker.database", "broker.master_key".
Result<std::unique_ptr<broker::State>> open_broker(const BrokerFiles& files);
// Makes what is missing, but no key where there is a database. Of processes that do so at the same
// time all get the same key.
Result<std::unique_ptr<broker::State>> open_or_make_broker(const BrokerFiles& files);

}  // namespace claustrum::app
