// SPDX-License-Identifier: Apache-2.0
// The engine's jail from both sides: a probe in the engine's place tells what it sees and what it
// may do, and the parent sees what is refused. Needs root.
#include "claustrum/gateway/core/engine_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "claustrum/codec/json.h"
#include "claustrum/crypto/hash.h"

namespace claustrum::gateway {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view kWeights = "weights of a model";
constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

int weights_in_memory(int seals) {
  const int fd = ::memfd_create("weights", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  EXPECT_EQ(::write(fd, kWeights.data(), kWeights.size()), static_cast<ssize_t>(kWeights.size()));
  EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, seals), 0);
  return fd;
}

Bytes contents_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return to_bytes(std::string((std::istreambuf_iterator<char>(in)), {}));
}

// A process that is gone or waits to be reaped.
bool ended(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const std::size_t at = text.rfind(") ");
  return at == std::string::npos || text[at + 2] == 'Z';
}

class EngineJail : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) {
      GTEST_SKIP() << "isolating a process needs root";
    }
    folder_ = fs::temp_directory_path() / ("claustrum-jail-test-" + std::to_string(::getpid()));
    fs::create_directory(folder_);
    ::setenv("TMPDIR", folder_.c_str(), 1);
    weights_ = weights_in_memory(kSeals);
    spec_.binary = {"engine", CLAUSTRUM_JAIL_PROBE,
                    to_bytes(crypto::sha256(contents_of(CLAUSTRUM_JAIL_PROBE)))};
    spec_.arguments = {"serve", "--connect", "http://127.0.0.1:1", "--abstract", "x"};
    spec_.environment = {{"LANG", "C.UTF-8"}, {"PROBE", "a=b c"}};
    spec_.model_fd = weights_;
    spec_.start_timeout_ms = 20'000;
  }
  void TearDown() override {
    if (weights_ >= 0) {
      ::close(weights_);
      EXPECT_TRUE(fs::is_empty(folder_)) << "a folder was left behind";
      fs::remove_all(folder_);
      ::unsetenv("TMPDIR");
    }
  }

  EngineFile library(const std::string& name, std::string_view contents) {
    const std::string path = folder_.string() + "." + name;
    std::ofstream(path) << contents;
    return {name, path, to_bytes(crypto::sha256(as_bytes(contents)))};
  }

  std::unique_ptr<EngineProcess> start() {
    Result<std::unique_ptr<EngineProcess>> engine = EngineProcess::start(spec_);
    EXPECT_TRUE(engine.ok()) << engine.error().message();
    return engine.ok() ? std::move(engine).value() : nullptr;
  }

  void expect_refused(Code code, std::string_view reason) {
    const Result<std::unique_ptr<EngineProcess>> engine = EngineProcess::start(spec_);
    ASSERT_FALSE(engine.ok());
    EXPECT_EQ(engine.error().code(), code) << engine.error().message();
    EXPECT_EQ(engine.error().reason(), reason) << engine.error().message();
  }

  static codec::Json ask(const EngineProcess& engine) {
    net::Request request;
    request.target = "/probe";
    const Result<net::Response> answer = net::send(engine.endpoint(), request);
    EXPECT_TRUE(answer.ok()) << answer.error().message();
    const Result<codec::Json> json = codec::parse_json(answer.ok() ? answer->body : Bytes());
    EXPECT_TRUE(json.ok()) << json.error().message();
    return json.ok() ? *json : codec::Json::object();
  }
  codec::Json probe() {
    const std::unique_ptr<EngineProcess> engine = start();
    return engine == nullptr ? codec::Json::object() : ask(*engine);
  }

  static std::vector<std::string> names(const codec::Json& seen, std::string_view member) {
    std::vector<std::string> out;
    const Result<codec::Json> list = seen.array_at(member);
    EXPECT_TRUE(list.ok()) << member;
    for (const codec::Json& name : list.ok() ? list->items() : codec::Json::Array()) {
      out.push_back(name.string());
    }
    std::ranges::sort(out);
    return out;
  }

  fs::path folder_;
  int weights_ = -1;
  EngineSpec spec_;
};

TEST_F(EngineJail, RunsAsNobodyElseWithoutAnyPrivilege) {
  const codec::Json seen = probe();
  EXPECT_EQ(*seen.integer_at("uid"), 62831);
  EXPECT_EQ(*seen.integer_at("gid"), 62831);
  EXPECT_EQ(*seen.integer_at("groups"), 0);
  EXPECT_EQ(*seen.integer_at("no-new-privileges"), 1);
  const std::string status = *seen.string_at("status");
  for (const char* set : {"CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t", "CapAmb:\t"}) {
    EXPECT_NE(status.find(set + std::string("0000000000000000")), std::string::npos) << set;
  }
  EXPECT_NE(*seen.string_at("become-root"), "ok");
  EXPECT_NE(*seen.string_at("user-namespace"), "ok");
}

TEST_F(EngineJail, SeesItsOwnFilesAndSystemLibrariesAndNothingElse) {
  spec_.libraries = {library("libggml-cpu.so", "code")};
  const codec::Json seen = probe();
  std::vector<std::string> allowed = {"engine", "lib", "lib64", "proc", "run", "usr"};
  for (const std::string& name : names(seen, "root")) {
    EXPECT_TRUE(std::ranges::count(allowed, name) == 1) << name;
  }
  for (const std::string& name : names(seen, "usr")) {
    EXPECT_TRUE(name == "lib" || name == "lib64") << name;
  }
  EXPECT_EQ(names(seen, "engine"), (std::vector<std::string>{"engine", "libggml-cpu.so"}));
  EXPECT_EQ(*seen.string_at("cwd"), "/");
  fs::remove(spec_.libraries[0].path);
}

TEST_F(EngineJail, SeesNoOtherProcess) {
  const codec::Json seen = probe();
  EXPECT_EQ(*seen.integer_at("pid"), 1);
  const std::string command = *seen.string_at("command-of-1");
  EXPECT_TRUE(command.starts_with("/engine/engine serve")) << command;
  for (const std::string& name : names(seen, "proc")) {
    EXPECT_TRUE(name == "1" || name == "self" || name == "thread-self") << name;
  }
}

TEST_F(EngineJail, GetsExactlyTheArgumentsAndEnvironmentOfInitData) {
  const codec::Json seen = probe();
  EXPECT_EQ(*seen.string_at("command-of-1"),
            "/engine/engine serve --connect http://127.0.0.1:1 --abstract x --model "
            "/proc/self/fd/3 --socket /run/engine.sock --backends /engine ");
  EXPECT_EQ(names(seen, "environment"),
            (std::vector<std::string>{"LANG=C.UTF-8", "LD_LIBRARY_PATH=/engine", "PROBE=a=b c"}));
}

TEST_F(EngineJail, HoldsTheWeightsAndNoOtherDescriptor) {
  const int secret = ::open("/etc/hostname", O_RDONLY);  // inheritable: not close-on-exec
  const codec::Json seen = probe();
  ::close(secret);
  const std::vector<std::string> open = names(seen, "descriptors");
  ASSERT_EQ(open.size(), 4U) << codec::to_json(seen);
  for (int fd = 0; fd < 3; ++fd) {
    EXPECT_EQ(open[static_cast<std::size_t>(fd)].substr(0, 11), std::to_string(fd) + " /dev/null");
  }
  EXPECT_TRUE(open[3].starts_with("3 /memfd:weights"));
  EXPECT_EQ(*seen.string_at("weights"), kWeights);
}

TEST_F(EngineJail, ReadsTheWeightsWhateverTheirDescriptor) {
  // Descriptors where the child puts its own: a clumsy order would overwrite them.
  for (const int number : {3, 4, 5, 10}) {
    const int saved = ::fcntl(number, F_DUPFD_CLOEXEC, 100);
    ASSERT_GE(::dup2(weights_, number), 0);
    spec_.model_fd = number;
    EXPECT_EQ(*probe().string_at("weights"), kWeights) << number;
    if (saved >= 0) {
      ::dup2(saved, number);
      ::close(saved);
    } else {
      ::close(number);
    }
  }
}

TEST_F(EngineJail, HasNoNetwork) {
  net::ServerOptions options;
  options.endpoint = *net::Endpoint::parse("http://127.0.0.1:0");
  std::atomic<int> connections = 0;
  const auto server =
      net::Server::start(options, [&](const net::Request&, net::ResponseWriter& out) {
        ++connections;
        (void)out.respond({});
      });
  ASSERT_TRUE(server.ok());
  // A socket without a file, as many agents in a guest have one.
  const std::string name = "claustrum-jail-test-" + std::to_string(::getpid());
  const int agent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path + 1, name.data(), name.size());
  ASSERT_EQ(::bind(agent, static_cast<const sockaddr*>(static_cast<const void*>(&at)),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  ASSERT_EQ(::listen(agent, 1), 0);
  spec_.arguments = {"serve", "--connect", (*server)->endpoint().text(), "--abstract", name};
  const codec::Json seen = probe();
  ::close(agent);
  EXPECT_NE(*seen.string_at("connect"), "ok");
  EXPECT_EQ(connections, 0);
  EXPECT_EQ(*seen.string_at("abstract"), "ECONNREFUSED");
  const std::string interfaces = *seen.string_at("interfaces");
  EXPECT_EQ(std::ranges::count(interfaces, '\n'), 3) << interfaces;  // two of heading, "lo"
  const std::string routes = *seen.string_at("routes");
  EXPECT_LE(std::ranges::count(routes, '\n'), 1) << routes;  // its heading at most
}

TEST_F(EngineJail, WritesNoFile) {
  const codec::Json seen = probe();
  for (const char* place :
       {"write-root", "write-engine", "write-lib", "write-run", "write-weights"}) {
    EXPECT_NE(*seen.string_at(place), "ok") << place;
  }
  EXPECT_EQ(*seen.integer_at("core-limit"), 0);
  EXPECT_EQ(*seen.integer_at("file-limit"), 0);
  EXPECT_EQ(*seen.integer_at("descriptor-limit"), 128);
  EXPECT_EQ(contents_of("/proc/self/fd/" + std::to_string(weights_)), to_bytes(kWeights));
}

TEST_F(EngineJail, HasNoDevicesAndNoSetUidMounts) {
  std::istringstream mounts(*probe().string_at("mounts"));
  std::string line;
  std::size_t count = 0;
  while (std::getline(mounts, line)) {
    ++count;
    EXPECT_NE(line.find("nodev"), std::string::npos) << line;
    EXPECT_NE(line.find("nosuid"), std::string::npos) << line;
    const bool run = line.find(" /run ") != std::string::npos;
    const bool proc = line.find(" /proc ") != std::string::npos;
    EXPECT_EQ(line.find(" ro,") == std::string::npos, run || proc) << line;
  }
  EXPECT_GE(count, 4U);
}

TEST_F(EngineJail, WhatTheEngineSaysIsSwallowed) {
  spec_.arguments[0] = "noisy";
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const int saved_out = ::fcntl(1, F_DUPFD_CLOEXEC, 50);
  const int saved_err = ::fcntl(2, F_DUPFD_CLOEXEC, 50);
  ::dup2(ends[1], 1);
  ::dup2(ends[1], 2);
  const codec::Json seen = probe();
  ::dup2(saved_out, 1);
  ::dup2(saved_err, 2);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), -1);
  for (const int fd : {saved_out, saved_err, ends[0], ends[1]}) {
    ::close(fd);
  }
}

TEST_F(EngineJail, WorksUnderAStrictUmask) {
  const mode_t before = ::umask(0777);
  const codec::Json seen = probe();
  ::umask(before);
  EXPECT_EQ(*seen.integer_at("pid"), 1);
}

TEST_F(EngineJail, AnAlteredExecutableOrLibraryIsNotStarted) {
  spec_.libraries = {library("libllama.so", "code")};
  spec_.libraries[0].sha256[0] ^= 1;
  expect_refused(Code::kMismatch, "engine.digest");
  spec_.libraries[0].sha256[0] ^= 1;
  spec_.binary.sha256.pop_back();
  expect_refused(Code::kMismatch, "engine.digest");
  fs::remove(spec_.libraries[0].path);
}

TEST_F(EngineJail, FilesAreNamedPlainlyAndOnce) {
  const EngineFile good = library("libllama.so", "code");
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "/a", "a b", "a\nb"}) {
    spec_.libraries = {{name, good.path, good.sha256}};
    expect_refused(Code::kMalformed, "engine.file");
  }
  spec_.libraries = {good, good};
  expect_refused(Code::kMalformed, "engine.file");
  spec_.libraries = {{"engine", good.path, good.sha256}};
  expect_refused(Code::kMalformed, "engine.file");
  spec_.libraries = {{"absent.so", "/nonexistent", good.sha256}};
  expect_refused(Code::kNotFound, "engine.file");
  fs::remove(good.path);
}

TEST_F(EngineJail, WeightsThatCouldBeRewrittenAreRefused) {
  for (const int seals : {0, F_SEAL_SHRINK | F_SEAL_GROW, int{F_SEAL_WRITE}}) {
    spec_.model_fd = weights_in_memory(seals);
    expect_refused(Code::kMismatch, "engine.weights");
    ::close(spec_.model_fd);
  }
  spec_.model_fd = -1;
  expect_refused(Code::kMismatch, "engine.weights");
}

TEST_F(EngineJail, AnEngineThatEndsOrStaysSilentIsAnError) {
  spec_.arguments[0] = "exit";
  expect_refused(Code::kUnavailable, "engine.start");
  spec_.arguments[0] = "silent";
  spec_.start_timeout_ms = 300;
  expect_refused(Code::kUnavailable, "engine.start");
}

TEST_F(EngineJail, SomethingThatIsNoProgramIsAnError) {
  const EngineFile text = library("engine.txt", "no program");
  spec_.binary = text;
  const Result<std::unique_ptr<EngineProcess>> engine = EngineProcess::start(spec_);
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.error().reason(), "engine.start");
  EXPECT_NE(engine.error().text().find("cannot be executed"), std::string::npos);
  fs::remove(text.path);
}

TEST_F(EngineJail, ALinkInPlaceOfTheSocketLeadsNowhere) {
  net::ServerOptions options;
  options.endpoint.kind = net::Endpoint::Kind::kUnix;
  options.endpoint.path = folder_.string() + ".agent";
  std::atomic<int> requests = 0;
  const auto agent =
      net::Server::start(options, [&](const net::Request&, net::ResponseWriter& out) {
        ++requests;
        (void)out.respond({});
      });
  ASSERT_TRUE(agent.ok());
  spec_.arguments = {"link", options.endpoint.path};
  spec_.start_timeout_ms = 1'000;
  expect_refused(Code::kUnavailable, "engine.start");
  EXPECT_EQ(requests, 0);
}

TEST_F(EngineJail, CannotReplaceItsSocketOnceItServes) {
  const std::unique_ptr<EngineProcess> engine = start();
  ASSERT_NE(engine, nullptr);
  struct stat run {};
  ASSERT_EQ(::stat(fs::path(engine->endpoint().path).parent_path().c_str(), &run), 0);
  EXPECT_EQ(run.st_uid, 0U);
  EXPECT_EQ(run.st_mode & 0777, 0700U);
}

TEST_F(EngineJail, DiesWithItsOwner) {
  std::unique_ptr<EngineProcess> engine = start();
  ASSERT_NE(engine, nullptr);
  EXPECT_TRUE(engine->alive());
  const pid_t pid = engine->pid();
  engine.reset();
  EXPECT_TRUE(ended(pid));
}

TEST_F(EngineJail, KnowsThatTheEngineIsGone) {
  const std::unique_ptr<EngineProcess> engine = start();
  ASSERT_NE(engine, nullptr);
  ::kill(engine->pid(), SIGKILL);
  for (int i = 0; i < 200 && engine->alive(); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_FALSE(engine->alive());
  EXPECT_FALSE(engine->alive());
}

// Whoever is killed cannot clean up: the kernel ends the engine, the next start tidies the folder.
TEST_F(EngineJail, DiesWhenItsParentIsKilledAndItsFolderGoesLater) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    const auto engine = EngineProcess::start(spec_);
    const pid_t pid = engine.ok() ? (*engine)->pid() : -1;
    if (::write(ends[1], &pid, sizeof pid) == sizeof pid) {
      ::pause();
    }
    ::_exit(1);
  }
  pid_t engine = -1;
  ASSERT_EQ(::read(ends[0], &engine, sizeof engine), static_cast<ssize_t>(sizeof engine));
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_GT(engine, 0);
  EXPECT_FALSE(ended(engine));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  for (int i = 0; i < 500 && !ended(engine); ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(ended(engine));
  EXPECT_FALSE(fs::is_empty(folder_));
  EXPECT_NE(start(), nullptr);
}

TEST(EngineProcess, WithoutRootThereIsNoIsolationAndNoEngine) {
  if (::geteuid() == 0 && ::seteuid(65534) != 0) {
    GTEST_SKIP() << "cannot become another user";
  }
  const Result<std::unique_ptr<EngineProcess>> engine = EngineProcess::start({});
  if (::getuid() == 0) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ASSERT_FALSE(engine.ok());
  EXPECT_EQ(engine.error().code(), Code::kUnauthorised);
  EXPECT_EQ(engine.error().reason(), "engine.privilege");
}

}  // namespace
}  // namespace claustrum::gateway
