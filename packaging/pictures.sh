#!/usr/bin/env bash
# Makes the README's pictures of the explorer anew, by the walk of doc/explore.txt through the simulated sample.
# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setUp build gui test
buildPreset release penumbra
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
HOME=$folder XDG_RUNTIME_DIR=$folder OMP_WAIT_POLICY=passive xvfb-run -a -s '-screen 0 1600x1000x24' \
    "$root/build/release/bin/penumbra" "$root/sample_data/simulated_sample.h5" --script "$root/doc/explore.txt"
cp 09_why_wide.png "$root/resources/screenshots/explore.png"
say "written to resources/screenshots/explore.png"
