// SPDX-License-Identifier: Apache-2.0
#include "claustrum/evidence/tcg/events.h"

#include <gtest/gtest.h>

#include "claustrum/base/writer.h"
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

TEST(TcgEvents, LongTextIsLeftOut) {
  const Bytes most(4096, 'x');
  EXPECT_EQ(name(kEvIpl, most, most).text.size(), 4096U);
  const Bytes more(4097, 'x');
  EXPECT_TRUE(name(kEvIpl, more, more).text.empty());
}

// An agent's event is its text; of another tag the text is not what was measured.
TEST(TcgEvents, TagsShowAnAgentsEvents) {
  const auto tagged = [](std::uint32_t id, std::string_view data) {
    return std::move(
               ByteWriter().u32le(id).u32le(static_cast<std::uint32_t>(data.size())).text(data))
        .take();
  };
  const Bytes agent = tagged(kTagAgent, "a.example pull image");
  EXPECT_EQ(name(kEvEventTag, agent, agent).text, "a.example pull image");
  const Bytes initrd = tagged(kTagInitrd, "Linux initrd");
  EXPECT_TRUE(name(kEvEventTag, initrd, initrd).text.empty());
  EXPECT_TRUE(name(kEvEventTag, agent, text("another")).disagrees);
  EXPECT_FALSE(name(kEvEventTag, initrd, text("an initrd")).disagrees);
}

TEST(TcgEvents, DataThatShouldBeMeasuredAndIsNotDisagrees) {
  const Bytes variable = variable_data("SecureBoot", Bytes{1});
  for (const std::uint32_t type :
       {kEvSeparator, kEvAction, kEvSCrtmVersion, kEvNonhostInfo, kEvEfiAction, kEvEfiGptEvent,
        kEvEfiVariableDriverConfig, kEvEfiVariableBoot, kEvEfiVariableBoot2,
        kEvEfiVariableAuthority, kEvDstackRuntime}) {
    EXPECT_TRUE(name(type, variable, text("another")).disagrees) << type;
    EXPECT_FALSE(name(type, variable, variable).disagrees) << type;
    EXPECT_FALSE(name(type, {}, text("another")).disagrees) << type;  // left out is not changed
  }
  for (const std::uint32_t type :
       {kEvIpl, kEvEfiBootServicesApplication, std::uint32_t{0x80000099}}) {
    EXPECT_FALSE(name(type, variable, text("another")).disagrees) << type;
  }
}

TEST(TcgEvents, RuntimeEventsAreReadFromWhatIsHashed) {
  const Bytes data = write_dstack_event("app-id", Bytes{1, 2});
  const NamedEvent event = name(kEvDstackRuntime, data, data);
  ASSERT_TRUE(event.runtime.has_value());
  EXPECT_EQ(event.runtime->name, "app-id");
  EXPECT_FALSE(name(kEvDstackRuntime, data, text("another")).runtime.has_value());
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

TEST(TcgEvents, ShowsAsManyEventsAsAPersonReads) {
  EventLog log = empty_log();
  for (std::size_t i = 0; i <= kMaxShownEvents; ++i) {
    add_event(log, 1, kEvSeparator, Bytes(4, 0));
  }
  const Registers quoted = replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384).value();
  const ProvenLog proven = prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, quoted).value();
  EXPECT_EQ(proven.events().size(), kMaxShownEvents + 1);
  EXPECT_EQ(describe(proven).items().size(), kMaxShownEvents);
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
  add_event(log, 4, kEvDstackRuntime, write_dstack_event("app-id", Bytes(65, 7)));
  log.events[1].data = {1};
  const Registers more = replay(log, RegisterKind::kTdxRtmr, HashAlg::kSha384).value();
  const codec::Json again =
      describe(prove_log(log, RegisterKind::kTdxRtmr, HashAlg::kSha384, more).value());
  EXPECT_TRUE(again.items()[1].find("disagrees")->boolean());
  EXPECT_EQ(again.items()[5].find("runtime")->string_at("name").value(), "app-id");
  EXPECT_NE(again.items()[5].find("runtime")->find("payload_sha256"), nullptr);
  const auto pcrs = replay(tpm_log(), RegisterKind::kTpmPcr, HashAlg::kSha256).value();
  const codec::Json tpm =
      describe(prove_log(tpm_log(), RegisterKind::kTpmPcr, HashAlg::kSha256, pcrs).value());
  EXPECT_EQ(tpm.items()[2].string_at("register").value(), "pcr4");
}

}  // namespace
}  // namespace claustrum::evidence::tcg
