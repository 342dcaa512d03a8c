# shellcheck shell=bash
# A private chromedriver. Source this file.
#
#   browser_find             fails when there is no Chromium that chromedriver would find
#   webdriver_start FOLDER   sets webdriver_url
#   webdriver_stop           ends it and its browsers

webdriver_id=''
webdriver_url=''

browser_find() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}

webdriver_start() {
    local folder=$1/webdriver port='' attempt
    mkdir "$folder"
    # Here before the process is, since it is read at once.
    : >"$folder/log"
    # A process group of its own, so that its browsers can be ended with it. They keep their profiles in its folder.
    set -m
    TMPDIR=$folder chromedriver --port=0 >"$folder/log" 2>&1 &
    webdriver_id=$!
    set +m
    for ((attempt = 0; attempt < 100; attempt++)); do
        port=$(sed -nE 's/.*started successfully on port ([0-9]+).*/\1/p' "$folder/log")
        if [[ -n $port ]]; then
            # Read by the script that sources this file.
            # shellcheck disable=SC2034
            webdriver_url=http://127.0.0.1:$port
            return 0
        fi
        sleep 0.1
    done
    echo "chromedriver did not start:" >&2
    cat "$folder/log" >&2
    return 1
}

webdriver_stop() {
    [[ -n $webdriver_id ]] || return 0
    kill -TERM -- "-$webdriver_id" 2>/dev/null || true
    wait "$webdriver_id" 2>/dev/null || true
    webdriver_id=''
}
