// SPDX-License-Identifier: Apache-2.0
// A broker killed at any moment has lost no decision that it acknowledged, and starts again.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT: kill is not in <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "claustrum/broker/test_scene.h"

namespace claustrum::broker {
namespace {

using test::master_key;

// Records decisions, and acknowledges each with its position, for ever.
[[noreturn]] void record_and_acknowledge(const std::string& path, int pipe) {
  const auto state = State::open(path, master_key());
  for (std::uint64_t next = state.ok() ? (*state)->tree().size() : 0; state.ok(); ++next) {
    const std::string text = "entry " + std::to_string(next);
    const auto position =
        (*state)->record(as_bytes(text), text, codec::Json::object().set("text", text));
    if (!position.ok() || *position != next ||
        ::write(pipe, &next, sizeof next) != static_cast<ssize_t>(sizeof next)) {
      break;
    }
  }
  ::_exit(1);
}

// The last position acknowledged before the kill; none: `before`.
std::uint64_t run_and_kill(const std::string& path, std::uint64_t before, useconds_t wait) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    record_and_acknowledge(path, ends[1]);
  }
  ::close(ends[1]);
  ::usleep(wait);
  ::kill(child, SIGKILL);
  std::uint64_t acknowledged = before;
  for (std::uint64_t position = 0;
       ::read(ends[0], &position, sizeof position) == sizeof position;) {
    acknowledged = position + 1;
  }
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  return acknowledged;
}

TEST(BrokerStateKill, NoAcknowledgedDecisionIsLost) {
  const store::testing::TempFolder folder;
  const std::string path = folder.path("broker.db");
  std::uint64_t size = 0;
  for (unsigned round = 0; round < 12; ++round) {
    const std::uint64_t acknowledged = run_and_kill(path, size, 60'000 + round * 7919 % 60'000);
    const auto state = State::open(path, master_key());
    ASSERT_TRUE(state.ok()) << state.error().message();
    const std::uint64_t found = (*state)->tree().size();
    EXPECT_GE(found, acknowledged);
    EXPECT_LE(found, acknowledged + 1);  // committed, killed before it could say so
    for (std::uint64_t i = size; i < found; ++i) {
      const std::string text = "entry " + std::to_string(i);
      EXPECT_EQ(as_text(*(*state)->ledger_entry(i)), text);
      EXPECT_TRUE((*state)->audit(text).ok());
    }
    size = found;
  }
  EXPECT_GT(size, 12U);
}

}  // namespace
}  // namespace claustrum::broker
