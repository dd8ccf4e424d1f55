#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# claustrum-verify: the same verdicts as `claustrum verify`, byte for byte, and nothing in it but a
# verifier. The link map is printed; a network, store, device or service object in it is a failure.
. "$CLAUSTRUM_ROOT/tests/cli/_lib.sh"
verifier=$CLAUSTRUM_BUILD/claustrum-verify
library=$CLAUSTRUM_BUILD/libclaustrum-verify.so
map=$CLAUSTRUM_BUILD/claustrum-verify.map
fail() { echo "FAIL: $*"; failures=$((failures + 1)); }
for file in "$verifier" "$library" "$map"; do
  [ -e "$file" ] || { echo "FAIL: $file is missing"; exit 1; }
done

# same NAME ARGUMENT... : both programs, in words and as JSON; the code in $code.
same() {
  local name=$1 form first second
  shift
  for form in "" --json; do
    # shellcheck disable=SC2086
    "$CLAUSTRUM" verify "$@" $form > one 2> one.err < /dev/null; first=$?
    # shellcheck disable=SC2086
    "$verifier" "$@" $form > two 2> two.err < /dev/null; second=$?
    [ "$first" = "$second" ] || fail "$name $form: exit $first and $second"
    cmp -s one two || fail "$name $form: not the same output"
    cmp -s one.err two.err || fail "$name $form: not the same errors"
    [ -z "$form" ] || { cat two; echo; } >> all.json
    compared=$((compared + 1))
  done
  code=$second
}

compared=0
at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
data=$(printf '5a%.0s' $(seq 64))
for platform in amd-sev-snp intel-sgx intel-tdx; do
  expect 0 "simulated $platform" "$CLAUSTRUM" sim evidence --platform $platform --authority "authority-$platform" \
    --report-data "$data" --out "$platform"
  root=$(printf '%s' "$out" | python3 -c 'import json, sys; print(json.load(sys.stdin)["root"])')
  same "a simulated case" --case $platform
  [ "$code" = 10 ] || fail "a simulated case of $platform gave $code"
  printf 'version = 2\nname = "x"\n[[simulated]]\nroot = "%s"\nreason = "test"\nuntil = "2100-01-01T00:00:00Z"\n' "$root" \
    > "$platform.toml"
  collateral=()
  for pair in $(python3 -c 'import json, sys
for name, file in json.load(open(sys.argv[1] + "/case.json"))["collateral"].items(): print(f"{name}={sys.argv[1]}/{file}")' $platform)
  do collateral+=(--collateral "$pair"); done
  evidence=("$platform/evidence.bin" "${collateral[@]}" --at "$at")
  same "simulated evidence alone" "${evidence[@]}"
  same "simulated evidence and a policy" "${evidence[@]}" --policy $platform.toml --report-data "$data"
  grep -q '"claims":{' two || fail "$platform: not authentic under a policy that names its root"
  same "another nonce" "${evidence[@]}" --policy $platform.toml --report-data "${data%5a}00" --no-floor
  base64 "$platform/evidence.bin" > $platform.b64
  same "in base64" $platform.b64 --at "$at"
  head -c 600 "$platform/evidence.bin" > $platform.cut
  same "cut short" $platform.cut --at "$at"
done
same "nothing"
same "an unknown option" --nonsense
same "a missing file" /nonexistent
same "a platform that is none" intel-sgx/evidence.bin --as vax
same "a document that is none" --document $platform.cut --profile $platform.cut --publisher "${data:0:64}" --nonce "${data:0:64}"
[ "$code" = 30 ] || fail "a profile that is none gave $code"
expect 1 "a full disk" bash -c '"$1" --help > /dev/full' - "$verifier"; says output.write
expect 10 "a refusal that nobody got" bash -c '"$1" --case amd-sev-snp > /dev/full' - "$verifier"; says output.write
expect 0 version "$verifier" --version; says "claustrum-verify 0"
expect 0 help "$verifier" --help; says "claustrum-verify report.bin"
shared=${CLAUSTRUM_SHARED:-$CLAUSTRUM_ROOT/../shared}/evidence
for folder in "$shared"/*/; do
  grep -qE '"platform": "(amd-sev-snp|intel-sgx|intel-tdx)"' "$folder/case.json" 2> /dev/null || continue
  same "$folder" --case "$folder" --at "$at"
done
python3 -c 'import json, sys
lines = [line for line in open("all.json", encoding="utf-8") if line.strip()]
assert len(lines) == int(sys.argv[1]), "not one object an output"
assert all(isinstance(json.loads(line), dict) for line in lines)' $((compared / 2)) || fail "not exactly one JSON object"
echo "| $compared outputs of claustrum-verify are those of claustrum verify"

# OpenSSL's configuration is not read: it could load code, or switch algorithms off.
printf 'openssl_conf = x\n[x]\nproviders = y\n[y]\nnull = z\n[z]\nactivate = 1\n' > no-algorithms.cnf
"$verifier" --case intel-tdx --json > two
OPENSSL_CONF=$PWD/no-algorithms.cnf "$verifier" --case intel-tdx --json > three; code=$?
[ "$code" = 10 ] && cmp -s two three || fail "another verdict under another OPENSSL_CONF: exit $code"

# What is linked. Of ours only the folders that `verify` may include (src/claustrum/LAYERS).
echo "| link map of claustrum-verify:"
python3 - "$map" "$CLAUSTRUM_ROOT/src/claustrum/LAYERS" <<'PYTHON' || failures=$((failures + 1))
import collections, os, re, sys
text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
allowed = {"verify", "verify_command"}
for line in open(sys.argv[2], encoding="utf-8"):
    if line.startswith("verify:"):
        allowed |= {name.replace("/", "_") for name in line.split(":")[1].split()}
members = collections.defaultdict(set)
for archive, member in re.findall(r"^(\S+\.a)\(([^)\s]+)\)", text, re.M):
    members[os.path.basename(archive)].add(member)
bad, others = [], []
for path in sorted(set(re.findall(r"^LOAD (\S+)", text, re.M))):
    name = os.path.basename(path)
    ours = re.fullmatch(r"libclaustrum_(\w+)\.a", name)
    if ours:
        objects = " ".join(sorted(m.removesuffix(".cpp.o") for m in members[name]))
        print(f"|   {name:34}{len(members[name]):3} objects: {objects}")
        if ours[1] not in allowed:
            bad.append(name)
    elif name.endswith(".a") and not re.fullmatch(r"lib(gcc|gcc_eh|c_nonshared|stdc\+\+fs|pthread)\.a", name):
        bad.append(name)
    else:
        others.append(name)
        if name.endswith(".o") and "/claustrum/" in path and name != "verify_main.cpp.o":
            bad.append(name)
print("|   beside them: " + " ".join(others))
if not members.keys() >= {"libclaustrum_verify.a", "libclaustrum_evidence_snp.a"}:
    bad.append("a map that cannot be read")
for name in bad:
    print(f"FAIL: {name} is linked into claustrum-verify")
sys.exit(bool(bad))
PYTHON

# What it asks of the system: shared libraries, and functions of theirs.
forbidden='socket|socketpair|connect|bind|listen|accept4?|send(to|msg|mmsg)?|recv(from|msg|mmsg)?|shutdown|[sg]etsockopt'
forbidden+='|getaddrinfo|getnameinfo|gethostby.*|inet_.*|res_.*|if_.*|fork|vfork|clone|exec.*|posix_spawn.*|system|popen|wait.*'
forbidden+='|dlopen|dlmopen|dlsym|pthread_create|ioctl|ptrace|mount|rename.*|unlink.*|mk(dir|fifo|nod|s?temp|ostemp).*|truncate|ftruncate'
forbidden+='|sqlite3_.*|SSL_.*|OSSL_HTTP.*|OCSP_.*|BIO_s_(connect|accept|socket|datagram)|BIO_(new_)?(connect|accept|socket).*|.*_load_http'
allowed='libcrypto\.so\.3|libstdc\+\+\.so\.6|libgcc_s\.so\.1|libm\.so\.6|libc\.so\.6|ld-linux-.*'
for file in "$verifier" "$library"; do
  needed=$(readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  echo "| $(basename "$file") needs: $(echo "$needed" | tr '\n' ' ')"
  strange=$(echo "$needed" | grep -vxE "$allowed"); [ -z "$strange" ] || fail "$(basename "$file") needs $strange"
  undefined=$(nm -D --undefined-only "$file" | awk '{print $NF}' | sed 's/@.*//' | sort -u)
  [ "$(echo "$undefined" | wc -l)" -gt 50 ] || fail "no symbols can be read of $file"
  strange=$(echo "$undefined" | grep -xE "$forbidden"); [ -z "$strange" ] || fail "$(basename "$file") refers to $strange"
  echo "|   refers to $(echo "$undefined" | wc -l) functions and objects of them; none opens a connection, starts a process or loads code"
done
crypto=$(ldd "$verifier" | awk '/libcrypto/ {print $3}')
echo "|   libcrypto itself can open sockets ($(nm -D --undefined-only "$crypto" | awk '{print $NF}' | sed 's/@.*//' |
  grep -xE 'socket|connect|getaddrinfo' | sort | tr '\n' ' ')in it); the $(nm -D --undefined-only "$verifier" |
  grep -c '@OPENSSL') functions called here do not"
exported=$(nm -DC --defined-only "$library" | cut -d' ' -f3- | sed 's/@@.*//' | grep -v '^claustrum::verify::\(Verdict::\|verify(\|verify_document(\)')
[ -z "$exported" ] || fail "the library shows more than its interface: $(echo "$exported" | head -5)"

# Where there is no network at all, and under a tracer.
if unshare -rn true 2> /dev/null; then
  unshare -rn "$verifier" --case amd-sev-snp --json > three; code=$?
  "$verifier" --case amd-sev-snp --json > two
  [ "$code" = 10 ] && cmp -s two three || fail "another verdict without a network: exit $code"
  echo "| the same verdict in an empty network namespace"
else
  echo "not run in an empty network namespace: unshare is not allowed here"
fi
if strace -f -o trace "$verifier" --case intel-tdx > /dev/null 2>&1; [ -s trace ]; then
  grep -q 'evidence.bin' trace || fail "the trace shows no evidence"
  strange=$(grep -E '(socket|socketpair|connect|bind|sendto|sendmsg|recvfrom|recvmsg|clone3?|v?fork)\(|O_WRONLY|O_RDWR|O_CREAT' trace)
  [ -z "$strange" ] || fail "$strange"
  [ "$(grep -c 'execve(' trace)" = 1 ] || fail "it started a program"
  opened=$(sed -nE 's/.*open(at)?\(([A-Z_]+, )?"([^"]+)".*\) = [0-9]+$/\3/p' trace | sort -u)
  strange=$(echo "$opened" | grep -vE '^((/usr)?/lib(64)?/.*\.so[.0-9]*|/etc/ld\.so\.[a-z.]*|intel-tdx/.*)$')
  [ -z "$strange" ] || fail "it reads $strange"
  echo "| traced: $(wc -l < trace) system calls, no socket, no process, nothing opened for writing; read:" $opened
else
  echo "not traced: no strace here"
fi
finish
