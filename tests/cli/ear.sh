#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# verify --ear and ear show: a simulated machine never affirms though a policy takes it; each demand of a reader
# refuses by its own reason; real evidence whose revocation was waived is a warning; another verifier's token is read.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
data=$(printf 'a5%.0s' {1..64})
for name in signer other; do
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out $name.pem 2> log
  openssl pkey -in $name.pem -pubout -out $name.pub 2> log
done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.pem 2> log
openssl pkey -in p384.pem -pubout -out p384.pub 2> log
openssl genpkey -algorithm ED25519 -out ed.pem 2> log
cat > policy.py <<'PY'
# A complete policy for what a verdict says was found: policy.py VERDICT [WAIVED FACTOR...]
import json, sys
claims = json.load(open(sys.argv[1]))["claims"]
out = [f'version = 2\nname = "test"\n[platform.{claims["platform"]}]']
text = lambda value: json.dumps(value)
for name, value in (("product", claims["product"]), ("provider", claims["provider"]), ("debug", claims["debug"]),
                    ("migration", claims["migration"]), ("privilege-level", claims["privilege_level"]),
                    ("hardware-id", claims["hardware_id"])):
    out.append(f"{name} = {{ exact = {text(value)} }}")
out += [f"measurements.{name} = {{ exact = {text(value)} }}" for name, value in claims["measurements"].items()]
out += [f'tcb.{claims["product"]}.{name} = {{ at-least = {level} }}' for name, level in claims["tcb"].items()]
out.append(f'[init-data]\ndigest = {{ exact = {text(claims["host_data"])} }}')
until = 'reason = "test"\nuntil = "2099-01-01T00:00:00Z"'
if claims["simulated"]:
    out.append(f'[[simulated]]\nroot = {text(claims["root"])}\n{until}')
out += [f'[[waive]]\nfactor = "{factor}"\n{until}' for factor in sys.argv[2:]]
print("\n".join(out))
PY
field() { printf '%s' "$out" | python3 -c 'import json,sys
at = json.load(sys.stdin)
for key in sys.argv[1:]: at = at[int(key)] if key.isdigit() else at[key]
print(json.dumps(at))' "$@"; }
is() { # is VALUE KEY... : in the last JSON
  local wanted=$1 found; shift
  found=$(field "$@")
  [ "$found" = "$wanted" ] || { echo "FAIL: $* is $found, want $wanted"; failures=$((failures + 1)); }
}

expect 0 "simulated evidence" "$CLAUSTRUM" sim evidence --platform amd-sev-snp --authority amd --rsa-bits 2048 \
  --report-data "$data" --out sim
root=$(python3 -c 'import json; print(json.load(open("sim/case.json"))["root"])')
collateral=()
while read -r name file; do collateral+=(--collateral "$name=sim/$file"); done < <(python3 -c '
import json
for pair in json.load(open("sim/case.json"))["collateral"].items(): print(*pair)')
verify=("$CLAUSTRUM" verify sim/evidence.bin "${collateral[@]}" --report-data "$data")
printf 'version = 2\nname = "root"\n[[simulated]]\nroot = "%s"\nreason = "test"\nuntil = "2099-01-01T00:00:00Z"\n' "$root" > root.toml
"${verify[@]}" --policy root.toml --json > found.json 2> log
python3 policy.py found.json collateral-current > policy.toml
ear=(--policy policy.toml --ear result.jwt --ear-key signer.pem)
show=("$CLAUSTRUM" ear show result.jwt --key signer.pub)

# The policy takes the simulated root; the result does not.
expect 0 "accepted for a demonstration" "${verify[@]}" "${ear[@]}" --ear-nonce 0102030405060708
expect 10 "and contraindicated" "${show[@]}"; says "SIMULATED: NO PROTECTION"; says contraindicated; no_errors
expect 10 "for programs" "${show[@]}" --json; one_json
is '"contraindicated"' status; is '"refused"' verdict; is '"ietf"' dialect; is true simulated
is '"amd-sev-snp"' submodules 0 name
is '{"instance-identity": 97, "configuration": 0, "executables": 0, "hardware": 97, "runtime-opaque": 96}' submodules 0 vector
is "\"ni:///sha-256;$(openssl dgst -sha256 -binary policy.toml | basenc --base64url | tr -d =)\"" submodules 0 policy_ids 0
policy_id=$(field submodules 0 policy_ids 0 | tr -d '"')
for part in cccc evidence.bin; do case "$(cat result.jwt)" in *$part*) echo "FAIL: $part"; failures=$((failures + 1)) ;; esac; done

# What a reader may demand.
nonce=$(printf '\001\002\003\004\005\006\007\010' | basenc --base64url | tr -d =)
expect 10 "the nonce that was sent" "${show[@]}" --nonce "$nonce" --report-data "$data" --policy-id "$policy_id" --max-age 300 --json
is '"contraindicated"' status
refused() { local reason=$1; shift; expect 10 "$reason" "${show[@]}" "$@" --json; one_json; says "\"reason\":\"$reason\""; }
refused ear.nonce_mismatch --nonce bm90LXRoaXM
refused ear.evidence_nonce --report-data "${data/a5/a6}"
refused ear.policy --policy-id ni:///sha-256:x
refused ear.expired --at "$(date -u -d '+10 minutes' +%FT%TZ)"
refused ear.not_yet_valid --at "$(date -u -d '-10 minutes' +%FT%TZ)"
expect 10 "another key" "$CLAUSTRUM" ear show result.jwt --key other.pub --json; one_json; says jws.signature
expect 10 "the key before the token" "$CLAUSTRUM" ear show --key signer.pub result.jwt; says contraindicated
expect 10 "one of two keys" "$CLAUSTRUM" ear show result.jwt --key other.pub --key signer.pub; says contraindicated
expect 10 "a key of another kind" "$CLAUSTRUM" ear show result.jwt --key p384.pub --json; says jws.alg
expect 10 "from standard input" bash -c '"$CLAUSTRUM" ear show - --key signer.pub < result.jwt'; says contraindicated
expect 30 "a private key" "$CLAUSTRUM" ear show result.jwt --key signer.pem --json; one_json; says key_file
expect 30 "no key" "$CLAUSTRUM" ear show result.jwt --key policy.toml --json; one_json
expect 2 "a key that is not there" "$CLAUSTRUM" ear show result.jwt --key nowhere --json; one_json
expect 2 "no key named" "$CLAUSTRUM" ear show result.jwt --json; one_json
expect 2 "no time" "$CLAUSTRUM" ear show result.jwt --key signer.pub --at soon --json; one_json
head -c 200 result.jwt > cut.jwt
expect 30 "cut short" "$CLAUSTRUM" ear show cut.jwt --key signer.pub --json; one_json
: > empty.jwt
expect 30 "empty" "$CLAUSTRUM" ear show empty.jwt --key signer.pub --json; one_json
tr 'A-Y' 'B-Z' < result.jwt > changed.jwt
expect 30 "changed" "$CLAUSTRUM" ear show changed.jwt --key signer.pub --json; one_json

# Dialects, and a key of the other kind.
for dialect in veraison trustee; do
  expect 0 "$dialect" "${verify[@]}" "${ear[@]}" --ear-dialect $dialect --ear-raw-evidence
  expect 10 "$dialect" "${show[@]}" --json; one_json; is "\"$dialect\"" dialect; is true raw_evidence
done
is '"cpu0"' submodules 0 name
expect 0 "P-384" "${verify[@]}" --policy policy.toml --ear result.jwt --ear-key p384.pem --ear-component vm --ear-life 60
expect 10 "P-384" "$CLAUSTRUM" ear show result.jwt --key p384.pub --json; is '"vm"' submodules 0 name

# Refused evidence gets a result too; where nothing can be judged none is written.
expect 10 "an unfinished policy" "${verify[@]}" --policy root.toml --ear refused.jwt --ear-key signer.pem
expect 10 "contraindicated" "$CLAUSTRUM" ear show refused.jwt --key signer.pub --json; is '"contraindicated"' status
rm -f none.jwt
expect 2 "no policy" "${verify[@]}" --ear none.jwt --ear-key signer.pem --json; one_json
expect 2 "a case" "$CLAUSTRUM" verify --case sim --ear none.jwt --ear-key signer.pem --json; one_json
expect 2 "no signing key" "${verify[@]}" --policy policy.toml --ear none.jwt
expect 2 "a signing key that is not there" "${verify[@]}" --policy policy.toml --ear none.jwt --ear-key nowhere --json; one_json
expect 2 "a life too long" "${verify[@]}" "${ear[@]}" --ear-life 86401
expect 2 "a nonce too short" "${verify[@]}" "${ear[@]}" --ear-nonce 01 --json; one_json
expect 2 "an unknown dialect" "${verify[@]}" "${ear[@]}" --ear-dialect dutch
expect 2 "a key without --ear" "${verify[@]}" --policy policy.toml --ear-key signer.pem
expect 30 "a key that signs no tokens" "${verify[@]}" --policy policy.toml --ear none.jwt --ear-key ed.pem --json; one_json
expect 30 "a policy that is none" "${verify[@]}" --policy sim/evidence.bin --ear none.jwt --ear-key signer.pem --json; one_json
[ ! -e none.jwt ] || { echo "FAIL: a result of nothing"; failures=$((failures + 1)); }

shared=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}
if [ ! -d "$shared/evidence" ]; then
  echo "skipped real evidence and Veraison's sample: no $shared"
  finish
  exit 77
fi
genuine=$shared/evidence/snp-v5-turin-vcek-azure-aci
verify=("$CLAUSTRUM" verify "$genuine/evidence.bin" --collateral "vcek=$genuine/vcek.der" --collateral "ask=$genuine/ask.der"
  --collateral "ark=$genuine/ark.der" --at 2026-03-07T01:04:33Z)
"${verify[@]}" --json > found.json 2> log
python3 policy.py found.json revocation collateral-current > policy.toml
expect 0 "real evidence, revocation waived" "${verify[@]}" "${ear[@]}"
expect 10 "is a warning" "${show[@]}" --at 2026-03-07T01:05:00Z --json; is '"warning"' status; is false simulated
is '{"instance-identity": 0, "configuration": 2, "executables": 3, "hardware": 32, "runtime-opaque": 32}' submodules 0 vector
expect 10 "a verdict of then is none of today" "${show[@]}" --json; says ear.expired

veraison=$shared/vectors/rats/ear
show=("$CLAUSTRUM" ear show "$veraison/c-ear.jwt" --key "$veraison/c-ear.pkey.pem" --at 2023-02-24T14:30:00Z)
expect 10 "Veraison's sample is old" "${show[@]}"; says ear.stale
expect 0 "Veraison's sample" "${show[@]}" --max-age 20000000 --json; one_json; is '"affirming"' status; is '"veraison"' dialect
expect 0 "a key as JWK" "$CLAUSTRUM" ear show "$veraison/c-ear.jwt" --key "$veraison/veraison-go/pkey.json" \
  --at 2023-02-24T14:30:00Z --max-age 20000000
finish
