# shellcheck shell=bash
# Installs what a machine lacks. Source this file.
#
#   need PACKAGE… -- COMMAND…   notes the Debian packages when the command fails
#   need_rust                   ends with a sentence when Rust is not there
#   install_missing             as root on Debian installs what was noted, elsewhere says what to install and fails

missing=()

need() {
    local packages=()
    while [[ $1 != -- ]]; do
        packages+=("$1")
        shift
    done
    shift
    "$@" >/dev/null 2>&1 || missing+=("${packages[@]}")
}

# Rust is not fetched from here: which toolchain a machine runs is its owner's choice.
need_rust() {
    if ! cargo --version >/dev/null 2>&1 || ! rustc --version >/dev/null 2>&1; then
        echo "Rust is missing: install cargo and rustc (https://rustup.rs), the version that Cargo.toml names or newer." >&2
        return 1
    fi
}

# The build takes libpq and OpenSSL from source: a C compiler, make, and more of Perl than Debian's smallest.
need_build_tools() {
    need gcc libc6-dev -- command -v cc
    need make -- command -v make
    need perl -- perl -MFindBin -MFile::Compare -MJSON::PP -e 1
}

install_missing() {
    ((${#missing[@]} > 0)) || return 0
    if ((EUID != 0)) || ! command -v apt-get >/dev/null; then
        echo "These Debian packages, or what they are called here, are missing: ${missing[*]}" >&2
        echo "On Debian: sudo apt-get install ${missing[*]}" >&2
        return 1
    fi
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
    missing=()
}
