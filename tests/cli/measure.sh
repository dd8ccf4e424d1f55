#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# measure: a program, the launch digest of a real guest, ID blocks signed and checked.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
same() { # same NAME FOUND WANTED
  [ "$2" = "$3" ] || { echo "FAIL $1: $2, want $3"; failures=$((failures + 1)); }
}
field() { printf '%s' "$out" | python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1" 2>> log; }

# A firmware image in OVMF's form, the same as the unit tests build.
python3 - <<'PY'
import struct, uuid
guid = lambda text: uuid.UUID(text).bytes_le
sections = [(0x800000, 0x9000, 1), (0x80A000, 0x3000, 1), (0x80D000, 0x1000, 2), (0x80E000, 0x1000, 3),
            (0x80F000, 0x1000, 4), (0x810000, 0x1000, 16), (0x811000, 0xF000, 1)]
entries = [("00f771de-1a7e-4fcb-890e-68c77e2fb44e", struct.pack("<I", 0x80B004)),
           ("7255371f-3a3b-4b04-927b-1da6efa8d454", struct.pack("<II", 0x810C00, 0x400)),
           ("dc886566-984a-4798-a75e-5585a7bf67cc", struct.pack("<I", 0x800))]
image = bytearray(8192)
image[:4096] = bytes(i * 7 & 255 for i in range(4096))
metadata = b"ASEV" + struct.pack("<III", 16 + 12 * len(sections), 1, len(sections))
metadata += b"".join(struct.pack("<III", *section) for section in sections)
image[-0x800:-0x800 + len(metadata)] = metadata
table = b"".join(data + struct.pack("<H", len(data) + 18) + guid(name) for name, data in reversed(entries))
table += struct.pack("<H", len(table) + 18) + guid("96b582de-1fb2-45f7-baea-a366c55a082d")
image[-32 - len(table):-32] = table
open("ovmf.fd", "wb").write(image)
PY
printf kernel > kernel; printf initrd > initrd
snp=("$CLAUSTRUM" measure snp --ovmf ovmf.fd)
expect 0 "a guest" "${snp[@]}" --vcpu-type EPYC-v4; no_errors
says "launch_digest      c3edf1ecf60202c8d6ec4d67d37e0d44c870453cc34f88beea6e19ddba7099c28d2aca32e9817a21eb29155e22822412"
whole=("${snp[@]}" --vcpus 2 --vcpu-type EPYC-Genoa --kernel kernel --initrd initrd --append console=ttyS0 --json)
expect 0 "a whole guest" "${whole[@]}"; one_json; no_errors
digest=$(field launch_digest)
same "direct boot" "$digest" 5283cf579ec640cff8a58880eff6701f01c71817589bc0851da0d33500ab18bb783c00e82915e6f6e173ed6531a52692
same "kernel part" "$(field kernel_sha256)" "$(sha256sum kernel | cut -d' ' -f1)"
expect 0 "features without 0x are hexadecimal too" "${snp[@]}" --vcpus 4 --vcpu-signature a00f11 --guest-features 21 --json
same "signature and features" "$(field launch_digest)" \
  dca184fe9767e1f46b8b84bacf875893e891ffd182e9dc459bcade57ca7c44be22c2218c72db3fcc8a3ccab450546527
expect 0 "a guest of EC2 needs no type" "${snp[@]}" --vcpus 2 --vmm ec2 --json
same ec2 "$(field launch_digest)" 55181a5410a1410250498e6e01ed442b3708d5798237939369bc6c87f3eb236ad1141feeebf9cddfa3db33fa312271f4
expect 2 "no vCPU type" "${snp[@]}"; says vcpu-type; no_output
expect 2 "initrd without kernel" "${snp[@]}" --vcpu-type EPYC --initrd initrd; says "need --kernel"
expect 2 "a missing image" "$CLAUSTRUM" measure snp --ovmf /nonexistent --vcpu-type EPYC
expect 20 "an unknown type" "${snp[@]}" --vcpu-type EPYC-Nowhere; says "EPYC-Milan"; no_output
expect 20 "an unknown VMM" "${snp[@]}" --vcpu-type EPYC --vmm hyperv; says launch.vmm
expect 20 "a kernel on EC2" "${snp[@]}" --vmm ec2 --kernel kernel; says launch.kernel
expect 30 "no vCPUs" "${snp[@]}" --vcpu-type EPYC --vcpus 0; says launch.vcpus
expect 30 "no SNP guest" "${snp[@]}" --vcpu-type EPYC --guest-features 0x20; says launch.features
expect 30 "a number that is none" "${snp[@]}" --vcpu-type EPYC --guest-features 0x; says measure.number
head -c 8192 /dev/zero > zeros.fd
expect 30 "an image that is none" "$CLAUSTRUM" measure snp --ovmf zeros.fd --vcpu-type EPYC; says ovmf.table
expect 30 "another length" "$CLAUSTRUM" measure snp --ovmf kernel --vcpu-type EPYC; says ovmf.size

openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out id.pem 2> log
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out author.pem 2> log
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out small.pem 2> log
make=("$CLAUSTRUM" measure id-block --launch-digest "$digest" --key id.pem --json)
expect 0 "an ID block" "${make[@]}" --author-key author.pem --guest-svn 7 --policy 3001f; one_json; no_errors
field id_block > block; field id_auth > auth
id_key=$(field id_key_digest); author=$(field author_key_digest)
expect 0 "its check" "$CLAUSTRUM" measure id-check block auth --json; one_json; no_errors
same "digest in the block" "$(field launch_digest)" "$digest"
same "ID key" "$(field id_key_digest)" "$id_key"
same "author key" "$(field author_key_digest)" "$author"
same "policy" "$(field policy)" 0x3001f
base64 -d block > block.bin; base64 -d auth > auth.bin
same "lengths" "$(stat -c %s block.bin auth.bin | tr '\n' ' ')" "96 4096 "
expect 0 "raw bytes" "$CLAUSTRUM" measure id-check block.bin auth.bin
printf '\001' | dd of=block.bin bs=1 seek=84 conv=notrunc 2> log
expect 10 "another block" "$CLAUSTRUM" measure id-check block.bin auth.bin; says id_auth.block_signature; no_output
expect 30 "no ID block" "$CLAUSTRUM" measure id-check kernel auth
expect 0 "without author key" "${make[@]}"; same author_key_en "$(field author_key_en)" False
expect 0 "a policy with DEBUG" "${make[@]}" --policy 0xb0000; says "read the guest's memory"
expect 30 "a policy no firmware takes" "${make[@]}" --policy 0x10000; says measure.policy
expect 30 "a digest that is none" "$CLAUSTRUM" measure id-block --launch-digest 00 --key id.pem; says measure.bytes
expect 30 "a key of another curve" "$CLAUSTRUM" measure id-block --launch-digest "$digest" --key small.pem; says key_file

for command in snp id-block id-check; do
  expect 0 "$command --help" "$CLAUSTRUM" measure $command --help; says Usage; no_errors
  expect 2 "$command without arguments" "$CLAUSTRUM" measure $command; no_output
done
expect 0 "a program" "$CLAUSTRUM" measure kernel
same "digits" "${#out}" 96
expect 2 "no program" "$CLAUSTRUM" measure; no_output
finish
