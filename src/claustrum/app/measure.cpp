// SPDX-License-Identifier: Apache-2.0
// `claustrum measure`: reference values computed before anything runs. `measure PROGRAM` as
// `claustrum sim run` measures it, `measure snp` as AMD firmware measures a real guest, `measure
// id-block` the signed word on which such a guest may start at all.
#include <cstdio>

#include "claustrum/app/command.h"
#include "claustrum/app/files.h"
#include "claustrum/app/key_files.h"
#include "claustrum/codec/base64.h"
#include "claustrum/codec/hex.h"
#include "claustrum/codec/json.h"
#include "claustrum/evidence/snp/details.h"
#include "claustrum/evidence/snp_launch/id_block.h"
#include "claustrum/evidence/snp_launch/measure.h"
#include "claustrum/evidence/snp_launch/vcpu.h"
#include "claustrum/simulator/launch.h"

namespace claustrum::app {

namespace {

namespace snp = evidence::snp;
namespace launch = evidence::snp_launch;
using codec::Json;

constexpr std::size_t kMaxImage = std::size_t{512} << 20;

Json hex(BytesView bytes) {
  return Json(codec::hex_encode(bytes));
}

Json number(std::uint64_t value) {
  return Json(snp::hex_number(value));
}

int finish(const Result<Json>& result, bool json) {
  if (!result.ok()) {
    return report(result.error());
  }
  if (json) {
    std::printf("%s\n", codec::to_json(*result).c_str());
    return kAccepted;
  }
  for (const auto& [name, value] : result->members()) {
    const std::string text = value.is_string() ? value.string() : codec::to_json(value);
    std::printf("%-18s %s\n", name.c_str(), text.c_str());
  }
  return kAccepted;
}

// "0x21" and "21" alike: hexadecimal.
Result<std::uint64_t> hex_option(const std::string& text, const char* name, std::size_t digits) {
  std::string_view rest = text;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    rest.remove_prefix(2);
  }
  std::string padded(rest.size() <= digits ? digits - rest.size() : 0, '0');
  const Result<Bytes> bytes = codec::hex_decode(padded + std::string(rest));
  if (!bytes.ok() || rest.empty() || rest.size() > digits) {
    return Error(Code::kMalformed, "measure.number",
                 std::string(name) + " is not a hexadecimal number");
  }
  std::uint64_t out = 0;
  for (const std::uint8_t byte : *bytes) {
    out = out << 8 | byte;
  }
  return out;
}

template <std::size_t N>
Result<ByteArray<N>> bytes_option(const std::string& text, const char* name) {
  const Result<Bytes> bytes = codec::hex_decode(text);
  if (!bytes.ok() || bytes->size() != N) {
    return Error(Code::kMalformed, "measure.bytes",
                 std::string(name) + " is not " + std::to_string(2 * N) + " hexadecimal digits");
  }
  return to_array<N>(*bytes);
}

struct SnpOptions {
  std::string ovmf, kernel, initrd, append, vcpu_type, vcpu_signature;
  std::string features = "0x1";
  std::string vmm = "qemu";
  std::uint32_t vcpus = 1;
  bool json = false;
};

Result<std::optional<launch::KernelHashes>> kernel_of(const SnpOptions& o) {
  using Found = std::optional<launch::KernelHashes>;
  if (o.kernel.empty()) {
    if (!o.initrd.empty() || !o.append.empty()) {
      return Error(Code::kNotFound, "measure.kernel", "--initrd and --append need --kernel");
    }
    return Found();
  }
  CLAUSTRUM_TRY_ASSIGN(const Bytes kernel, read_file(o.kernel, kMaxImage));
  Bytes initrd;
  if (!o.initrd.empty()) {
    CLAUSTRUM_TRY_ASSIGN(initrd, read_file(o.initrd, kMaxImage));
  }
  return Found(launch::hash_kernel(kernel, initrd, o.append));
}

Result<std::uint32_t> signature_of(const SnpOptions& o, launch::Vmm vmm) {
  if (!o.vcpu_signature.empty()) {
    CLAUSTRUM_TRY_ASSIGN(const std::uint64_t value,
                         hex_option(o.vcpu_signature, "--vcpu-signature", 8));
    return static_cast<std::uint32_t>(value);
  }
  if (!o.vcpu_type.empty()) {
    return launch::signature_of_type(o.vcpu_type);
  }
  if (vmm == launch::Vmm::kQemu) {
    return Error(Code::kNotFound, "measure.vcpu_type",
                 "QEMU's guests are measured with their --vcpu-type (or --vcpu-signature)");
  }
  return std::uint32_t{0};
}

Json sections_json(const std::vector<launch::Section>& sections) {
  Json out = Json::array();
  for (const launch::Section& section : sections) {
    Json one = Json::object();
    one.set("gpa", number(section.gpa)).set("size", number(section.len));
    one.set("kind", std::string(to_string(section.kind)));
    out.push(std::move(one));
  }
  return out;
}

Json parts_json(const SnpOptions& o, const launch::LaunchSpec& spec,
                const launch::LaunchMeasurement& m) {
  Json out = Json::object();
  out.set("launch_digest", hex(m.digest));
  out.set("after_firmware", hex(m.after_firmware)).set("after_sections", hex(m.after_sections));
  out.set("firmware_gpa", number(m.firmware_gpa));
  out.set("sections", sections_json(m.sections));
  if (spec.kernel) {
    out.set("kernel_sha256", hex(spec.kernel->kernel));
    out.set("initrd_sha256", hex(spec.kernel->initrd));
    out.set("cmdline_sha256", hex(spec.kernel->cmdline));
  }
  out.set("vcpus", static_cast<std::int64_t>(spec.vcpus)).set("vmm", o.vmm);
  if (spec.vmm == launch::Vmm::kQemu) {
    out.set("vcpu_signature", number(spec.vcpu_signature));
  }
  out.set("guest_features", number(spec.guest_features));
  if (m.reset_eip) {
    out.set("reset_eip", number(*m.reset_eip));
  }
  return out;
}

Result<Json> measure_snp(const SnpOptions& o) {
  launch::LaunchSpec spec;
  spec.vcpus = o.vcpus;
  CLAUSTRUM_TRY_ASSIGN(spec.vmm, launch::parse_vmm(o.vmm));
  CLAUSTRUM_TRY_ASSIGN(spec.vcpu_signature, signature_of(o, spec.vmm));
  CLAUSTRUM_TRY_ASSIGN(spec.guest_features, hex_option(o.features, "--guest-features", 16));
  CLAUSTRUM_TRY_ASSIGN(const Bytes firmware, read_file(o.ovmf, launch::kMaxFirmware));
  spec.firmware = firmware;
  CLAUSTRUM_TRY_ASSIGN(spec.kernel, kernel_of(o));
  CLAUSTRUM_TRY_ASSIGN(const launch::LaunchMeasurement m, launch::measure_launch(spec));
  return parts_json(o, spec, m);
}

struct IdBlockOptions {
  std::string digest, key, author_key;
  std::string family_id = std::string(32, '0');
  std::string image_id = std::string(32, '0');
  std::string policy = "0x30000";
  std::uint32_t guest_svn = 0;
  bool json = false;
};

Result<launch::IdBlock> block_of(const IdBlockOptions& o) {
  launch::IdBlock out;
  CLAUSTRUM_TRY_ASSIGN(out.launch_digest, bytes_option<48>(o.digest, "--launch-digest"));
  CLAUSTRUM_TRY_ASSIGN(out.family_id, bytes_option<16>(o.family_id, "--family-id"));
  CLAUSTRUM_TRY_ASSIGN(out.image_id, bytes_option<16>(o.image_id, "--image-id"));
  CLAUSTRUM_TRY_ASSIGN(out.policy, hex_option(o.policy, "--policy", 16));
  out.guest_svn = o.guest_svn;
  const bool fixed =
      (out.policy & snp::kPolicyReserved17) != 0 && (out.policy & ~snp::kPolicyKnownBits) == 0;
  if (!fixed) {
    return Error(Code::kMalformed, "measure.policy",
                 "firmware refuses policies without bit 17 or with bits above 25");
  }
  if ((out.policy & snp::kPolicyDebug) != 0) {
    std::fprintf(stderr, "claustrum: this policy lets the host read the guest's memory (DEBUG)\n");
  }
  return out;
}

void set_signers(Json& out, const crypto::PublicKey& id_key, const crypto::PublicKey* author) {
  out.set("id_key_digest", hex(launch::key_digest(id_key)));
  out.set("author_key_en", author != nullptr);
  if (author != nullptr) {
    out.set("author_key_digest", hex(launch::key_digest(*author)));
  }
}

Result<Json> make_id_block(const IdBlockOptions& o) {
  CLAUSTRUM_TRY_ASSIGN(const launch::IdBlock block, block_of(o));
  CLAUSTRUM_TRY_ASSIGN(const crypto::PrivateKey key, load_key(o.key, crypto::KeyKind::kP384));
  std::optional<crypto::PrivateKey> author;
  if (!o.author_key.empty()) {
    CLAUSTRUM_TRY_ASSIGN(author, load_key(o.author_key, crypto::KeyKind::kP384));
  }
  Json out = Json::object();
  std::optional<crypto::PublicKey> author_public;
  if (author) {
    author_public = author->public_key();
  }
  set_signers(out, key.public_key(), author_public ? &*author_public : nullptr);
  out.set("id_block", codec::base64_encode(launch::encode_id_block(block)));
  const Bytes auth = launch::sign_id_block(block, key, author ? &*author : nullptr);
  out.set("id_auth", codec::base64_encode(auth));
  return out;
}

// As QEMU takes it (base64), or raw.
Result<Bytes> read_structure(const std::string& path, std::size_t len) {
  CLAUSTRUM_TRY_ASSIGN(Bytes raw, read_file(path, 16384));
  if (raw.size() == len) {
    return raw;
  }
  while (!raw.empty() && (raw.back() == '\n' || raw.back() == '\r')) {
    raw.pop_back();
  }
  return codec::base64_decode(as_text(raw));
}

Result<Json> check_id_block(const std::string& block_path, const std::string& auth_path) {
  CLAUSTRUM_TRY_ASSIGN(const Bytes block, read_structure(block_path, launch::kIdBlockLen));
  CLAUSTRUM_TRY_ASSIGN(const Bytes auth, read_structure(auth_path, launch::kIdAuthLen));
  CLAUSTRUM_TRY_ASSIGN(const launch::IdSigners signers, launch::verify_id_auth(block, auth));
  CLAUSTRUM_TRY_ASSIGN(const launch::IdBlock read, launch::parse_id_block(block));
  Json out = Json::object();
  out.set("launch_digest", hex(read.launch_digest));
  out.set("family_id", hex(read.family_id)).set("image_id", hex(read.image_id));
  out.set("guest_svn", static_cast<std::int64_t>(read.guest_svn));
  out.set("policy", number(read.policy));
  set_signers(out, signers.id_key, signers.author_key ? &*signers.author_key : nullptr);
  return out;
}

int measure_program(const std::string& path) {
  const Result<Bytes> contents = read_file(path, kMaxImage);
  if (!contents.ok()) {
    return report(contents.error());
  }
  std::printf("%s\n", codec::hex_encode(simulator::measure_workload(*contents)).c_str());
  return kAccepted;
}

void add_snp(CLI::App& parent, Run& chosen) {
  auto o = std::make_shared<SnpOptions>();
  CLI::App* command = parent.add_subcommand("snp", "Launch digest of a real SEV-SNP guest");
  command->add_option("--ovmf", o->ovmf, "firmware image")->required();
  command->add_option("--kernel", o->kernel, "kernel booted directly (QEMU, kernel-hashes=on)");
  command->add_option("--initrd", o->initrd, "its initrd");
  command->add_option("--append", o->append, "its command line, exactly as given to QEMU");
  command->add_option("--vcpus", o->vcpus, "number of vCPUs")->capture_default_str();
  command->add_option("--vcpu-type", o->vcpu_type, "QEMU's CPU model, such as EPYC-Milan");
  command->add_option("--vcpu-signature", o->vcpu_signature, "CPUID Fn0000_0001 EAX instead, hex");
  command->add_option("--guest-features", o->features, "SEV_FEATURES, hex")->capture_default_str();
  command->add_option("--vmm", o->vmm, "qemu, ec2, ec2-rdx0 or gce")->capture_default_str();
  command->add_flag("--json", o->json, "one JSON object");
  command->footer("The digest says nothing of guest policy, HOST_DATA or TCB: check those too.");
  command->callback([&chosen, o] { chosen = [o] { return finish(measure_snp(*o), o->json); }; });
}

void add_id_block(CLI::App& parent, Run& chosen) {
  auto o = std::make_shared<IdBlockOptions>();
  CLI::App* command = parent.add_subcommand("id-block", "Sign which SEV-SNP guest may start");
  command->add_option("--launch-digest", o->digest, "96 hex digits")->required();
  command->add_option("--key", o->key, "ID key: P-384, PKCS #8 PEM")->required();
  command->add_option("--author-key", o->author_key, "key that vouches for the ID key");
  command->add_option("--family-id", o->family_id, "32 hex digits");
  command->add_option("--image-id", o->image_id, "32 hex digits");
  command->add_option("--guest-svn", o->guest_svn, "security version of the guest");
  command->add_option("--policy", o->policy, "guest policy, hex")->capture_default_str();
  command->add_flag("--json", o->json, "one JSON object");
  command->footer("id_block and id_auth are base64, as QEMU's sev-snp-guest object takes them.");
  command->callback([&chosen, o] { chosen = [o] { return finish(make_id_block(*o), o->json); }; });
}

void add_id_check(CLI::App& parent, Run& chosen) {
  struct Options {
    std::string block, auth;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* command = parent.add_subcommand("id-check", "Check an ID block as firmware does");
  command->add_option("id-block", o->block, "96 bytes, raw or base64")->required();
  command->add_option("id-auth", o->auth, "4096 bytes, raw or base64")->required();
  command->add_flag("--json", o->json, "one JSON object");
  command->callback([&chosen, o] {
    chosen = [o] { return finish(check_id_block(o->block, o->auth), o->json); };
  });
}

}  // namespace

void add_measure(CLI::App& parent, Run& chosen) {
  auto path = std::make_shared<std::string>();
  CLI::App* command = parent.add_subcommand("measure", "Compute reference measurements");
  command->add_option("program", *path, "program to measure as the simulator does");
  command->footer(
      "With a program: 96 hex digits. Simulated: no hardware measures a program like this.");
  add_snp(*command, chosen);
  add_id_block(*command, chosen);
  add_id_check(*command, chosen);
  command->callback([&chosen, path, command] {
    if (!command->get_subcommands().empty()) {
      return;
    }
    if (path->empty()) {
      throw CLI::RequiredError("program");
    }
    chosen = [path] { return measure_program(*path); };
  });
}

}  // namespace claustrum::app
