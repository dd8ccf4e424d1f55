#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify --case: a file that is not there fails its factor and nothing else, nothing waits for a pipe, input
# over a limit is malformed, and what evidence says of itself is shown apart from what was verified.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
member() { # member PATH VALUE: of the last JSON
  printf '%s' "$out" | python3 -c '
import json, sys
value = json.load(sys.stdin)
for name in sys.argv[1].split("."):
    value = value[name] if isinstance(value, dict) else next(v for v in value if v["id"] == name)
sys.exit(str(value) != sys.argv[2])' "$1" "$2" || { echo "FAIL: $1 is not $2: $out" | cut -c1-600; failures=$((failures + 1)); }
}
verify() { timeout 20 "$CLAUSTRUM" verify --case case --json; }
mkdir case
echo '{}' > case/case.json
truncate -s 50M case/case.json
expect 30 "a case file of 50 MB" verify; one_json; says file.size; member verdict malformed
rm case/case.json && mkfifo case/case.json
expect 2 "a case file that is a pipe" verify; one_json; says file.kind
truncate -s 80M large
expect 30 "evidence of 80 MB" "$CLAUSTRUM" verify large --json; one_json; member verdict malformed
python3 -c 'print("[" * 100 + "]" * 100)' > deep.json
expect 30 "a profile nested too deeply" "$CLAUSTRUM" profile show deep.json --publisher "$(printf '%064d' 0)"
head -c 1184 /dev/zero > zeros
expect 30 "a policy that is too large" "$CLAUSTRUM" verify zeros --policy large --json; one_json

genuine=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence/snp-v5-turin-vcek-azure-aci
if [ ! -d "$genuine" ]; then
  [ "$failures" = 0 ] || exit 1
  echo "skipped the real case: no $genuine"
  exit 77
fi
fresh() { rm -rf case && cp -r "$genuine" case && chmod -R u+w case; }
edit() { python3 - "$@" <<'PYTHON'
import json, sys
file = json.load(open("case/case.json"))
exec(sys.argv[1])
json.dump(file, open("case/case.json", "w"))
PYTHON
}
fresh
expect 0 "as it is" verify; one_json; member verdict accepted
printf '%s' "$out" | grep -q unverified_claims && { echo "FAIL: unverified claims beside claims"; failures=$((failures + 1)); }
real=$(printf '%s' "$out" | python3 -c 'import json, sys; print(json.load(sys.stdin)["claims"]["report_data"])')
rm case/vcek.der
expect 10 "without the VCEK" verify; one_json; member verdict refused; member factors.collateral.status fail; member claims None
member unverified_claims.report_data "$real"
expect 10 "the same in words" "$CLAUSTRUM" verify --case case; says vcek
mkfifo case/vcek.der
expect 10 "a pipe as VCEK" verify; one_json; member factors.collateral.status fail
rm case/vcek.der && mkdir case/vcek.der
expect 10 "a folder as VCEK" verify; one_json
rmdir case/vcek.der && truncate -s 80M case/vcek.der
expect 30 "a VCEK of 80 MB" verify; one_json; says file.size
fresh && edit 'file["collateral"]["informational"] = "nowhere.txt"'
expect 0 "a file that nothing needs" verify; one_json
fresh && edit '
deep = 1
for _ in range(40): deep = [deep]
file["informational"] = deep'
expect 0 "an informational member of depth 40" verify; one_json
fresh && edit '
deep = 1
for _ in range(80): deep = [deep]
file["informational"] = deep'
expect 30 "of depth 80" verify; one_json; says json.depth
fresh && rm case/evidence.bin
expect 2 "without evidence" verify; one_json; says evidence.bin
mkfifo case/evidence.bin
expect 2 "a pipe as evidence" verify; one_json; says file.kind
rm case/evidence.bin && truncate -s 80M case/evidence.bin
expect 30 "evidence of 80 MB in a case" verify; one_json; says file.size
fresh && printf '\377' | dd of=case/evidence.bin bs=1 seek=700 conv=notrunc 2> /dev/null
expect 10 "a broken signature" verify; one_json; member claims None; says '"unverified_claims":{'
# The same without a case.
expect 10 "evidence alone" "$CLAUSTRUM" verify "$genuine/evidence.bin" --json; one_json; member claims None
member unverified_claims.report_data "$real"
printf 'version = 1\nname = "empty"\n' > empty.toml
expect 10 "evidence and a policy" "$CLAUSTRUM" verify "$genuine/evidence.bin" --policy empty.toml --json; one_json
member claims None; member unverified_claims.report_data "$real"
finish
