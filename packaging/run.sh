#!/usr/bin/env bash
# Builds Penumbra and opens it on the SDSS sample; without a display, runs the same quick study from the command line.
#
#   packaging/run.sh [FILE]       open FILE (catalogue or study) instead of the sample
#   packaging/run.sh --headless   the command line's study even where a display is
#
# Set-up (Debian packages, LibTorch) happens on the first run; see packaging/setup.sh for the environment it reads.
# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

headless=no
if [ "${1:-}" = --headless ]; then
    headless=yes
    shift
fi
sample=$root/sample_data/sdss_photometric_sample.h5
file=${1:-$sample}
targets=()
[ "$file" != "$sample" ] || targets=(--targets z) # the sample has more; one makes a quick look

# Only what is run: packaging/test.sh builds the rest, tests included, into the same folder.
setUp build gui
if [ "$headless" = no ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    buildPreset release penumbra penumbra-cli
    say "opening the window on $file"
    exec "$root/build/release/bin/penumbra" "$file"
fi

[ "$headless" = yes ] || say "no display: running the quick study of the sample from the command line instead"
buildPreset release penumbra-cli
cli=$root/build/release/bin/penumbra-cli
results=$root/results
mkdir -p "$results"
"$cli" study "$file" "${targets[@]}" \
    --preset quick --out "$results/study.h5"
"$cli" table "$results/study.h5" --format markdown --out "$results/table.md"
"$cli" table "$results/study.h5" --format latex --out "$results/table.tex"
"$cli" figure "$results/study.h5" --kind coverage-by-bin --out "$results/coverage_by_bin.pdf"
"$cli" figure "$results/study.h5" --kind coverage-by-bin --out "$results/coverage_by_bin.png" >/dev/null
say "written to results/: study.h5, table.md, table.tex, coverage_by_bin.pdf, coverage_by_bin.png"
