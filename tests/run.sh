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

# shellcheck source=tests/steps.sh
source tests/steps.sh
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

begin "What is needed"
need_rust
need_build_tools
need openssl -- command -v openssl
need postgresql -- postgres_find
# The identity provider that single sign-on is tried against runs on Node; npm fetches it.
need nodejs -- command -v node
need npm -- command -v npm
# A gate of the stories; as a child of theirs, never as a service.
need nginx -- command -v nginx
need chromium -- browser_find
need chromium-driver -- command -v chromedriver
install_missing
if [[ -z $only ]] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
    echo "rustfmt or clippy is missing: rustup component add rustfmt clippy" >&2
    exit 1
fi
finish

folder_for lockbox-tests

begin "PostgreSQL"
stop_at_end postgres_stop
# The stories test logic, and this database does not outlive them; tests/prove.sh, which pulls plugs, keeps fsync on.
postgres_start "$folder" fsync=off full_page_writes=off
export LOCKBOX_TEST_POSTGRES=$postgres_url
export LOCKBOX_TEST_POSTGRES_CA=$postgres_certificate
finish

begin "chromedriver"
stop_at_end webdriver_stop
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
