// SPDX-License-Identifier: Apache-2.0
// A process killed at any moment has lost no row it acknowledged [PROTOCOL 9, 10: debit before
// decrypt].
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT: kill is not in <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "claustrum/store/test_database.h"

namespace claustrum::store {
namespace {

using testing::count_items;
using testing::insert;
using testing::open_or_die;
using testing::TempFolder;

// Commits rows from `next` on and acknowledges each by one byte, for ever.
[[noreturn]] void commit_and_acknowledge(const std::string& path, std::int64_t next, int pipe) {
  const auto database = open_or_die(path);
  for (;; ++next) {
    auto transaction = database->begin();
    const bool stored = transaction.ok() &&
                        insert(*transaction, next, std::to_string(next), Bytes(300, 7)).ok() &&
                        transaction->commit().ok();
    if (!stored || ::write(pipe, "x", 1) != 1) {
      ::_exit(1);
    }
  }
}

enum class Start { kAtOnce, kAfterFirstRow };

// Rows acknowledged before the kill, which comes `wait` after the start (of the process, to catch
// it while it opens the database, or of its work).
std::int64_t run_and_kill(const std::string& path, std::int64_t next, Start start,
                          useconds_t wait) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    commit_and_acknowledge(path, next, ends[1]);
  }
  ::close(ends[1]);
  std::int64_t acknowledged = 0;
  if (char byte = 0; start == Start::kAfterFirstRow) {
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    ++acknowledged;
  }
  ::usleep(wait);
  ::kill(child, SIGKILL);
  for (char byte = 0; ::read(ends[0], &byte, 1) == 1;) {
    ++acknowledged;
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  return acknowledged;
}

TEST(StoreKill, NoAcknowledgedRowIsLost) {
  const TempFolder folder;
  const std::string path = folder.path("state.db");
  std::int64_t rows = 0;
  std::int64_t acknowledged_in_all = 0;
  for (unsigned round = 0; round < 25; ++round) {
    const Start start = round % 3 == 0 ? Start::kAtOnce : Start::kAfterFirstRow;
    const useconds_t wait = round * 7919 % 40'000;
    const std::int64_t acknowledged = run_and_kill(path, rows, start, wait);
    acknowledged_in_all += acknowledged;
    const auto database = open_or_die(path);  // checks integrity
    const std::int64_t found = *count_items(*database);
    EXPECT_GE(found, rows + acknowledged);
    EXPECT_LE(found, rows + acknowledged + 1);  // committed, killed before it could say so
    rows = found;
  }
  EXPECT_GE(acknowledged_in_all, 16);
}

}  // namespace
}  // namespace claustrum::store
