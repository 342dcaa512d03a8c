# shellcheck shell=bash
# Waiting for a server that was started in the background. Source this file.

# wait_for ID URL LOG: until the process answers at the URL, whatever it says, for a minute at most. When it ends first,
# its log is shown.
wait_for() {
    local id=$1 url=$2 log=$3 give_up=$((SECONDS + 60))
    until curl -s -o /dev/null --max-time 5 "$url"; do
        if ! kill -0 "$id" 2>/dev/null || ((SECONDS > give_up)); then
            cat "$log" >&2
            return 1
        fi
        sleep 0.005
    done
}
