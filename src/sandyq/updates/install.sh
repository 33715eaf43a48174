#!/bin/sh
# Installs Sandyq, or brings a new version, from this folder: on Debian 12 or 13, as root, without a network.
#   sh install [--fingerprint "xxxx xxxx …"] [--check] [--no-debian] [options of ./sandyq install]
# --check: only look; --no-debian: this machine's packages are as they should be.
# Before anything is believed, the folder is checked by the publisher's fingerprint, which came to you on paper.
set -eu
umask 022
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
say() { echo "install: $*"; }
fail() { echo "install: $*" >&2; exit 1; }

fingerprint='' only_check='' checked='' no_debian=''
while [ $# -gt 0 ]; do
    case $1 in
        --fingerprint) fingerprint=${2:?--fingerprint wants a value}; shift 2 ;;
        --check) only_check=yes; shift ;;
        --no-debian) no_debian=yes; shift ;;
        --checked) checked=yes no_debian=yes; shift ;; # by ./sandyq update, which has fetched it
        *) break ;;
    esac
done
targets=$here/targets
[ -z "$checked" ] || targets=$here
root=$here/metadata/1.root.json
[ -n "$checked" ] || [ -f "$root" ] || fail "$root is missing. Start this script in the kit's own folder."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Whom to trust

fingerprint_of() { sha256sum "$1" | cut -c1-32 | sed 's/..../& /g; s/ $//'; }
plain() { printf %s "$1" | tr -d ' \t\r\n' | tr A-F a-f; }
if [ -z "$checked" ]; then
    found=$(fingerprint_of "$root")
    if [ -z "$fingerprint" ]; then
        say "This kit comes from the publisher with the fingerprint"
        say "    $found"
        say "Compare it with the publisher's paper. Type the first and the last group, as they stand on the paper:"
        read -r typed || fail "Nothing was typed; nothing was changed."
        case $(plain "$typed") in
            "$(plain "${found%% *}${found##* }")" | "$(plain "$found")") ;; # all of it will do, too
            *) fail "That is not the same. Do not use this kit." ;;
        esac
    elif [ "$(plain "$fingerprint")" != "$(plain "$found")" ]; then
        fail "The kit comes from $found, not from $fingerprint. Do not use it."
    fi
fi

machine=$(uname -m)
[ "$machine" = x86_64 ] || [ -n "$only_check" ] || fail "This kit is for x86_64 machines, this one is $machine."

# Debian's packages, checked by apt with Debian's own key

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
archive=$targets/debian/$codename
offline_apt() {
    apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::By-Hash=no -o APT::Install-Recommends=false "$@"
}
install_debian() { # only what is missing
    [ -z "$no_debian" ] || return 0
    missing=''
    for name in "$@"; do
        case $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) in installed) ;; *) missing="$missing $name" ;; esac
    done
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || fail "$missing are not installed; only root can do that."
    [ -d "$archive" ] || fail "Missing Debian packages:$missing. The kit has none for '$codename'; it has: $(ls "$targets/debian" 2>/dev/null | tr '\n' ' ')"
    if [ ! -d "$work/lists" ]; then
        mkdir -p "$work/lists/partial"
        place=$(echo "$archive" | sed 's/%/%25/g; s/ /%20/g; s/\[/%5b/g; s/\]/%5d/g')
        for suite in "$archive"/*/dists/*; do
            repository=$(basename "$(dirname "$(dirname "$suite")")")
            echo "deb [check-valid-until=no signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] file:$place/$repository $(basename "$suite") main"
        done > "$work/sources.list"
        offline_apt update >"$work/apt.log" 2>&1 || { cat "$work/apt.log" >&2; fail "apt does not accept the kit's Debian packages; see above."; }
    fi
    say "Debian's packages:$missing"
    # shellcheck disable=SC2086 # names
    DEBIAN_FRONTEND=noninteractive offline_apt install -y $missing >"$work/apt.log" 2>&1 ||
        { tail -20 "$work/apt.log" >&2; fail "Debian's packages could not be installed. If this machine has newer ones than the kit, get a newer kit."; }
}

# The kit itself, by the publisher's signatures

if [ -z "$checked" ]; then
    install_debian python3 python3-cryptography
    say "checking the kit …"
    /usr/bin/python3 -I - "$here" > "$work/version" <<'PYTHON' || exit 1
import datetime, hashlib, json, os, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

top = sys.argv[1]


def fail(words):
    sys.exit(f"install: {words}")


def read(name):
    try:
        with open(os.path.join(top, "metadata", name), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        fail(f"metadata/{name} cannot be read ({error}). Copy the kit again.")


def verify(document, role, root, name):
    try:
        return count_signatures(document, role, root, name)
    except (KeyError, TypeError, AttributeError):  # one letter of a name is another: JSON all the same
        fail(f"metadata/{name} is damaged. Copy the kit again.")


def count_signatures(document, role, root, name):
    """A signature counts once a key, and only by keys that root names for the role."""
    message = json.dumps(document["signed"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    good = set()
    for signature in document["signatures"]:
        if signature["keyid"] in root["roles"][role]["keyids"]:
            key = root["keys"][signature["keyid"]]["keyval"]["public"]
            try:
                Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature["sig"]), message)
            except (InvalidSignature, ValueError):
                continue
            good.add(key)
    if len(good) < root["roles"][role]["threshold"] or document["signed"]["_type"] != role:
        fail(f"metadata/{name} is not signed by the publisher. Do not use this kit, or copy it again.")
    return document["signed"]


first = read("1.root.json")
root = verify(first, "root", first["signed"], "1.root.json")
while os.path.exists(os.path.join(top, "metadata", f"{root['version'] + 1}.root.json")):
    name = f"{root['version'] + 1}.root.json"
    document = read(name)
    verify(document, "root", root, name)
    newer = verify(document, "root", document["signed"], name)
    if newer["version"] != root["version"] + 1:
        fail(f"metadata/{name} says that it is version {newer['version']}.")
    root = newer
timestamp = verify(read("timestamp.json"), "timestamp", root, "timestamp.json")
version = timestamp["meta"]["snapshot.json"]["version"]
snapshot = verify(read(f"{version}.snapshot.json"), "snapshot", root, f"{version}.snapshot.json")
number = snapshot["meta"]["targets.json"]["version"]
targets = verify(read(f"{number}.targets.json"), "targets", root, f"{number}.targets.json")
if snapshot["version"] != version or targets["version"] != number:
    fail("The signed lists are not of one release. Copy the kit again.")
today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
if today > timestamp["expires"]:
    print(f"install: this kit was good until {timestamp['expires'][:10]}: there may be a newer one with repairs.", file=sys.stderr)

damaged, done, size = [], 0, sum(about["length"] for about in targets["targets"].values())
for name, about in sorted(targets["targets"].items()):
    path = os.path.join(top, "targets", *name.split("/"))
    whole = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while piece := file.read(1 << 20):
                whole.update(piece)
        good = os.path.getsize(path) == about["length"] and whole.hexdigest() == about["hashes"]["sha256"]
    except OSError:
        good = False
    if not good:
        damaged.append(name)
    if done // (size // 4 + 1) != (done + about["length"]) // (size // 4 + 1):
        print(f"install:   {(done + about['length']) / 1e6:.0f} of {size / 1e6:.0f} MB", file=sys.stderr)
    done += about["length"]
with open(os.path.join(top, "install"), "rb") as file:
    if hashlib.sha256(file.read()).hexdigest() != targets["targets"]["install"]["hashes"]["sha256"]:
        damaged.append("../install")
if damaged:
    print("install: these files are damaged or missing; copy them again from where the kit came from:", file=sys.stderr)
    for name in damaged:
        print(f"install:     targets/{name}", file=sys.stderr)
    sys.exit(1)
with open(os.path.join(top, "targets", "bundles.json"), encoding="utf-8") as file:
    software = json.load(file).get("software")
print(software["version"] if software else "")
PYTHON
    version=$(cat "$work/version")
    say "the kit is whole: ${version:-lessons only}"
else
    version=${SANDYQ_VERSION:?}
fi
[ -z "$only_check" ] || exit 0

# The program

[ -n "$version" ] || fail "This folder holds lessons only. On the server: sandyq update --from $here"
[ "$(id -u)" = 0 ] || fail "Only root can install. Become root (su -) and run it again."
install_debian python3-venv ca-certificates fonts-noto-core restic avahi-daemon systemd
versions=/opt/sandyq/versions
program=$versions/$version
if [ ! -f "$program/.complete" ]; then
    say "unpacking $version into $program"
    rm -rf "$program"
    mkdir -p "$versions"
    mkdir -m 700 "$program"
    # a machine whose clock has stopped would be told of each file that it is of the future
    tar -xzf "$targets/sandyq-$version.tar.gz" --warning=no-timestamp --no-same-owner -C "$program"
    if [ -n "$checked" ]; then cp "${SANDYQ_ROOT:?}" "$program/root.json"; else cp "$root" "$program/root.json"; fi
    SANDYQ_KIT=$targets SANDYQ_PYTHON=/usr/bin/python3 "$program/sandyq" version >"$work/set-up" 2>&1 ||
        [ -f "$program/.venv/stamp" ] || { tail -20 "$work/set-up" >&2; fail "The packages could not be set up in $program."; }
    sync
    : > "$program/.complete"
fi
if "$program/.venv/bin/python" -m sandyq.cli install --help >/dev/null 2>&1; then
    current=$(readlink /opt/sandyq/current 2>/dev/null || true)
    if [ -n "$current" ] && [ "${current##*/}" != "$version" ]; then
        exec "$program/sandyq" upgrade "$@"
    fi
    exec "$program/sandyq" install "$@"
fi
chmod 755 "$program"
say "done. To look at it: $program/sandyq demo --home /var/lib/sandyq-demo"
