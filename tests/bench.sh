#!/usr/bin/env bash
# How fast the product is, on both databases, beside bare yardsticks in the same run, so that machines can be
# compared. Prints tables; the last column of each is the ratio that counts.
#
#   bash tests/bench.sh [REQUESTS]   with REQUESTS data access requests of one tenant (default 100000)
#
# The server has core 0 and one worker; the load and PostgreSQL share core 1. PostgreSQL keeps fsync on. The yardstick
# of pages and questions is a plaintext actix-web route, that of acts a bare UPDATE of one hot row.
#
# tests/bench/ fills the databases, signs somebody in, and measures what wrk cannot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=tests/needs.sh
source tests/needs.sh
# shellcheck source=tests/postgres.sh
source tests/postgres.sh

requests=${1:-100000}
list='/requests?view=all'
evaluation=/access/v1/evaluation
rounds=3
seconds=5
connections=8
# The pages of the list that are compared, and how often other tenants' requests are asked for.
far_page=1000
strangers=10000
# How often each address is tried at the door.
doors=2000

folder=''
baseline_id=''
server_id=''

main() {
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

    printf '\n%d requests of one tenant; %d rounds of %d s, %d connections; medians.\n' \
        "$requests" "$rounds" "$seconds" "$connections"
    printf '\n%-10s %-12s %12s %10s\n' database route answers/s ratio
    cat "$folder/speed"
    printf '\n%-10s %-12s %12s %12s %10s\n' database tenants updates/s acts/s ratio
    cat "$folder/acts"
    printf '\n%-10s %-12s %12s %12s %10s\n' database '404, µs' foreign unknown ratio
    cat "$folder/strangers"
    printf '\n%-10s %-12s %-12s %12s %10s\n' database door whose µs ratio
    cat "$folder/doors"
    printf '\n%-10s %18s %20s\n' database 'first answer, ms' 'memory loaded, MiB'
    cat "$folder/size"
}

clean_up() {
    local status=$?
    trap - EXIT
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

# Fills, serves and measures one database.
measure() {
    local database=$1 url=$2 route round since=$SECONDS
    echo "Filing $requests requests on $database"
    taskset --cpu-list 0,1 target/release/examples/bench fill "$url" "$requests" >"$folder/seed.json"
    echo "Filed in $((SECONDS - since)) s"
    start_server "$database" "$url"
    write_evaluation_load
    find_far_page

    : >"$folder/rounds"
    for ((round = 0; round <= rounds; round++)); do
        # Round 0 only warms up: caches, connections, and PostgreSQL's plans.
        for route in plaintext list far evaluation; do
            printf '%d %s %s\n' "$round" "$route" "$(load "$route" "$((round > 0 ? seconds : 1))")" >>"$folder/rounds"
        done
    done
    for route in plaintext list far evaluation; do
        printf '%-10s %-12s %12.0f %8.3f\n' "$database" "$route" \
            "$(awk -v route="$route" '$1 > 0 && $2 == route { print $3 }' "$folder/rounds" | median)" \
            "$(awk -v route="$route" '$2 == "plaintext" { base = $3 } $1 > 0 && $2 == route { print $3 / base }' \
                "$folder/rounds" | median)" >>"$folder/speed"
    done
    printf '%-10s %-12s %12s %12s %10s\n' "$database" "$strangers" \
        $(target/release/examples/bench strangers "http://127.0.0.1:$server_port" "$cookie" "$(seeded foreign)" \
            "$strangers") >>"$folder/strangers"
    printf '%-10s %18s %20s\n' "$database" "$first_answer" \
        "$(awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$server_id/status")" >>"$folder/size"
    stop "$server_id"
    server_id=''
    measure_acts "$database" "$url"
    measure_doors "$database" "$url"
}

# On a database of its own, too.
measure_doors() {
    local database=$1 url=$2 door whose time ratio
    if [[ $database == postgres ]]; then
        psql --quiet --command='CREATE DATABASE doors' "$url"
    fi
    target/release/examples/bench doors "$(beside "$url" doors)" "$doors" >"$folder/door"
    while read -r door whose time ratio; do
        printf '%-10s %-12s %-12s %12s %10s\n' "$database" "$door" "$whose" "$time" "$ratio"
    done <"$folder/door" >>"$folder/doors"
}

# On databases of their own, and on both cores: the threads that act are those that would answer.
measure_acts() {
    local database=$1 url=$2 tenants
    for tenants in 1 16; do
        if [[ $database == postgres ]]; then
            psql --quiet --command="CREATE DATABASE acts$tenants" "$url"
        fi
        printf '%-10s %-12s %12s %12s %10s\n' "$database" "$tenants" \
            $(taskset --cpu-list 0,1 target/release/examples/bench acts "$(beside "$url" "acts$tenants")" "$tenants") \
            >>"$folder/acts"
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

# Walks to the far page as a person would, by "Next".
find_far_page() {
    local page
    far=$list
    for ((page = 1; page < far_page; page++)); do
        far=$(curl -s -H "Cookie: $cookie" "http://127.0.0.1:$server_port$far" |
            sed -nE 's/.*href="([^"]*[?&;]after=[^"]*)".*/\1/p' | head -n 1 | sed 's/&amp;/\&/g; s/&#38;/\&/g')
        [[ -n $far ]] || {
            echo "The list ends before page $far_page." >&2
            return 1
        }
    done
}

start_baseline() {
    baseline_port=$(free_port)
    taskset --cpu-list 0 target/release/examples/plaintext "$baseline_port" >"$folder/baseline.log" 2>&1 &
    baseline_id=$!
    wait_for "$baseline_id" "http://127.0.0.1:$baseline_port/" "$folder/baseline.log"
}

# Sets first_answer, in milliseconds from the start of the process, and cookie, the session of somebody signed in.
start_server() {
    local database=$1 url=$2 before after
    server_port=$(free_port)
    before=${EPOCHREALTIME/[.,]/}
    taskset --cpu-list 0 target/release/lockbox serve --database-url "$url" \
        --listen "127.0.0.1:$server_port" --workers 1 --mail "folder://$folder/mail" >"$folder/$database.log" 2>&1 &
    server_id=$!
    wait_for "$server_id" "http://127.0.0.1:$server_port/sign-in" "$folder/$database.log"
    after=${EPOCHREALTIME/[.,]/}
    first_answer=$(((after - before) / 1000))
    cookie=$(target/release/examples/bench sign-in "$url" "http://127.0.0.1:$server_port" \
        "$(seeded email)" "$(seeded password)")

    # A redirect to the sign-in page, or a denial, is quick too; it must not be what is measured.
    [[ $(curl -s -o /dev/null -w '%{http_code}' -H "Cookie: $cookie" \
        "http://127.0.0.1:$server_port$list") == 200 ]] || {
        echo "The list page does not answer 200 to the seeded session." >&2
        return 1
    }
    curl -s -H "Authorization: Bearer $(seeded api_key)" -H 'Content-Type: application/json' \
        -d "$(seeded evaluation)" "http://127.0.0.1:$server_port$evaluation" | grep -q '"decision": *true' || {
        echo "The seeded question is not answered with yes." >&2
        return 1
    }
}

# Waits for the first answer of the process, whatever it is.
wait_for() {
    local id=$1 url=$2 log=$3 give_up=$((SECONDS + 30))
    until curl -s -o /dev/null --max-time 5 "$url"; do
        if ! kill -0 "$id" 2>/dev/null || ((SECONDS > give_up)); then
            cat "$log" >&2
            return 1
        fi
        sleep 0.005
    done
}

# One member of what the seed printed: a text bare, anything else as JSON.
seeded() {
    perl -MJSON::PP -0777 -e '
        my $json = JSON::PP->new->utf8->canonical;
        my $it = $json->decode(<STDIN>)->{$ARGV[0]};
        defined $it or die "the seed printed no \"$ARGV[0]\"\n";
        print ref $it ? $json->encode($it) : $it;' "$1" <"$folder/seed.json"
}

write_evaluation_load() {
    cat >"$folder/evaluation.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer $(seeded api_key)"
wrk.body = [==[$(seeded evaluation)]==]
LUA
}

# Loads a route for some seconds; prints answers per second.
load() {
    local route=$1 time=$2 base=http://127.0.0.1:$server_port said
    case $route in
        plaintext) set -- "http://127.0.0.1:$baseline_port/" ;;
        list) set -- --header "Cookie: $cookie" "$base$list" ;;
        far) set -- --header "Cookie: $cookie" "$base$far" ;;
        evaluation) set -- --script "$folder/evaluation.lua" "$base$evaluation" ;;
    esac
    said=$(wrk --threads 1 --connections "$connections" --duration "${time}s" "$@")
    if grep -qE 'Non-2xx|Socket errors' <<<"$said"; then
        printf 'Under load, %s did not answer as it should:\n%s\n' "$route" "$said" >&2
        return 1
    fi
    awk '/^Requests\/sec:/ { print $2 }' <<<"$said"
}

median() {
    sort -n | awk '{ it[NR] = $1 } END { print (it[int((NR + 1) / 2)] + it[int(NR / 2) + 1]) / 2 }'
}

main
