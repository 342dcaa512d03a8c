# shellcheck shell=bash
# The acts and the door, on databases of their own and without a server. Sourced by tests/bench.sh.

# How often each address is tried at the door.
doors=2000

# On both cores: the threads that act are those that would answer.
measure_acts() {
    local database=$1 url=$2 tenants
    for tenants in 1 16; do
        make_database "$database" "$url" "acts$tenants"
        printf '%-10s %-12s %12s %12s %10s\n' "$database" "$tenants" \
            $(taskset --cpu-list 0,1 target/release/examples/bench acts "$(beside "$url" "acts$tenants")" "$tenants") \
            >>"$folder/acts"
    done
}

print_acts() {
    printf '\n%-10s %-12s %12s %12s %10s\n' database tenants updates/s acts/s ratio
    cat "$folder/acts"
}

measure_doors() {
    local database=$1 url=$2 door whose time ratio
    make_database "$database" "$url" doors
    target/release/examples/bench doors "$(beside "$url" doors)" "$doors" >"$folder/door"
    while read -r door whose time ratio; do
        printf '%-10s %-12s %-12s %12s %10s\n' "$database" "$door" "$whose" "$time" "$ratio"
    done <"$folder/door" >>"$folder/doors"
}

print_doors() {
    printf '\n%-10s %-12s %-12s %12s %10s\n' database door whose µs ratio
    cat "$folder/doors"
}
