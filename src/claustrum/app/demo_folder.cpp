// SPDX-License-Identifier: Apache-2.0
#include "claustrum/app/demo_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>

namespace claustrum::app {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "claustrum-demo-";

// The process in a folder's name, 0 where it is none of ours.
pid_t owner_in(std::string_view name) {
  if (!name.starts_with(kPrefix)) {
    return 0;
  }
  name.remove_prefix(kPrefix.size());
  pid_t owner = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), owner);
  const bool named = error == std::errc() && end != name.data() + name.size() && *end == '-';
  return named ? owner : 0;
}

void remove_stale(const fs::path& parent) {
  std::error_code ignored;
  fs::directory_iterator entry(parent, ignored);
  for (; !ignored && entry != fs::directory_iterator(); entry.increment(ignored)) {
    const std::string path = entry->path().string();
    const pid_t owner = owner_in(entry->path().filename().string());
    struct stat status {};
    const bool gone = owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH;
    if (gone && ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
        status.st_uid == ::geteuid()) {
      std::error_code failed;
      fs::remove_all(path, failed);
    }
  }
}

}  // namespace

Result<std::string> make_demo_folder() {
  std::error_code failed;
  const fs::path parent = fs::temp_directory_path(failed);
  if (failed) {
    return Error(Code::kUnavailable, "demo.folder", "no folder for temporary files");
  }
  remove_stale(parent);
  std::string folder = parent / (std::string(kPrefix) + std::to_string(::getpid()) + "-XXXXXX");
  if (::mkdtemp(folder.data()) == nullptr) {
    return Error(Code::kUnavailable, "demo.folder", "cannot make a folder in " + parent.string());
  }
  return folder;
}

}  // namespace claustrum::app
