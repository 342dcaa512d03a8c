#!/usr/bin/env bash
# The long proofs, which the test run makes short ones of: every race a thousand times, and the server killed under
# load a thousand times, five hundred on each database. PostgreSQL keeps fsync on, as in real life.
#
#   bash tests/prove.sh [TRIES [KILLS]]   (default 1000, and 500 for each database)
#
# They are the tests of the test run, in the same binary, told to try more often. Prints how often each race came out
# which way, how much was under way when the server was killed, and how long it took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/steps.sh
source tests/steps.sh
# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh

export LOCKBOX_RACE_TRIES=${1:-1000}
export LOCKBOX_KILLS=${2:-500}

begin "What is needed"
need_rust
need_build_tools
need openssl -- command -v openssl
need postgresql -- postgres_find
install_missing
finish

folder_for lockbox-proofs

begin "PostgreSQL"
stop_at_end postgres_stop
postgres_start "$folder" fsync=on
export LOCKBOX_TEST_POSTGRES=$postgres_url
export LOCKBOX_TEST_POSTGRES_CA=$postgres_certificate
finish

begin "Races, $LOCKBOX_RACE_TRIES tries each"
run cargo test --locked --test it -- races:: --nocapture --test-threads=2
finish

begin "Faults, the server killed $LOCKBOX_KILLS times on each database"
run cargo test --locked --test it -- faults:: --nocapture --test-threads=1
finish

printf '\nAll of it holds, after %d s.\n' "$SECONDS"
