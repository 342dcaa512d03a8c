#!/usr/bin/env bash
# The long proofs, which the test run makes short ones of: every race a thousand times, and the server killed under
# load twenty times, on both databases. PostgreSQL keeps fsync on, as in real life.
#
#   bash tests/prove.sh [TRIES [KILLS]]   (default 1000 and 20)
#
# They are the tests of the test run, in the same binary, told to try more often. Prints how often each race came out
# which way and how long it took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh

export LOCKBOX_RACE_TRIES=${1:-1000}
export LOCKBOX_KILLS=${2:-20}
folder=''
child=''

clean_up() {
    local status=$?
    trap - EXIT
    if [[ -n $child ]]; then
        kill -TERM -- "-$child" 2>/dev/null || true
    fi
    postgres_stop || true
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# A process group of its own, so that a signal to this script ends the command and all it started.
run() {
    set -m
    "$@" &
    child=$!
    set +m
    wait "$child"
    child=''
}

need_rust
need_build_tools
need openssl -- command -v openssl
need postgresql -- postgres_find
install_missing

folder=$(mktemp -d "${TMPDIR:-/tmp}/lockbox-proofs.XXXXXX")
postgres_start "$folder" fsync=on
export LOCKBOX_TEST_POSTGRES=$postgres_url
export LOCKBOX_TEST_POSTGRES_CA=$postgres_certificate

printf '\n── Races, %d tries each\n' "$LOCKBOX_RACE_TRIES"
run cargo test --locked --test it -- races:: --nocapture --test-threads=2
printf '\n── Kills, %d for each database\n' "$LOCKBOX_KILLS"
run cargo test --locked --test it -- killed:: --nocapture --test-threads=1

printf '\nAll of it holds, after %d s.\n' "$SECONDS"
