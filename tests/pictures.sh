#!/usr/bin/env bash
# Takes the pictures that the README shows, in a real Chromium, and puts them into tests/pictures.
#
#   bash tests/pictures.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash tests/run.sh --only the_pictures_of_the_readme
mkdir -p tests/pictures
cp "${CARGO_TARGET_DIR:-target}"/screenshots/readme/*.png tests/pictures/
