// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/events.h"

#include <gtest/gtest.h>

#include "claustrum/codec/hex.h"
#include "claustrum/evidence/tcg/test_logs.h"

namespace claustrum::evidence::tcg {
namespace {

using crypto::HashAlg;

// An event of a TD whose digest is of `measured`.
NamedEvent name(std::uint32_t type, BytesView data, BytesView measured) {
  return name_event({1, type, crypto::hash(HashAlg::kSha384, measured), to_bytes(data)},
                    HashAlg::kSha384);
}

Bytes text(std::string_view value) {
  return to_bytes(value);
}

TEST(TcgEvents, DataCountsWhereItsHashIsTheDigest) {
  const NamedEvent action = name(kEvEfiAction, text("Exit Boot Services Invocation"),
                                 text("Exit Boot Services Invocation"));
  EXPECT_EQ(action.type, "EV_EFI_ACTION");
  EXPECT_EQ(action.covers, Covers::kData);
  EXPECT_EQ(action.text, "Exit Boot Services Invocation");
  EXPECT_FALSE(action.variable.has_value());
}

// What boot loaders write beside the digest of a file.
TEST(TcgEvents, DataThatTheDigestIsNotOfIsLeftOut) {
  const NamedEvent file = name(kEvIpl, text("/vmlinuz"), text("the kernel's bytes"));
  EXPECT_EQ(file.covers, Covers::kNothing);
  EXPECT_TRUE(file.text.empty());
  const NamedEvent variable =
      name(kEvEfiVariableDriverConfig, variable_data("SecureBoot", Bytes{1}), text("another"));
  EXPECT_EQ(variable.covers, Covers::kNothing);
  EXPECT_FALSE(variable.variable.has_value());
}

TEST(TcgEvents, LabelsAndTerminatorsAreNotMeasured) {
  for (const std::string label : {"", "grub_cmd: ", "kernel_cmdline: ", "module_cmdline: "}) {
    const std::string data = label + "root=/dev/vda";
    for (const std::size_t nul : {0U, 1U}) {
      const NamedEvent command =
          name(kEvIpl, text(data + std::string(nul, '\0')), text("root=/dev/vda"));
      EXPECT_NE(command.covers, Covers::kNothing) << data;
      EXPECT_EQ(command.text, "root=/dev/vda") << data;
    }
  }
  // Another type's digest is of all of its data.
  EXPECT_EQ(name(kEvAction, text("grub_cmd: x"), text("x")).covers, Covers::kNothing);
  EXPECT_EQ(name(kEvIpl, text("another_label: x"), text("x")).covers, Covers::kNothing);
}

TEST(TcgEvents, Ucs2TextsAreRead) {
  const Bytes line = concat({ucs2("console=ttyS0"), Bytes(2, 0)});
  EXPECT_EQ(name(kEvIpl, line, line).text, "console=ttyS0");
  EXPECT_EQ(name(kEvSCrtmVersion, ucs2("Firmware v1"), ucs2("Firmware v1")).text, "Firmware v1");
}

TEST(TcgEvents, OnlyPrintableTextIsShown) {
  for (const std::string& odd : {std::string("\x1b[2J"), std::string("a\0b", 3), std::string(),
                                 std::string("caf\xc3\xa9"), std::string("\x7f")}) {
    const NamedEvent event = name(kEvIpl, text(odd), text(odd));
    EXPECT_EQ(event.covers, Covers::kData);
    EXPECT_TRUE(event.text.empty());
  }
  EXPECT_TRUE(name(kEvSeparator, Bytes(4, 0), Bytes(4, 0)).text.empty());
}

TEST(TcgEvents, VariablesHaveNames) {
  const Bytes data = variable_data("SecureBoot", Bytes{1});
  const NamedEvent event = name(kEvEfiVariableDriverConfig, data, data);
  ASSERT_TRUE(event.variable.has_value());
  EXPECT_EQ(event.variable->guid, "8be4df61-93ca-11d2-aa0d-00e098032b8c");
  EXPECT_EQ(event.variable->name, "SecureBoot");
  EXPECT_EQ(event.variable->value, Bytes{1});
}

// Older firmware measures boot variables without their names: any name could stand there.
TEST(TcgEvents, AVariableMeasuredByValueHasNoName) {
  const NamedEvent event =
      name(kEvEfiVariableBoot, variable_data("BootOrder", Bytes{0, 1}), Bytes{0, 1});
  EXPECT_EQ(event.covers, Covers::kValue);
  ASSERT_TRUE(event.variable.has_value());
  EXPECT_EQ(event.variable->value, (Bytes{0, 1}));
  EXPECT_TRUE(event.variable->name.empty());
  EXPECT_TRUE(event.variable->guid.empty());
}

TEST(TcgEvents, AVariableOfAnotherShapeHasNoName) {
  const Bytes good = variable_data("SecureBoot", Bytes{1});
  std::vector<Bytes> odd = {concat({good, Bytes{0}}), variable_data("", Bytes{1}),
                            variable_data(std::string(513, 'x'), Bytes{1})};
  for (std::size_t size = 0; size < good.size(); ++size) {
    odd.push_back(to_bytes(BytesView(good).first(size)));
  }
  Bytes wide = good;
  wide[33] = 0x20;
  odd.push_back(wide);
  for (const Bytes& data : odd) {
    const NamedEvent event = name(kEvEfiVariableDriverConfig, data, data);
    EXPECT_EQ(event.covers, Covers::kData);
    EXPECT_FALSE(event.variable.has_value());
  }
}

TEST(TcgEvents, UnknownTypesAreNumbers) {
  EXPECT_EQ(name(0x80000099, Bytes(), Bytes()).type, "0x80000099");
}

TEST(TcgEvents, DescribesProvenEvents) {
  EventLog log = td_log();
  add_event(log, 4, kEvEfiVariableDriverConfig, variable_data("dbx", Bytes(65, 7)));
  const Registers quoted = replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384).value();
  const codec::Json out =
      describe(prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted).value());
  ASSERT_EQ(out.items().size(), 5U);
  const codec::Json& secure_boot = out.items()[0];
  EXPECT_EQ(secure_boot.string_at("register").value(), "rtmr0");
  EXPECT_EQ(secure_boot.string_at("type").value(), "EV_EFI_VARIABLE_DRIVER_CONFIG");
  EXPECT_EQ(secure_boot.string_at("covers").value(), "data");
  EXPECT_EQ(secure_boot.find("variable")->string_at("name").value(), "SecureBoot");
  EXPECT_EQ(secure_boot.find("variable")->string_at("value").value(), "01");
  const codec::Json& image = out.items()[2];
  EXPECT_EQ(image.string_at("digest").value(),
            codec::hex_encode(crypto::sha384(as_bytes("an image"))));
  EXPECT_EQ(image.string_at("covers").value(), "nothing");
  EXPECT_EQ(image.find("text"), nullptr);
  EXPECT_EQ(out.items()[3].string_at("text").value(), "root=/dev/vda");
  EXPECT_EQ(out.items()[3].string_at("covers").value(), "text");
  const codec::Json* dbx = out.items()[4].find("variable");
  EXPECT_EQ(dbx->find("value"), nullptr);
  EXPECT_EQ(dbx->string_at("value_sha256").value(),
            codec::hex_encode(crypto::sha256(Bytes(65, 7))));
  const auto pcrs = replay(tpm_log(), RegisterKind::kTpmPcr, HashAlg::kSha256).value();
  const codec::Json tpm =
      describe(prove_log(tpm_log(), RegisterKind::kTpmPcr, HashAlg::kSha256, pcrs).value());
  EXPECT_EQ(tpm.items()[2].string_at("register").value(), "pcr4");
}

}  // namespace
}  // namespace claustrum::evidence::tcg
