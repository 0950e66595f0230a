#!/bin/sh
# Make the virtual environment and install vizstream into it: tools/python.sh VENV [EXTRA]
# Say which Debian packages that takes:                       tools/python.sh --needs VENV
#
# Does nothing, and needs no network, while the environment works and the packages that pyproject.toml asks
# for are those of the last time.  PYTHON=... chooses the interpreter; otherwise the newest one from 3.10 on.
set -eu

works() { # is this a Python that we can use?
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 10))' >/dev/null 2>&1
}

newest() {
    for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3.10 python3}; do
        if works "$name"; then
            command -v "$name"
            return
        fi
    done
}

if [ "$1" = --needs ]; then
    works "$2/bin/python" && exit
    python=$(newest)
    if [ -n "$python" ]; then
        # Debian keeps ensurepip, without which a virtual environment has no pip, in a package of its own.
        "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
            "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    elif [ -z "${PYTHON:-}" ] && ! command -v python3 >/dev/null 2>&1; then
        echo python3 python3-venv
    fi
    exit
fi

venv=$1
extra=${2:+[$2]}
if ! works "$venv/bin/python"; then
    python=$(newest)
    if [ -z "$python" ]; then
        found=$("${PYTHON:-python3}" --version 2>&1 | tail -n 1 || true)
        echo "vizstream needs Python 3.10 or newer, but finds ${found:-none}; install one, or say make PYTHON=..." >&2
        exit 1
    fi
    echo "making $venv with $("$python" --version)" >&2
    "$python" -m venv --clear "$venv"
fi

# The installed packages depend on everything before pyproject.toml's first [tool...] table, and on this path.
stamp=$venv/.installed${2:+-$2}
wanted=$(sed '/^\[tool\./,$d' pyproject.toml && pwd)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing vizstream$extra into $venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --editable ".$extra" >&2
    # With an extra, what goes without it is there too.
    printf '%s\n' "$wanted" | tee "$stamp" >"$venv/.installed"
fi
