#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# claustrum policy: check, explain, diff, test, import; exit codes, and one JSON object where asked for.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
policy() { "$CLAUSTRUM" policy "$@"; }

hex() { printf "%0$1d" 0; }
cat > good.toml <<END
version = 2
name = "good"
[platform.amd-sev-snp]
product = { exact = "Milan" }
provider = { exact = "" }
debug = { exact = false }
migration = { exact = false }
privilege-level = { exact = 0 }
hardware-id = { ignore = "the cloud picks the machine" }
measurements.measurement = { exact = "$(hex 96)" }
tcb.Milan.snp = { at-least = 24 }
[init-data]
digest = { exact = "$(hex 64)" }
[[floor]]
issuer = "$(hex 64)"
crl-this-update = "2026-01-01T00:00:00Z"
END
sed 's/at-least = 24/at-least = 23/' good.toml > wider.toml
sed 's/at-least = 24/at-least = 25/' good.toml > narrower.toml
sed 's/{ exact = "" }/{ ignore = "any" }/' good.toml > open.toml
sed '/^provider/d' good.toml > missing.toml
printf 'version = 2\nunknown = 1\n' > malformed.toml
printf 'version = 3\n' > version.toml
: > empty.toml

# check
expect 0 "a sound policy" policy check good.toml; says "good.toml: sound"
expect 0 "a sound policy, json" policy check good.toml --json; one_json; says '"verdict":"accepted"'
expect 10 "a danger" policy check open.toml; says "danger       provider-open"
expect 0 "a danger that is meant" policy check open.toml --allow provider-open; says "allowed      provider-open"
expect 10 "another danger allowed" policy check open.toml --allow debug-allowed --json; one_json
expect 10 "a missing rule" policy check missing.toml; says "platform.amd-sev-snp.provider"
expect 10 "a missing rule cannot be allowed" policy check missing.toml --allow missing
expect 10 "an empty policy" policy check empty.toml --json; one_json; says '"id":"missing"'
expect 30 "no policy" policy check malformed.toml; says policy.unknown_member
expect 30 "no policy, json" policy check malformed.toml --json; one_json; says '"verdict":"malformed"'
expect 20 "a version not spoken here" policy check version.toml; says policy.version
expect 30 "the worst of several" policy check good.toml open.toml malformed.toml version.toml --json; one_json
expect 2 "no such file" policy check nowhere.toml --json; one_json
expect 2 "no file named" policy check
expect 2 "a time that is none" policy check good.toml --at tomorrow --json; one_json
printf '[[waive]]\nfactor = "tcb.snp"\nreason = "r"\nuntil = "2026-01-01T00:00:00Z"\n' | cat good.toml - > waived.toml
expect 10 "a waiver in force" policy check waived.toml --at 2025-12-01T00:00:00Z; says grave-waiver
expect 0 "... that is meant" policy check waived.toml --at 2025-12-01T00:00:00Z --allow grave-waiver
expect 10 "... and that has ended" policy check waived.toml --at 2026-06-01T00:00:00Z --allow grave-waiver; says "ended"

sed 's/^debug = .*/debug = { one-of = [true, false] }/' good.toml > hollow.toml
expect 30 "a rule that holds for everything" policy check hollow.toml; says policy.hollow; says "[platform.amd-sev-snp]: debug: holds for everything"
expect 30 "... compared" policy diff good.toml hollow.toml --json; one_json
sed 's/^measurements.*/measurements.measurement = { ignore = "any" }/' good.toml > program.toml
expect 10 "any program" policy check program.toml; says program-open
expect 10 "... cannot be allowed" policy check program.toml --allow program-open

# explain
expect 0 "words" policy explain good.toml; says "debug access              must be off"; says "all else is refused"; no_errors
expect 0 "words of an empty policy" policy explain empty.toml; says "INCOMPLETE, denies everything"
expect 30 "words of no policy" policy explain malformed.toml; no_output

# diff
expect 0 "equal" policy diff good.toml good.toml; says "equal"
expect 10 "wider" policy diff good.toml wider.toml; says "*** WIDER"; says "WIDER            platform.amd-sev-snp.tcb.Milan.snp"
expect 0 "narrower" policy diff good.toml narrower.toml; says "narrower         platform.amd-sev-snp.tcb.Milan.snp"
expect 10 "wider, json" policy diff good.toml wider.toml --json; one_json; says '"widens":true'
expect 0 "narrower, json" policy diff good.toml narrower.toml --json; one_json; says '"widens":false'
expect 10 "completed" policy diff missing.toml good.toml; says "incomplete: denies everything"
expect 0 "made incomplete" policy diff good.toml missing.toml
expect 30 "no policy" policy diff good.toml malformed.toml --json; one_json
expect 2 "one file" policy diff good.toml --json; one_json

# test
expect 0 "simulated evidence" "$CLAUSTRUM" sim evidence --platform amd-sev-snp --authority amd --product Milan \
  --report-data "$(hex 128)" --out snp
expect 0 "nothing expected" policy test good.toml --case snp; says "refused   snp"
expect 0 "refused as expected" policy test good.toml --case snp --expect refuse --json; one_json; says '"as_expected":true'
expect 10 "not accepted as expected" policy test good.toml --case snp --expect accept; says "NOT AS EXPECTED: accept"
expect 10 "not accepted as expected, json" policy test good.toml --case snp --expect accept --json; one_json
says '"verdict":"refused"'
"$CLAUSTRUM" verify --case snp --json > snp.json 2> err
field() { python3 -c "import json; print(json.load(open('$1'))$2)"; }
sed -e "s/at-least = 24/at-least = 0/" -e "s/{ exact = \"$(hex 96)\" }/{ exact = \"$(field snp.json "['unverified_claims']['measurements']['measurement']")\" }/" \
  -e "s/^tcb.*/tcb = { ignore = \"simulated\" }/" -e "s/^privilege-level.*/privilege-level = { one-of = [0, 1] }/" \
  -e "s/\"$(hex 64)\" }/\"$(field snp.json "['unverified_claims']['host_data']")\" }/" good.toml > snp.toml
printf '[[simulated]]\nroot = "%s"\nreason = "test"\nuntil = "2100-01-01T00:00:00Z"\n' "$(field snp/case.json "['root']")" >> snp.toml
expect 10 "no floor for this issuer" policy test snp.toml --case snp --expect accept; says collateral.no_floor
expect 0 "floors set aside" policy test snp.toml --case snp --no-floor --expect accept; says "SIMULATED: NO PROTECTION"
expect 0 "a folder and a file" policy test snp.toml --no-floor --case snp --evidence snp/evidence.bin \
  $(python3 -c "
import json
for name, file in json.load(open('snp/case.json'))['collateral'].items(): print('--collateral', name + '=snp/' + file)") \
  --expect accept --json
one_json; says '"floors":false'
base64 snp/evidence.bin > snp/evidence.b64
expect 0 "evidence in a container, its platform found" policy test snp.toml --no-floor --evidence snp/evidence.b64 --expect refuse --verbose
says "collateral"; says "checks:"
expect 0 "debug evidence" "$CLAUSTRUM" sim evidence --platform amd-sev-snp --authority amd --product Milan --debug \
  --report-data "$(hex 128)" --out debug
printf '[[case]]\ndir = "snp"\nexpect = "accept"\n[[case]]\ndir = "debug"\nexpect = "refuse"\nfactor = "debug"\n' > table.toml
expect 0 "a table that holds" policy test snp.toml --table table.toml --no-floor --json; one_json
sed 's/"debug"$/"chain"/' table.toml | sed 's/dir = "chain"/dir = "debug"/' > other.toml
expect 10 "refused at another factor" policy test snp.toml --table other.toml --no-floor; says "NOT AS EXPECTED: refuse at chain"
expect 10 "a policy that lets debug in" bash -c 'sed "s/^debug = .*/debug = { ignore = \"any\" }/" snp.toml > loose.toml; \
  "$CLAUSTRUM" policy test loose.toml --table table.toml --no-floor'
says "NOT AS EXPECTED"
for broken in 'x = 1' '[[case]]' '[[case]]\ndir = "snp"\nexpect = "maybe"' '[[case]]\ndir = "snp"\nexpect = "accept"\nfactor = "debug"' \
  '[[case]]\ndir = "snp"\nexpect = "accept"\nunknown = 1' 'case = []'; do
  printf "$broken\n" > broken.toml
  expect 30 "table: $broken" policy test snp.toml --table broken.toml --json; one_json
done
expect 2 "a case that is not there" policy test snp.toml --case nowhere --json; one_json
expect 2 "nothing to try" policy test snp.toml --json; one_json
expect 2 "an expectation of a table" policy test snp.toml --table table.toml --expect accept
expect 2 "another expectation" policy test snp.toml --case snp --expect maybe
expect 20 "no verifier" policy test snp.toml --evidence snp/evidence.bin --platform vax --json; one_json
expect 30 "no policy" policy test malformed.toml --case snp --json; one_json

# Real evidence: a policy for one TD takes that TD and no other.
evidence=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence
if [ -d "$evidence/tdx-v4-uptodate-gcp-2026-06" ]; then
  "$CLAUSTRUM" verify --case "$evidence/tdx-v4-uptodate-gcp-2026-06" --json > tdx.json
  {
    printf 'version = 2\nname = "real"\n[platform.intel-tdx]\nproduct = { exact = "%s" }\n' "$(field tdx.json "['claims']['product']")"
    printf 'debug = { exact = false }\nmigration = { exact = false }\nhardware-id = { exact = "%s" }\n' "$(field tdx.json "['claims']['hardware_id']")"
    printf 'tcb-status = { exact = "UpToDate" }\ntcb-date = { at-least = "2025-01-01T00:00:00Z" }\nevaluation-number = { at-least = 17 }\n'
    printf 'tcb = { ignore = "judged by tcb-status" }\nclaims."sept_ve_disable" = { exact = true }\n'
    python3 -c "import json
for name, value in json.load(open('tdx.json'))['claims']['measurements'].items(): print(f'measurements.{name} = {{ exact = \"{value}\" }}')"
    printf '[init-data]\ndigest = { exact = "%s" }\n' "$(field tdx.json "['claims']['host_data']")"
  } > tdx.toml
  expect 0 "the TD it names" policy test tdx.toml --no-floor --case "$evidence/tdx-v4-uptodate-gcp-2026-06" --expect accept
  expect 0 "no other" policy test tdx.toml --no-floor --expect refuse --json --case \
    $(ls -d "$evidence"/tdx-* "$evidence"/sgx-* "$evidence"/snp-* | grep -v tdx-v4-uptodate-gcp-2026-06)
  one_json
  sed 's/at-least = 17/at-least = 99/' tdx.toml > newer.toml
  expect 0 "an edition too old" policy test newer.toml --no-floor --case "$evidence/tdx-v4-uptodate-gcp-2026-06" --expect refuse
  says policy.evaluation_number
fi

# import
corpus=$CLAUSTRUM_ROOT/fuzz/corpus/corim
expect 0 "unsigned values" policy import "$corpus/digest" --platform amd-sev-snp --unsigned --rename measurement=measurement
says "# unsigned: nobody vouches for them"; says 'measurements."measurement" = { one-of = ["0101'; no_errors
{ echo 'version = 2'; printf '%s\n' "$out"; } > imported.toml
expect 10 "what was imported is a part of a policy" policy check imported.toml; says "missing"
expect 2 "nobody named" policy import "$corpus/digest" --platform amd-sev-snp
expect 2 "both ways" policy import "$corpus/digest" --platform amd-sev-snp --unsigned --signer "$(hex 64)"
expect 10 "signed, taken as unsigned" policy import "$corpus/signed" --platform amd-sev-snp --unsigned; says corim.signed
expect 30 "unsigned, with a signer" policy import "$corpus/digest" --platform amd-sev-snp --signer "$(hex 64)"
expect 2 "a signer that is no hash" policy import "$corpus/signed" --platform amd-sev-snp --signer xyz
expect 2 "a name without its other half" policy import "$corpus/digest" --platform amd-sev-snp --unsigned --rename x
expect 30 "broken" policy import "$corpus/bad_svn" --platform amd-sev-snp --unsigned; says corim.shape
expect 10 "out of date" policy import "$corpus/intel" --platform intel-tdx --unsigned --at 2040-01-01T00:00:00Z; says corim.expired
vectors=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/vectors/rats/corim/corim
if [ -d "$vectors" ]; then
  python3 - "$vectors/src/ec-p256.jwk" > signer.der <<'END'
import base64, json, sys
jwk = json.load(open(sys.argv[1]))
point = b"".join(base64.urlsafe_b64decode(jwk[c] + "=") for c in "xy")
sys.stdout.buffer.write(bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + b"\x04" + point)
END
  pin=$(sha256sum signer.der | cut -d' ' -f1)
  signed() { policy import "$vectors/signed-good-corim.cbor" --platform new-tee --at 2025-06-01T00:00:00Z "$@"; }
  expect 0 "signed by the pinned key" signed --signer "$pin" --key signer.der; says "signed by the key of sha256 $pin, ACME Ltd signing key"
  expect 10 "by another" signed --signer "$(hex 64)" --key signer.der; says corim.signer
  expect 2 "without a key" signed --signer "$pin"; says corim.key
fi

# The how-to runs as it stands.
mkdir howto
python3 - "$CLAUSTRUM_ROOT/docs/how-to/policy.md" > howto.sh <<'END'
import re, sys
blocks = re.findall(r"```sh policy\n(.*?)```", open(sys.argv[1], encoding="utf-8").read(), re.S)
assert len(blocks) == 6, len(blocks)
print("set -euo pipefail")
print("\n".join(blocks))
END
expect 0 "the how-to" env PATH="$(dirname "$CLAUSTRUM"):$PATH" bash -c 'cd howto && bash ../howto.sh'
says "narrower"; says "ACCEPTED"; says "simulated-root"
finish
