# shellcheck shell=bash
# The pages, beside a plaintext GET. Sourced by tests/bench.sh.

list='/requests?view=all'
# The pages of the list that are compared, and how often other tenants' requests are asked for.
far_page=1000
strangers=10000
connections=8

measure_pages() {
    local database=$1 url=$2 route since=$SECONDS
    echo "Filing $requests requests"
    seed=$folder/$database.pages.json
    taskset --cpu-list 0,1 target/release/examples/bench fill "$url" "$requests" >"$seed"
    echo "Filed in $((SECONDS - since)) s"
    start_server "$database" "$url"
    sign_in "$url"
    # A redirect to the sign-in page is quick too; it must not be what is measured.
    [[ $(curl -s -o /dev/null -w '%{http_code}' -H "Cookie: $cookie" "$base$list") == 200 ]] || {
        echo "The list page does not answer 200 to the seeded session." >&2
        return 1
    }
    find_far_page

    load_by_turns "$connections" plaintext list far
    for route in plaintext list far; do
        printf '%-10s %-12s %12.0f %8.3f\n' "$database" "$route" "$(of_rounds "$route" 3)" \
            "$(ratio_of_rounds "$route" plaintext)" >>"$folder/speed"
    done
    printf '%-10s %-12s %12s %12s %10s\n' "$database" "$strangers" \
        $(target/release/examples/bench strangers "$base" "$cookie" "$(seeded foreign)" "$strangers") \
        >>"$folder/strangers"
    printf '%-10s %18s %20s\n' "$database" "$first_answer" \
        "$(awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$server_id/status")" >>"$folder/size"
    stop_server
}

print_pages() {
    printf '\n%d requests of one tenant; %d rounds of %d s, %d connections; medians.\n' \
        "$requests" "$rounds" "$seconds" "$connections"
    printf '\n%-10s %-12s %12s %8s\n' database route answers/s ratio
    cat "$folder/speed"
    printf '\n%-10s %-12s %12s %12s %10s\n' database '404, µs' foreign unknown ratio
    cat "$folder/strangers"
    printf '\n%-10s %18s %20s\n' database 'first answer, ms' 'memory loaded, MiB'
    cat "$folder/size"
}

# Walks to the far page as a person would, by "Next".
find_far_page() {
    local page
    far=$list
    for ((page = 1; page < far_page; page++)); do
        far=$(curl -s -H "Cookie: $cookie" "$base$far" |
            sed -nE 's/.*href="([^"]*[?&;]after=[^"]*)".*/\1/p' | head -n 1 | sed 's/&amp;/\&/g; s/&#38;/\&/g')
        [[ -n $far ]] || {
            echo "The list ends before page $far_page." >&2
            return 1
        }
    done
}
