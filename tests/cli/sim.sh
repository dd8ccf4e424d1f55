#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# sim: authorities of every vendor; evidence in a folder that verify --case reads and refuses, because nobody
# trusts a simulator's root unless a policy names it.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
data=$(printf 'a5%.0s' {1..64})
root_of() { python3 -c 'import json,sys; print(json.loads(sys.argv[1])["root"])' "$1"; }

expect 0 "an Intel authority" "$CLAUSTRUM" sim authority --vendor intel --authority intel; one_json; no_errors
says '"simulated":"no protection"'
intel=$(root_of "$out")
expect 0 "the same again" "$CLAUSTRUM" sim authority --vendor intel --authority intel
[ "$(root_of "$out")" = "$intel" ] || { echo "FAIL: another root"; failures=$((failures + 1)); }
expect 2 "no such vendor" "$CLAUSTRUM" sim authority --vendor arm --authority arm; no_output

# make PLATFORM FOLDER OPTION...
make() {
  local platform=$1 folder=$2 authority=(intel)
  shift 2
  case "$platform" in
    amd-*) authority=(amd --rsa-bits 2048) ;;
    aws-*) authority=(aws) ;;
  esac
  expect 0 "$folder" "$CLAUSTRUM" sim evidence --platform "$platform" --authority "${authority[@]}" \
    --report-data "$data" --out "$folder" "$@"
  one_json; no_errors; says '"simulated":"no protection"'
}
# fails FACTOR: in the last verdict that factor failed; holds FACTOR: it passed.
status_of() {
  printf '%s' "$out" | python3 -c '
import json, sys
print(next((f["status"] for f in json.load(sys.stdin)["factors"] if f["id"] == sys.argv[1]), "absent"))' "$1"
}
is() { [ "$(status_of "$1")" = "$2" ] || { echo "FAIL: $1 is $(status_of "$1")"; failures=$((failures + 1)); }; }
fails() { is "$1" fail; }
holds() { is "$1" pass; }
# verify_with_root FOLDER: judged under a policy that names the root and little else; all collateral given.
verify_with_root() {
  local folder=$1 file arguments=() root
  root=$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["root"])' "$folder/case.json")
  printf 'version = 1\nname = "sim"\n[[simulated]]\nroot = "%s"\nreason = "test"\nuntil = "2099-01-01T00:00:00Z"\n' \
    "$root" > policy.toml
  while read -r name file; do arguments+=(--collateral "$name=$folder/$file"); done < <(python3 -c '
import json, sys
for pair in json.load(open(sys.argv[1]))["collateral"].items(): print(*pair)' "$folder/case.json")
  expect 10 "$folder under a policy" "$CLAUSTRUM" verify "$folder/evidence.bin" --platform "$2" --report-data "$data" \
    --policy policy.toml --json "${arguments[@]}"
}

for platform in amd-sev-snp intel-sgx intel-tdx; do
  make $platform $platform
  expect 10 "$platform: the root is nobody's" "$CLAUSTRUM" verify --case $platform --json; one_json; fails root
  verify_with_root $platform $platform
  for factor in root validity signature revocation nonce; do holds $factor; done
  is simulated waived; says '"simulated":true'
  make $platform $platform-revoked --revoked
  verify_with_root $platform-revoked $platform; fails revocation; holds signature
  make $platform $platform-expired --expired
  verify_with_root $platform-expired $platform; fails validity
  make $platform $platform-debug --debug
  verify_with_root $platform-debug $platform; fails debug; holds signature
done
for platform in aws-nitro aws-nitrotpm; do
  make $platform $platform
  expect 10 "$platform: the root is nobody's" "$CLAUSTRUM" verify --case $platform --json; one_json; fails root
  verify_with_root $platform $platform
  for factor in root validity signature identity registers nonce; do holds $factor; done
  is revocation not-offered; is simulated waived; says '"simulated":true'
  make $platform $platform-expired --expired
  verify_with_root $platform-expired $platform; fails validity
done
make aws-nitro nitro-debug --debug
verify_with_root nitro-debug aws-nitro; fails debug; holds signature
verify_with_root aws-nitrotpm aws-nitro; fails platform; holds signature
for version in 3 4 5; do
  make intel-sgx sgx-$version --quote-version $version
  verify_with_root sgx-$version intel-sgx; holds signature
done
for version in 4 5; do
  make intel-tdx tdx-$version --quote-version $version
  verify_with_root tdx-$version intel-tdx; holds signature
done
make intel-tdx tdx-old --out-of-date
verify_with_root tdx-old intel-tdx; says OutOfDate

sim=("$CLAUSTRUM" sim evidence --authority intel)
expect 2 "no such platform" "${sim[@]}" --platform vax --report-data "$data" --out x; no_output
expect 2 "report data of another length" "${sim[@]}" --platform intel-tdx --report-data 00 --out x; no_output
expect 2 "no hex" "${sim[@]}" --platform intel-tdx --report-data zz --out x; no_output
expect 2 "TDX has no version 3" "${sim[@]}" --platform intel-tdx --report-data "$data" --quote-version 3 --out x; no_output
expect 2 "no version 6" "${sim[@]}" --platform intel-sgx --report-data "$data" --quote-version 6 --out x; no_output
expect 2 "AMD has no quotes" "$CLAUSTRUM" sim evidence --platform amd-sev-snp --authority amd --report-data "$data" \
  --quote-version 4 --out x; no_output
expect 2 "Intel's keys are no RSA keys" "${sim[@]}" --platform intel-tdx --report-data "$data" --rsa-bits 2048 --out x
no_output; says "is not for intel-tdx"
expect 2 "AWS offers no revocation" "$CLAUSTRUM" sim evidence --platform aws-nitro --authority aws \
  --report-data "$data" --revoked --out x; no_output
expect 2 "a NitroTPM has no debug mode" "$CLAUSTRUM" sim evidence --platform aws-nitrotpm --authority aws \
  --report-data "$data" --debug --out x; no_output
expect 0 "an AWS authority" "$CLAUSTRUM" sim authority --vendor aws --authority aws; one_json; no_errors
expect 2 "AWS has no Milan" "$CLAUSTRUM" sim authority --vendor aws --authority aws --product Milan; no_output
expect 2 "Intel has no Milan" "$CLAUSTRUM" sim authority --vendor intel --authority intel --product Milan; no_output
expect 2 "a folder that is there" "${sim[@]}" --platform intel-tdx --report-data "$data" --out tdx-4; no_output
expect 2 "another vendor's authority" "$CLAUSTRUM" sim evidence --platform intel-tdx --authority amd \
  --report-data "$data" --out x; no_output
[ ! -e x ] || { echo "FAIL: a refused command left a folder"; failures=$((failures + 1)); }
finish
