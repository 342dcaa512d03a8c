#!/usr/bin/env bash
# How fast the product is, on both databases, beside bare yardsticks in the same run, so that machines can be
# compared. Prints tables.
#
#   bash tests/bench.sh [REQUESTS] [PART…]
#
# REQUESTS is the number of data access requests of the one tenant whose pages are asked for (default 100000). The parts,
# all where none is named:
#
#   pages       a tenant's list, and another tenant's requests, beside a plaintext GET
#   gate        questions about live access, without and with activity, beside a plaintext POST and the disk
#   windows     the same questions where few and where very many windows are live, and the memory that takes
#   revocation  how soon a revocation holds, at rest and under floods
#   acts        acts beside a bare UPDATE of one hot row
#   doors       whether the time of an answer at the door shows who is known
#
# The server has core 0 and one worker, and so has the plaintext actix-web server that is the yardstick of answers; the
# load and PostgreSQL share core 1. PostgreSQL keeps fsync on.
#
# tests/bench/ has the parts, and the program that fills the databases, signs somebody in, and measures what wrk cannot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh
# shellcheck source=tests/server.sh
source tests/server.sh
# shellcheck source=tests/bench/pages.sh
source tests/bench/pages.sh
# shellcheck source=tests/bench/gate.sh
source tests/bench/gate.sh
# shellcheck source=tests/bench/acts.sh
source tests/bench/acts.sh

# In this order: the gate is measured before very many windows are live.
all_parts=(pages gate windows revocation acts doors)
parts=()
requests=100000
rounds=3
seconds=5

folder=''
baseline_id=''
server_id=''

main() {
    read_arguments "$@"
    need_rust
    need_build_tools
    need openssl -- command -v openssl
    need postgresql -- postgres_find
    need postgresql-client -- command -v psql
    need wrk -- command -v wrk
    need curl -- command -v curl
    need util-linux -- command -v taskset
    install_missing
    if (($(nproc) < 2)); then
        echo "The figures need two cores: one for the server, one for the load." >&2
        exit 1
    fi
    cargo build --release --locked --bin lockbox --example plaintext --example bench

    folder=$(mktemp -d "${TMPDIR:-/tmp}/lockbox-bench.XXXXXX")
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # The seed and the server open the same sealed secrets.
    LOCKBOX_SECRET_KEY=$(openssl rand -hex 32)
    export LOCKBOX_SECRET_KEY

    # From here on, whatever does not say otherwise runs on core 1.
    taskset --cpu-list --pid 1 $$ >/dev/null
    start_baseline
    postgres_start "$folder" fsync=on
    measure sqlite "sqlite://$folder/bench.db"
    measure postgres "$postgres_url"

    local part
    for part in "${parts[@]}"; do
        "print_$part"
    done
}

read_arguments() {
    local part
    if [[ ${1:-} =~ ^[0-9]+$ ]]; then
        requests=$1
        shift
    fi
    for part in "$@"; do
        [[ " ${all_parts[*]} " == *" $part "* ]] || {
            echo "usage: bash tests/bench.sh [REQUESTS] [PART…], of the parts ${all_parts[*]}" >&2
            exit 2
        }
    done
    for part in "${all_parts[@]}"; do
        if (($# == 0)) || [[ " $* " == *" $part "* ]]; then
            parts+=("$part")
        fi
    done
}

clean_up() {
    local status=$?
    trap - EXIT
    stop "$flood_id"
    stop "$asked_id"
    stop "$server_id"
    stop "$baseline_id"
    postgres_stop || true
    rm -rf "$folder"
    exit "$status"
}

stop() {
    if [[ -n $1 ]]; then
        kill -TERM "$1" 2>/dev/null || true
        wait "$1" 2>/dev/null || true
    fi
}

stop_server() {
    stop "$server_id"
    server_id=''
}

measure() {
    local database=$1 url=$2 part
    for part in "${parts[@]}"; do
        echo "Measuring $part on $database"
        "measure_$part" "$database" "$url"
    done
}

# The URL of another database at the same place.
beside() {
    local url=$1 name=$2
    case $url in
        sqlite:*) echo "${url%/*}/$name.db" ;;
        *) echo "${url%/*}/$name" ;;
    esac
}

# Makes another database there; a SQLite file comes by itself.
make_database() {
    local database=$1 url=$2 name=$3
    if [[ $database == postgres ]]; then
        psql --quiet --command="CREATE DATABASE $name" "$url"
    fi
}

start_baseline() {
    baseline_port=$(free_port)
    taskset --cpu-list 0 target/release/examples/plaintext "$baseline_port" >"$folder/baseline.log" 2>&1 &
    baseline_id=$!
    wait_for "$baseline_id" "http://127.0.0.1:$baseline_port/" "$folder/baseline.log"
}

# Serves a database, with further options. Sets base, its URL, and first_answer, in milliseconds from the start of the
# process.
start_server() {
    local database=$1 url=$2 port before after
    shift 2
    port=$(free_port)
    base=http://127.0.0.1:$port
    before=${EPOCHREALTIME/[.,]/}
    taskset --cpu-list 0 target/release/lockbox serve --database-url "$url" --listen "127.0.0.1:$port" --workers 1 \
        --mail "folder://$folder/mail" "$@" >"$folder/$database.log" 2>&1 &
    server_id=$!
    wait_for "$server_id" "$base/sign-in" "$folder/$database.log"
    after=${EPOCHREALTIME/[.,]/}
    first_answer=$(((after - before) / 1000))
}

# Sets cookie, the session of the seeded person.
sign_in() {
    cookie=$(target/release/examples/bench sign-in "$1" "$base" "$(seeded email)" "$(seeded password)")
}

# One member of what the seed printed.
seeded() {
    perl -MJSON::PP -0777 -e '
        my $it = JSON::PP->new->utf8->decode(<STDIN>)->{$ARGV[0]};
        defined $it or die "the seed printed no \"$ARGV[0]\"\n";
        print $it;' "$1" <"$seed"
}

# Loads routes by turns; writes a line for each turn: the round, the route, answers a second, and their p99 in
# milliseconds.
load_by_turns() {
    local connections=$1 round route
    shift
    : >"$folder/rounds"
    for ((round = 0; round <= rounds; round++)); do
        # Round 0 only warms up: caches, connections, and PostgreSQL's plans.
        for route in "$@"; do
            printf '%d %s %s\n' "$round" "$route" "$(load "$route" "$((round > 0 ? seconds : 1))" "$connections")" \
                >>"$folder/rounds"
        done
    done
}

load() {
    local route=$1 time=$2 connections=$3 plaintext=http://127.0.0.1:$baseline_port/ said
    case $route in
        plaintext) set -- "$plaintext" ;;
        post) set -- --script "$folder/questions.lua" "$plaintext" ;;
        list) set -- --header "Cookie: $cookie" "$base$list" ;;
        far) set -- --header "Cookie: $cookie" "$base$far" ;;
        evaluation) set -- --script "$folder/questions.lua" "$base$evaluation" ;;
        recorded) set -- --script "$folder/recorded.lua" "$base$evaluation" ;;
    esac
    said=$(wrk --threads 1 --connections "$connections" --duration "${time}s" --latency "$@")
    if grep -qE 'Non-2xx|Socket errors' <<<"$said"; then
        printf 'Under load, %s did not answer as it should:\n%s\n' "$route" "$said" >&2
        return 1
    fi
    awk '
        $1 == "99%" {
            slowest = $2 + 0
            if ($2 ~ /us$/) slowest /= 1000
            else if ($2 !~ /ms$/) slowest *= $2 ~ /m$/ ? 60000 : 1000
        }
        /^Requests\/sec:/ { print $2, slowest }' <<<"$said"
}

# The median of a column over the rounds of a route.
of_rounds() {
    awk -v route="$1" -v column="$2" '$1 > 0 && $2 == route { print $column }' "$folder/rounds" | median
}

# How many times as many answers a second a route gives as the one before it, in the same round.
ratio_of_rounds() {
    awk -v route="$1" -v yardstick="$2" '
        $2 == yardstick { base = $3 }
        $1 > 0 && $2 == route { print $3 / base }' "$folder/rounds" | median
}

median() {
    sort -n | awk '{ it[NR] = $1 } END { print (it[int((NR + 1) / 2)] + it[int(NR / 2) + 1]) / 2 }'
}

main "$@"
