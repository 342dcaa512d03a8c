# shellcheck shell=bash
# A private PostgreSQL in a folder of its own. Source this file.
#
#   postgres_find                            sets postgres_bin, or fails when there is no PostgreSQL 15 or newer
#   postgres_start FOLDER [SETTING=VALUE …]  sets postgres_url and postgres_certificate
#   postgres_stop
#
# It listens on a free port of 127.0.0.1 and on a socket in FOLDER, trusts whoever reaches it, and offers TLS with a
# certificate of its own for localhost and 127.0.0.1. It is as durable as a real one unless a setting says otherwise.

postgres_bin=''
postgres_home=''
postgres_url=''
postgres_certificate=''

postgres_find() {
    local candidate major
    while read -r candidate; do
        [[ -x $candidate/initdb && -x $candidate/pg_ctl && -x $candidate/postgres ]] || continue
        major=$("$candidate/postgres" --version | sed -E 's/[^0-9]*([0-9]+).*/\1/')
        if ((major >= 15)); then
            postgres_bin=$candidate
            return 0
        fi
    done < <(
        dirname "$(command -v initdb || echo /nowhere/initdb)"
        printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr
    )
    return 1
}

postgres_start() {
    local folder=$1 setting attempt port
    shift
    postgres_find || {
        echo "PostgreSQL 15 or newer is missing." >&2
        return 1
    }
    # What the caller's environment says about some other PostgreSQL must not steer this one.
    unset "${!PG@}"

    postgres_home=$folder/postgres
    mkdir "$postgres_home"
    # PostgreSQL does not run as root, and its user must be able to walk to its folder.
    if ((EUID == 0)); then
        chmod a+x "$folder"
        chown postgres: "$postgres_home"
    fi

    quietly as_postgres "$postgres_bin/initdb" --pgdata=data --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C --no-sync
    quietly as_postgres openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 7 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout server.key -out server.crt
    {
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$postgres_home'"
        echo "max_connections = 400"
        echo "ssl = on"
        echo "ssl_cert_file = '$postgres_home/server.crt'"
        echo "ssl_key_file = '$postgres_home/server.key'"
        for setting in "$@"; do
            echo "${setting%%=*} = '${setting#*=}'"
        done
    } >>"$postgres_home/data/postgresql.conf"

    # Between asking for a free port and using it somebody else may take it.
    for attempt in 1 2 3; do
        port=$(free_port)
        if as_postgres "$postgres_bin/pg_ctl" --pgdata=data --wait --timeout=60 --log=server.log \
            --options="-p $port" start >/dev/null 2>&1; then
            # Read by the script that sources this file.
            # shellcheck disable=SC2034
            postgres_certificate=$postgres_home/server.crt
            # shellcheck disable=SC2034
            postgres_url=postgres://postgres@127.0.0.1:$port/postgres
            return 0
        fi
        echo "PostgreSQL did not start on port $port (attempt $attempt)" >&2
    done
    tail -n 20 "$postgres_home/server.log" >&2
    return 1
}

# Nothing in it is worth a clean shutdown.
postgres_stop() {
    [[ -n $postgres_home && -f $postgres_home/data/postmaster.pid ]] || return 0
    as_postgres "$postgres_bin/pg_ctl" --pgdata=data --mode=immediate --wait stop >/dev/null
}

# Runs a command in PostgreSQL's folder, as the user that may run PostgreSQL.
as_postgres() {
    if ((EUID == 0)); then
        (cd "$postgres_home" && runuser -u postgres -- "$@")
    else
        (cd "$postgres_home" && "$@")
    fi
}

# Shows what a command said only when it failed.
quietly() {
    local said
    said=$("$@" 2>&1) || {
        printf '%s\n' "$said" >&2
        return 1
    }
}

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
