#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same demands of a policy on every platform: lists of machines and products, bits, floors, advisories until a
# date, waivers. Each takes its evidence, refuses it for one reason when one thing is changed, and shows on one screen.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
data=$(printf '5a%.0s' {1..64})
cat > write.py <<'PY'
# A complete policy for what a verdict says was found: write.py VERDICT ROOTS [KEY=RULE...]; KEY= leaves a line out.
import json, sys
verdict = json.load(open(sys.argv[1]))
claims, text = verdict["claims"] or verdict["unverified_claims"], json.dumps
lines = {"product": claims["product"], "debug": claims["debug"], "hardware-id": claims["hardware_id"]}
if claims["platform"] == "amd-sev-snp":
    lines |= {"provider": claims["provider"], "privilege-level": claims["privilege_level"]}
if claims["migration"] is not None:
    lines["migration"] = claims["migration"]
lines = {name: f"{{ exact = {text(value)} }}" for name, value in lines.items()}
if claims["standing"]:
    lines["tcb-status"] = f'{{ exact = {text(claims["standing"]["status"])} }}'
    lines["tcb-date"] = f'{{ at-least = {text(claims["standing"]["date"])} }}'
    lines["evaluation-number"] = f'{{ at-least = {claims["standing"]["evaluation_data_number"]} }}'
lines |= {f"measurements.{name}": f"{{ exact = {text(value)} }}" for name, value in claims["measurements"].items()}
levels, product = dict(claims["tcb"]), claims["product"]
for prefix in ("sgxtcbcomp", "tdxtcbcomp"):
    if prefix + "01" in levels:
        list_of = [levels.pop(f"{prefix}{i:02}") for i in range(1, 17)]
        lines[f"tcb.{product}.{prefix}onents"] = f"{{ at-least = {list_of} }}"
lines |= {f"tcb.{product}.{name}": f"{{ at-least = {level} }}" for name, level in levels.items()}
name, extra = claims["platform"], ""
for change in sys.argv[3:]:
    key, _, rule = change.partition("=")
    if key == "platform":
        name = rule
    elif key == "extra":
        extra += rule.replace("\\n", "\n")
    elif rule:
        lines[key.replace("PRODUCT", product)] = rule
    else:
        del lines[key]
until = 'reason = "test"\nuntil = "2099-01-01T00:00:00Z"\n'
print(f'version = 2\nname = "test"\n[platform.{name}]')
print("\n".join(f"{key} = {rule}" for key, rule in lines.items()))
print(f'[init-data]\ndigest = {{ exact = {text(claims["host_data"])} }}')
roots = open(sys.argv[2]).read().split()
print(f'[[simulated]]\nroot = "{roots[0]}"\n{until}')
for at, root in enumerate(roots):
    print(f'[[floor]]\nissuer = "{root}"\ncrl-this-update = "2026-01-01T00:00:00Z"')
    if at == 0:
        print(extra if extra and not extra.startswith("[") else "")
print(extra if extra.startswith("[") else "")
PY
spki() { openssl x509 -inform DER -in "$1" -pubkey -noout | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1; }
evidence() { # evidence DIR OPTION... : simulated, with verify's arguments for it in DIR.args
  local dir=$1; shift
  expect 0 "evidence $dir" "$CLAUSTRUM" sim evidence --platform "$platform" --authority "authority-$platform" \
    --report-data "$data" --out "$dir" "$@"
  python3 -c "
import json
for name, file in json.load(open('$dir/case.json'))['collateral'].items(): print('--collateral', name + '=$dir/' + file)" > "$dir.args"
}
judge() { "$CLAUSTRUM" verify "$1/evidence.bin" $(cat "$1.args") --policy policy.toml --report-data "$data" "${@:2}"; }
write() { python3 write.py "$1.json" roots "${@:2}" > policy.toml; }
screen() { # what is on it fits: 50 lines of 100 columns
  printf '%s\n' "$out" | awk -v what="$1" 'length > 100 { print "FAIL " what ": too wide: " $0 } END { if (NR > 50) print "FAIL " what ": " NR " lines" }' > wide
  [ -s wide ] && { cat wide; failures=$((failures + 1)); }
}
accepts() { expect 0 "$platform $1" judge "${@:2}"; screen "$1"; says ACCEPTED; }
refuses() { # refuses NAME FACTOR REASON DIR... : for this reason and nothing else
  expect 10 "$platform $1" judge "${@:4}"; screen "$1"; says REFUSED
  local found; found=$(judge "${@:4}" --json 2> log | python3 -c '
import json, sys
print([(f["id"], f["reason"]) for f in json.load(sys.stdin)["factors"] if f["status"] in ("fail", "not-reached")])')
  [ "$found" = "[('$2', '$3')]" ] || { echo "FAIL $platform $1: $found"; failures=$((failures + 1)); }
}
for platform in amd-sev-snp intel-sgx intel-tdx; do
  mkdir "$platform" && cd "$platform" && cp ../write.py .
  evidence good; evidence debug --debug
  python3 -c "import json; print(json.load(open('good/case.json'))['root'])" > roots
  [ "$platform" = amd-sev-snp ] || spki "authority-$platform/platform_ca.der" >> roots
  for dir in good debug; do
    printf 'version = 2\nname = "r"\n[[simulated]]\nroot = "%s"\nreason = "r"\nuntil = "2099-01-01T00:00:00Z"\n' "$(head -1 roots)" > policy.toml
    judge $dir --json > $dir.json 2> log
  done
  write good; accepts "as it is" good; says "simulated"; says "program"
  expect 0 "explained" "$CLAUSTRUM" policy explain policy.toml; says "$platform; all else is refused"; no_errors
  cp policy.toml good.toml

  # Lists of machines, products, platforms.
  own=$(python3 -c "import json; print(json.load(open('good.json'))['claims']['hardware_id'])")
  write good "hardware-id={ one-of = [\"$(printf '%0*d' ${#own} 0)\", \"$own\"] }"; accepts "one of two machines" good
  write good "hardware-id={ one-of = [\"$(printf '%0*d' ${#own} 0)\"] }"; refuses "another machine" hardware-id policy.hardware_id good
  write good 'product={ exact = "other" }' "tcb.other.x={ exact = 1 }" 2> log
  sed -i 's/^tcb\.[^.]*\./tcb.any./' policy.toml; sed -i '/^tcb.any.x/d' policy.toml
  refuses "another product" product policy.product good
  write good platform=new-tee
  expect 10 "$platform another platform" judge good; says policy.platform

  # Debug, and doing without that check until a date.
  write debug 'debug={ exact = false }'; refuses "a debug guest" debug policy.debug debug
  write debug 'debug={ exact = false }' 'extra=[[waive]]\nfactor = "debug"\nreason = "bring-up"\nuntil = "2098-01-01T00:00:00Z"\n'
  accepts "waived" debug; says "waived       debug"; says "bring-up (until 2098-01-01T00:00:00Z)"
  expect 0 "$platform waived, for programs" judge debug --json; says '"factor":"debug","reason":"bring-up"'
  expect 10 "$platform a change that waives" "$CLAUSTRUM" policy diff good.toml policy.toml; says "WIDER            waive.debug"
  write debug 'debug={ exact = false }' 'extra=[[waive]]\nfactor = "debug"\nreason = "bring-up"\nuntil = "2020-01-01T00:00:00Z"\n'
  refuses "a waiver that ended" debug policy.debug debug

  # Bits.
  case $platform in
    amd-sev-snp) field=policy.raw ;;
    intel-sgx) field=attributes ;;
    intel-tdx) field=td_attributes ;;
  esac
  write good "claims.\"$field\"={ clear = [\"DEBUG\"], ignore = \"others differ\" }"; accepts "bits" good; says "claim.$field"
  write debug "claims.\"$field\"={ clear = [\"DEBUG\"], ignore = \"others differ\" }"
  refuses "a bit that is set" "claim.$field" policy.claim debug
  says "DEBUG clear; other bits free (others differ)"
  write good "claims.\"$field\"={ set = [\"DEBUG\"], ignore = \"others differ\" }"
  refuses "a bit that is clear" "claim.$field" policy.claim good
  expect 0 "bits in words" "$CLAUSTRUM" policy explain policy.toml; says "must have DEBUG set"
  expect 10 "bits taken out" "$CLAUSTRUM" policy diff policy.toml good.toml; says "WIDER            platform.$platform.claims.$field"

  if [ "$platform" = amd-sev-snp ]; then
    write good "tcb.PRODUCT.snp={ at-least = 255 }"; refuses "a floor" tcb.snp policy.tcb good
    write good; accepts "what AMD does not offer" good; says "not-offered  advisories"; says "not-offered  leaf-revocation"
    sed -i '2a forbid-not-offered = ["advisories"]' policy.toml
    refuses "what AMD does not offer, demanded" advisories policy.not_offered good
  else
    # Floors of three kinds.
    write good "tcb.PRODUCT.pcesvn={ at-least = 65535 }"; refuses "a floor" tcb.pcesvn policy.tcb good
    write good "tcb.PRODUCT.sgxtcbcomponents={ at-least = [255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }"
    refuses "a floor in a list" tcb.sgxtcbcomp01 policy.tcb good
    write good "evaluation-number={ at-least = 9999 }"; refuses "an edition" evaluation-number policy.evaluation_number good
    write good "extra=evaluation-number = 9999"; refuses "a floor for the edition" collateral-current collateral.below_floor good
    write good "extra=evaluation-number = 1"; accepts "a floor for the edition" good
    expect 0 "a floor for the edition, for programs" judge good --json; says "lists of edition"
    write good 'tcb-date={ ignore = "r" }' 'extra=tcb-date = "2098-01-01T00:00:00Z"'
    refuses "a floor for the date" tcb-date dcap.tcb.below_floor good
    expect 0 "floors in words" "$CLAUSTRUM" policy explain policy.toml; says "firmware current at       2098-01-01T00:00:00Z"
    # Firmware that is behind, its advisories accepted by id until a date.
    evidence old --out-of-date
    cp good.toml policy.toml; judge old --json > old.json 2> log
    ids=$(python3 -c "import json; print(*json.load(open('old.json'))['claims']['standing']['advisories'])")
    write old; refuses "advisories" advisories policy.advisory old; says "$(echo $ids | sed 's/ /, /g')"
    accepted() { for id in $ids; do printf '[[platform.%s.advisory]]\\nid = "%s"\\nreason = "no neighbours"\\nuntil = "%s"\\n' "$platform" "$id" "$1"; done; }
    write old "extra=$(accepted 2098-01-01T00:00:00Z)"; accepts "accepted by id" old
    says "waived       advisories"; says "no neighbours (until 2098-01-01T00:00:00Z)"
    expect 0 "accepted, for programs" judge old --json; says '"factor":"advisories"'
    expect 0 "accepted, in words" "$CLAUSTRUM" policy explain policy.toml; says "ACCEPTS ADVISORY"
    write old "extra=$(accepted 2020-01-01T00:00:00Z)"; refuses "an acceptance that ended" advisories policy.advisory old
    write old 'tcb-status={ exact = "UpToDate" }' "extra=$(accepted 2098-01-01T00:00:00Z)"
    refuses "another standing" tcb-status policy.tcb_status old
  fi

  # Nobody names the program.
  sed -E 's/^(measurements\.(measurement|mr_td|mr_enclave|mr_signer)) = .*/\1 = { ignore = "any" }/' good.toml > policy.toml
  refuses "any program" program policy.program_unconstrained good
  expect 10 "checked" "$CLAUSTRUM" policy check policy.toml --allow simulated-root --allow long-grant; says program-open
  cd ..
done
finish
