#!/bin/sh
# Builds dist/tongs with $DENO, or else deno. `deno compile` downloads denort; where it cannot, it
# takes the one that DENORT_BIN names.
set -eu

cd "$(dirname "$0")/.."
if [ -z "${DENORT_BIN-}" ] && [ -x ../shared/tools/denort ]; then
  DENORT_BIN=$(../shared/tools/denort)
  export DENORT_BIN
fi
mkdir -p dist
# Under another name first, so that a program that runs is not overwritten.
# These are loaded by names that are computed, which the compiler does not see.
"${DENO-deno}" compile --quiet --allow-all --include mod.ts --include facts.ts --output dist/tongs.new main.ts
mv dist/tongs.new dist/tongs
