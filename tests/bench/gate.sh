# shellcheck shell=bash
# The gate: questions about live access, beside a plaintext POST of the same body. Sourced by tests/bench.sh.

evaluation=/access/v1/evaluation
# Whoever asks at once.
askers=32
# The bars: of a plaintext POST; with activity, of a POST or of as many commits as the disk takes, where all who ask at
# once share each.
share=0.60
share_recorded=0.35
share_of_disk=0.70
# The numbers of live windows that are compared.
few=10
many=100000
# How many windows are revoked under each flood, of so many that are live at least.
revocations=100
revocable=1000

asked_id=''
flood_id=''

measure_gate() {
    local database=$1 url=$2 disk
    serve_gate "$database" "$url" "$few"
    disk=$(target/release/examples/bench fsync "$folder")
    printf '%-10s %12s %12.0f\n' "$database" "$disk" "$(awk -v ms="$disk" -v at_once="$askers" \
        'BEGIN { print at_once * 1000 / ms }')" >>"$folder/disk"
    load_by_turns "$askers" post evaluation recorded
    printf '%-10s %-12s %12.0f %8s %10s %8s %10.2f\n' "$database" post "$(of_rounds post 3)" - - - \
        "$(of_rounds post 4)" >>"$folder/gate"
    print_beside_bar "$database" evaluation "$share" 0 >>"$folder/gate"
    print_beside_bar "$database" recorded "$share_recorded" "$(awk -v ms="$disk" -v at_once="$askers" \
        -v share="$share_of_disk" 'BEGIN { print share * at_once * 1000 / ms }')" >>"$folder/gate"
    must_have_gone_well "$database"
    stop_server
}

# One line: what was measured, the bar, which is a share of the POSTs of the same round but at most so many where a
# number is given, and the ratio of both.
print_beside_bar() {
    local database=$1 route=$2 of_post=$3 most=$4 beside
    beside=$(awk -v route="$route" -v share="$of_post" -v most="$most" '
        $2 == "post" { base = $3 }
        $1 > 0 && $2 == route {
            bar = share * base
            if (most > 0 && most < bar) bar = most
            print $3 / base, bar, $3 / bar
        }' "$folder/rounds")
    printf '%-10s %-12s %12.0f %8.3f %10.0f %8.3f %10.2f\n' "$database" "$route" "$(of_rounds "$route" 3)" \
        "$(awk '{ print $1 }' <<<"$beside" | median)" "$(awk '{ print $2 }' <<<"$beside" | median)" \
        "$(awk '{ print $3 }' <<<"$beside" | median)" "$(of_rounds "$route" 4)"
}

print_gate() {
    printf '\nQuestions: %d rounds of %d s, %d connections, %d live windows; medians.\n' \
        "$rounds" "$seconds" "$askers" "$few"
    printf '\n%-10s %12s %12s\n' database 'fsync, ms' "$askers/fsync"
    cat "$folder/disk"
    printf '\n%-10s %-12s %12s %8s %10s %8s %10s\n' database route answers/s 'of post' bar 'of bar' 'p99, ms'
    cat "$folder/gate"
}

measure_windows() {
    local database=$1 url=$2 windows ratio first=''
    for windows in "$few" "$many"; do
        serve_gate "$database" "$url" "$windows"
        load_by_turns "$askers" post evaluation
        must_have_gone_well "$database"
        ratio=$(ratio_of_rounds evaluation post)
        first=${first:-$ratio}
        printf '%-10s %8s %12.0f %8.3f %8.3f %10.2f %10s %10s\n' "$database" "$windows" "$(of_rounds evaluation 3)" \
            "$ratio" "$(awk -v ratio="$ratio" -v first="$first" 'BEGIN { print ratio / first }')" \
            "$(of_rounds evaluation 4)" "$first_answer" \
            "$(awk '/^VmRSS:/ { printf "%.1f", $2 * 1.024 / 1000 }' "/proc/$server_id/status")" >>"$folder/windows"
    done
    stop_server
}

print_windows() {
    printf '\nLive windows, a thousand of them asked about by turns; the ratio is that of both shares of a POST.\n'
    printf '\n%-10s %8s %12s %8s %8s %10s %10s %10s\n' database windows answers/s 'of post' ratio 'p99, ms' 'first, ms' \
        'memory, MB'
    cat "$folder/windows"
}

measure_revocation() {
    local database=$1 url=$2 flood said
    serve_gate "$database" "$url" "$revocable"
    sign_in "$gate_url"
    for flood in none questions filings guesses; do
        begin_flood "$flood"
        said=$(target/release/examples/bench revocation "$gate_url" "$base" "$cookie" "$(seeded api_key)" "$revocations")
        end_flood
        # shellcheck disable=SC2086
        printf '%-10s %-10s %12s %10s %10s %10s %10s %10s %8s %8s\n' "$database" "$flood" "$asked" "$flooded" $said \
            >>"$folder/revocation"
    done
    stop_server
}

print_revocation() {
    printf '\n%d revocations under each flood: ms until the answer, and from then on until the first denial.\n' \
        "$revocations"
    printf '\n%-10s %-10s %12s %10s %10s %10s %10s %10s %8s %8s\n' database flood questions/s others/s answered p99 \
        denied p99 'let in' again
    cat "$folder/revocation"
}

# Every flood but none asks; some do something else besides.
begin_flood() {
    [[ $1 != none ]] || return 0
    wrk --threads 1 --connections "$askers" --duration 600s --script "$folder/questions.lua" "$base$evaluation" \
        >"$folder/asked" &
    asked_id=$!
    if [[ $1 == filings ]]; then
        target/release/examples/bench filings "$base" "$(seeded api_key)" >"$folder/flooded" &
        flood_id=$!
    elif [[ $1 == guesses ]]; then
        target/release/examples/bench guesses "$base" >"$folder/flooded" &
        flood_id=$!
    fi
    sleep 1
}

# Sets asked and flooded, each a second.
end_flood() {
    asked=-
    flooded=-
    if [[ -n $flood_id ]]; then
        kill -TERM "$flood_id"
        wait "$flood_id"
        flood_id=''
        flooded=$(<"$folder/flooded")
    fi
    if [[ -n $asked_id ]]; then
        kill -INT "$asked_id"
        wait "$asked_id"
        asked_id=''
        asked=$(awk '/^Requests\/sec:/ { printf "%.0f", $2 }' "$folder/asked")
    fi
}

# Serves a deployment with so many live windows, and founds it the first time. Sets gate_url.
serve_gate() {
    local database=$1 url=$2 windows=$3
    stop_server
    gate_url=$(beside "$url" gate)
    seed=$folder/$database.gate.json
    if [[ ! -f $seed ]]; then
        echo "Founding"
        make_database "$database" "$url" gate
        taskset --cpu-list 0,1 target/release/examples/bench gate "$gate_url" >"$seed"
    fi
    taskset --cpu-list 0,1 target/release/examples/bench windows "$gate_url" "$windows" >"$folder/questions"
    sed 's/}$/,"context":{"record":true}}/' "$folder/questions" >"$folder/recorded"
    write_load questions
    write_load recorded
    # A flood of one key would be stopped before it is one, and one of guesses comes from everywhere.
    start_server "$database" "$gate_url" --key-requests-per-second 0 --trusted-proxy 127.0.0.1
    # A denial is quick too.
    curl -s -H "Authorization: Bearer $(seeded api_key)" -H 'Content-Type: application/json' \
        -d "$(head -n 1 "$folder/recorded")" "$base$evaluation" | grep -q '"decision": *true' || {
        echo "A question about a live window is not answered with yes." >&2
        return 1
    }
}

# Asks the questions of a file by turns.
write_load() {
    cat >"$folder/$1.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer $(seeded api_key)"
local questions, turn = {}, 0
function init()
    for body in io.lines("$folder/$1") do
        questions[#questions + 1] = wrk.format(nil, nil, nil, body)
    end
end
function request()
    turn = turn % #questions + 1
    return questions[turn]
end
LUA
}

# What could not be recorded was denied, which is an answer like any other to whoever only counts.
must_have_gone_well() {
    if grep -m 5 ERROR "$folder/$1.log" >&2; then
        echo "The server had errors: its answers are not what was to be measured." >&2
        return 1
    fi
}
