// SPDX-License-Identifier: Apache-2.0
#include "claustrum/simulator/identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "claustrum/simulator/files.h"

namespace claustrum::simulator {
namespace {

std::string fresh_directory(const char* name) {
  const std::string path =
      ::testing::TempDir() + "claustrum-identity-" + name + "-" + std::to_string(::getpid());
  std::filesystem::remove_all(path);
  return path;
}

TEST(SimIdentity, EveryNameSaysWhatItIs) {
  const SimulatedName name = simulated_name("Intel SGX Root CA");
  EXPECT_EQ(name.back(), (std::pair<std::string, std::string>("CN", "Intel SGX Root CA")));
  EXPECT_EQ(name[1].second, "Claustrum simulator, no protection");
}

TEST(SimIdentity, SavesAndLoads) {
  const std::string directory = fresh_directory("save");
  ASSERT_TRUE(make_private_directory(directory).ok());
  const Identity made{crypto::PrivateKey::generate(crypto::KeyKind::kP256), Bytes{1, 2, 3}};
  ASSERT_TRUE(save_identity(directory, "one", made).ok());
  EXPECT_FALSE(save_identity(directory, "one", made).ok());
  const Result<Identity> loaded = load_identity(directory, "one");
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->certificate, made.certificate);
  EXPECT_TRUE(loaded->key.public_key() == made.key.public_key());
  EXPECT_EQ(load_identity(directory, "two").error().code(), Code::kNotFound);
  std::filesystem::remove_all(directory);
}

TEST(SimIdentity, WhoComesSecondFindsTheFirstsDirectory) {
  const std::string directory = fresh_directory("publish");
  const auto writes = [](const char* text) {
    return [text](const std::string& draft) -> Status {
      CLAUSTRUM_TRY(make_private_directory(draft));
      return write_new_file(draft + "/file", as_bytes(text));
    };
  };
  EXPECT_TRUE(publish_directory(directory, writes("first")).ok());
  EXPECT_TRUE(publish_directory(directory, writes("second")).ok());
  EXPECT_EQ(read_file(directory + "/file").value(), to_bytes("first"));
  EXPECT_FALSE(std::filesystem::exists(directory + ".new-" + std::to_string(::getpid())));
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace claustrum::simulator
