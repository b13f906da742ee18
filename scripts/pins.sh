#!/bin/sh
# Pins with hashes from requirements/*.in. No address of an index gets into the files, so any mirror will do.
#   scripts/pins.sh            keep the pins that are there, add and drop what the .in files ask for
#   scripts/pins.sh --upgrade  take newer versions
set -eu
cd "$(dirname "$0")/.."
export CUSTOM_COMPILE_COMMAND="make pins"
for name in base dev; do
    .venv/bin/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        "$@" --output-file "requirements/$name.txt" "requirements/$name.in"
done
