# shellcheck shell=bash
# What the scripts of this folder do the same way: they name their steps, run commands so that a signal ends them, and
# stop what they started. Source this file.
#
#   begin STEP, finish    a step and how long it took
#   run COMMAND…          runs a command in a process group of its own
#   stop_at_end COMMAND   runs COMMAND when the script ends, however it ends; the last one first
#   folder_for NAME       sets folder to a new one, which is gone when the script has ended

step=''
since=0
child=''
folder=''
stops=()

begin() {
    step=$1
    since=$SECONDS
    printf '\n── %s\n' "$step"
}

finish() {
    printf '── %s: %d s\n' "$step" "$((SECONDS - since))"
    step=''
}

# A process group of its own, so that a signal to the script ends the command and all it started.
run() {
    set -m
    "$@" &
    child=$!
    set +m
    wait "$child"
    child=''
}

stop_at_end() {
    stops=("$1" "${stops[@]}")
}

folder_for() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX")
}

clean_up() {
    local status=$? stop
    trap - EXIT
    if ((status != 0)) && [[ -n $step ]]; then
        printf '\n── FAILED: %s, after %d s\n' "$step" "$((SECONDS - since))" >&2
    fi
    if [[ -n $child ]]; then
        kill -TERM -- "-$child" 2>/dev/null || true
    fi
    for stop in "${stops[@]}"; do
        "$stop" || true
    done
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
