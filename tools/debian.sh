#!/bin/sh
# Install Debian packages that are missing: tools/debian.sh [COMMAND:]PACKAGE...
#
# With COMMAND, a program of that name on PATH will do, wherever it came from.  Nothing missing: nothing is
# done, and no network is needed.  Not root: says in one line what to install, and fails.
set -eu

missing=
for want in "$@"; do
    package=${want#*:}
    if [ "$package" != "$want" ] && command -v "${want%%:*}" >/dev/null 2>&1; then
        continue
    fi
    if command -v dpkg-query >/dev/null 2>&1 &&
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ]; then
        continue
    fi
    missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "tools/debian.sh: no Debian here; taking for granted that there is what Debian calls$missing" >&2
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    echo "vizstream needs Debian packages; as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

mkdir -p .make
log=.make/apt.log
install() {
    # shellcheck disable=SC2086  # one word for each package
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=300 $missing </dev/null >"$log" 2>&1
}
echo "installing Debian packages:$missing" >&2
# The lists may be absent (a fresh machine) or stale (404): refresh them only then.
if ! install && ! { apt-get update -o DPkg::Lock::Timeout=300 >"$log" 2>&1 && install; }; then
    tail -n 20 "$log" >&2
    echo "tools/debian.sh: apt-get could not install$missing (whole log: $log)" >&2
    exit 1
fi
