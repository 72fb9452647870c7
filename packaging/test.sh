#!/usr/bin/env bash
# Builds Penumbra and runs every test. Exit code 0 only if all of them pass.
#
#   packaging/test.sh [CTEST-OPTIONS]     e.g. packaging/test.sh -R '^unit\.'
#
# Tests of the window run on a virtual display. See packaging/setup.sh for the environment it reads.
# shellcheck source=packaging/setup.sh
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

setUp build gui test
buildPreset release

log=$root/build/release/ctest.log
say "running the tests (log: build/release/ctest.log)"
status=0
# The tests' own threads and a spinning OpenMP must not fight for the cores.
OMP_WAIT_POLICY=passive xvfb-run -a -s '-screen 0 1600x1000x24' \
    ctest --preset release -j"$(nproc)" "$@" 2>&1 | tee "$log" || status=$?
closing=$(grep -E '^[0-9]+% tests passed' "$log" | tail -n 1 || true)
[ -n "$closing" ] || die "ctest ran no tests"
printf '%s\n' "$closing"
exit "$status"
