#!/usr/bin/env bash
# Holds the side door against its own description: schemathesis makes requests from the document, right and wrong ones,
# and checks every answer with all its checks.
#
#   bash tests/schemathesis.sh [EXAMPLES]   with so many examples for each operation and phase (default 50)
#
# It serves the demo's people and requests from a folder of its own, without limits for keys, and stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/steps.sh
source tests/steps.sh
# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh
# shellcheck source=tests/server.sh
source tests/server.sh

examples=${1:-50}
version=4.32.5
lockbox=${CARGO_TARGET_DIR:-target}/debug/lockbox
server_id=''

begin "What is needed"
need_rust
need_build_tools
need curl -- command -v curl
need python3 python3-venv -- python3 -c 'import ensurepip, venv'
install_missing
folder_for lockbox-schemathesis
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
finish

begin "Build"
# What the stories are built with has the binary, too.
run cargo test --locked --no-run --test it
finish

# Starts a server in the background and waits until it answers at $1.
serve() {
    local url=$1
    shift
    "$@" >"$folder/server.log" 2>&1 &
    server_id=$!
    wait_for "$server_id" "$url" "$folder/server.log"
}

stop_server() {
    if [[ -n $server_id ]]; then
        kill -TERM "$server_id" 2>/dev/null || true
        wait "$server_id" 2>/dev/null || true
        server_id=''
    fi
}

begin "The demo's people, served without limits"
stop_at_end stop_server
port=$(free_port)
serve "http://localhost:$port/healthz" "$lockbox" demo --data "$folder/demo" --listen "127.0.0.1:$port"
stop_server
key=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["api_key"])' "$folder/demo/demo.json")
serve "http://localhost:$port/healthz" "$lockbox" serve --database-url "sqlite://$folder/demo/lockbox.db" \
    --listen "127.0.0.1:$port" --base-url "http://localhost:$port" --mail "folder://$folder/mail" \
    --key-requests-per-second 0
finish

begin "schemathesis $version, $examples examples"
run "$folder/venv/bin/schemathesis" --config-file tests/schemathesis.toml run \
    "http://localhost:$port/api/v1/openapi.json" --header "Authorization: Bearer $key" \
    --checks all --max-examples "$examples" --generation-database none --continue-on-failure
finish

printf '\nThe side door is what it says it is, after %d s.\n' "$SECONDS"
