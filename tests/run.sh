#!/usr/bin/env bash
# The one test command: format, lints, and every test on both databases and in a real browser.
#
#   bash tests/run.sh                  everything, as it must pass before a change is kept
#   bash tests/run.sh --only PATTERN   only the tests whose name contains PATTERN, without format and lints
#
# It installs what is missing (as root on Debian; otherwise it says what to install), starts a PostgreSQL and a
# chromedriver of its own, and stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh
# shellcheck source=tests/webdriver.sh
source tests/webdriver.sh

only=''
if (($# == 2)) && [[ $1 == --only && -n $2 ]]; then
    only=$2
elif (($# > 0)); then
    echo "usage: bash tests/run.sh [--only PATTERN]" >&2
    exit 2
fi

folder=''
step=''
since=0
child=''

begin() {
    step=$1
    since=$SECONDS
    printf '\n── %s\n' "$step"
}

finish() {
    printf '── %s: %d s\n' "$step" "$((SECONDS - since))"
    step=''
}

# A process group of its own, so that a signal to this script ends the command and all it started.
run() {
    set -m
    "$@" &
    child=$!
    set +m
    wait "$child"
    child=''
}

clean_up() {
    local status=$?
    trap - EXIT
    if ((status != 0)) && [[ -n $step ]]; then
        printf '\n── FAILED: %s, after %d s\n' "$step" "$((SECONDS - since))" >&2
    fi
    if [[ -n $child ]]; then
        kill -TERM -- "-$child" 2>/dev/null || true
    fi
    webdriver_stop || true
    postgres_stop || true
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

begin "What is needed"
need_rust
need_build_tools
need openssl -- command -v openssl
need postgresql -- postgres_find
need chromium -- browser_find
need chromium-driver -- command -v chromedriver
install_missing
if [[ -z $only ]] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
    echo "rustfmt or clippy is missing: rustup component add rustfmt clippy" >&2
    exit 1
fi
finish

folder=$(mktemp -d "${TMPDIR:-/tmp}/lockbox-tests.XXXXXX")

begin "PostgreSQL"
# The stories test logic, and this database does not outlive them; tests/prove.sh, which pulls plugs, keeps fsync on.
postgres_start "$folder" fsync=off full_page_writes=off
export LOCKBOX_TEST_POSTGRES=$postgres_url
export LOCKBOX_TEST_POSTGRES_CA=$postgres_certificate
finish

begin "chromedriver"
webdriver_start "$folder"
export LOCKBOX_TEST_WEBDRIVER=$webdriver_url
finish

if [[ -z $only ]]; then
    begin "Format"
    run cargo fmt --check
    finish

    begin "Lints"
    run cargo clippy --locked --all-targets -- -D warnings
    finish
fi

begin "Tests"
run cargo test --locked ${only:+"$only"}
finish

printf '\nAll is well, after %d s.\n' "$SECONDS"
