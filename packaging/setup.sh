#!/usr/bin/env bash
# Set-up shared by run.sh, test.sh and .ci/run: Debian packages, LibTorch, Arrow, build jobs, configure and build.
# Runs on a fresh Debian 12 as root or with sudo; when everything is there already it takes well under a second.
#
#   packaging/setup.sh            install what is missing, build nothing
#
# Environment:
#   PENUMBRA_JOBS=N               compile jobs (default: from cores and free memory)
#   PENUMBRA_CUDA=1|0             install LibTorch's CUDA libraries or not (default: where an NVIDIA driver is)
#   PENUMBRA_TORCH_ROOT=DIR       use this torch folder (with include/ and lib/) and install none
#   PENUMBRA_ARROW_ROOT=DIR       use this pyarrow folder (with include/ and libarrow) and install none
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '[penumbra] %s\n' "$*"; }
die() { printf '[penumbra] error: %s\n' "$*" >&2; exit 1; }

# retry COUNT COMMAND...: for networks that drop a connection now and then
retry() {
    local left=$1 pause=3
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        say "failed: $1; trying again in $pause s"
        sleep "$pause"
        pause=$((pause * 2))
    done
}

asRoot() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "root or sudo is needed for: $*"
    fi
}

# missingPackages SECTION...: names from debian-packages.txt that dpkg does not know as installed
missingPackages() {
    local wanted installed section
    wanted=$(for section in "$@"; do
        awk -v s="$section" '$1 == s { print $2 }' "$root/packaging/debian-packages.txt"
    done | sort -u)
    # shellcheck disable=SC2086
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        awk '$1 == "installed" { print $2 }' | sort -u || true)
    comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

installPackages() {
    local missing
    command -v dpkg-query >/dev/null ||
        die "this is no Debian; install the counterparts of packaging/debian-packages.txt and use cmake --preset release"
    missing=$(missingPackages "$@")
    [ -n "$missing" ] || return 0
    missing=$(tr '\n' ' ' <<<"$missing")
    say "installing Debian packages: $missing"
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
    asRoot env DEBIAN_FRONTEND=noninteractive dpkg --configure -a # after an interrupted run
    retry 4 asRoot "${apt[@]}" update || say "the package lists could not be refreshed; trying with those at hand"
    # shellcheck disable=SC2086
    retry 4 asRoot "${apt[@]}" install -y --no-install-recommends $missing ||
        die "apt-get could not install: $missing"
    missing=$(missingPackages "$@")
    [ -z "$missing" ] || die "still missing after the installation: ${missing//$'\n'/ }"
}

wantsCuda() {
    case "${PENUMBRA_CUDA:-auto}" in
    1) return 0 ;;
    0) return 1 ;;
    *) [ -e /proc/driver/nvidia/version ] || [ -e /dev/nvidiactl ] ;;
    esac
}

torchMarker() {
    grep -v '^#' "$root/packaging/libtorch-requirements.txt"
    if wantsCuda; then echo cuda; else echo cpu; fi
}

# wheelsAreComplete REQUIREMENTS: compares the size of every installed file with pip's own record: an interrupted
# installation shows.
wheelsAreComplete() {
    [ -x "$root/.venv/bin/python" ] || return 1
    "$root/.venv/bin/python" - "$1" <<'PYTHON'
import importlib.metadata, os, sys
for line in open(sys.argv[1]):
    name, _, version = line.strip().partition("==")
    if not version or name.startswith("#"):
        continue
    try:
        wheel = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        sys.exit(1)
    if wheel.version != version or not wheel.files:
        sys.exit(1)
    for file in wheel.files:
        path = wheel.locate_file(file)
        if not os.path.exists(path) or (file.size is not None and os.path.getsize(path) != file.size):
            sys.exit(1)
PYTHON
}

# The NVIDIA wheels of torch's metadata, and the one with the headers that the CUDA run time's own ones include
# (penumbra_cuda_graphs is compiled against them).
cudaWheels() {
    "$root/.venv/bin/python" - <<'PYTHON'
import importlib.metadata
for requirement in importlib.metadata.requires("torch") or []:
    spec = requirement.partition(";")[0].strip()
    if spec.startswith(("nvidia-", "cuda-toolkit")):
        print(spec)
print("nvidia-cuda-crt==13.0.88")
PYTHON
}

# pip, less its complaint that torch's Python dependencies are absent: only the libraries are used here.
pipWithoutAdvice() {
    "$root/.venv/bin/python" -m pip "$@" 2>&1 | { grep -vE '^(ERROR: pip.s dependency resolver|torch .* requires )' || true; }
}

installTorch() {
    [ -z "${PENUMBRA_TORCH_ROOT:-}" ] || return 0
    local marker="$root/.venv/penumbra-torch.txt" pip=("$root/.venv/bin/python" -m pip)
    if [ -f "$marker" ] && [ "$(cat "$marker")" = "$(torchMarker)" ] &&
        compgen -G "$root/.venv/lib/python3*/site-packages/torch/lib/libtorch_cpu.so" >/dev/null; then
        return 0
    fi
    if ! wheelsAreComplete "$root/packaging/libtorch-requirements.txt"; then
        say "installing LibTorch into .venv (1.3 GB on disk, once)"
        python3 -m venv --clear "$root/.venv" || die "python3 -m venv failed (Debian package python3-venv)"
        retry 4 "${pip[@]}" install --quiet --no-deps -r "$root/packaging/libtorch-requirements.txt" ||
            die "pip could not install LibTorch; see packaging/libtorch-requirements.txt"
        wheelsAreComplete "$root/packaging/libtorch-requirements.txt" ||
            die "LibTorch in .venv is not complete; remove .venv and start again"
    fi
    if wantsCuda; then
        say "installing LibTorch's CUDA libraries into .venv (4 GB more, once)"
        local wheels
        mapfile -t wheels < <(cudaWheels)
        retry 4 pipWithoutAdvice install --quiet "${wheels[@]}" || die "pip could not install: ${wheels[*]}"
    fi
    torchMarker >"$marker.part" && mv "$marker.part" "$marker"
}

# Arrow lies beside LibTorch in .venv, which installTorch may have made anew.
installArrow() {
    [ -z "${PENUMBRA_ARROW_ROOT:-}" ] || return 0
    local requirements="$root/packaging/arrow-requirements.txt" marker="$root/.venv/penumbra-arrow.txt"
    if [ -f "$marker" ] && cmp -s "$marker" "$requirements" &&
        compgen -G "$root/.venv/lib/python3*/site-packages/pyarrow/libparquet.so.*" >/dev/null; then
        return 0
    fi
    if ! wheelsAreComplete "$requirements"; then
        say "installing Arrow into .venv (170 MB on disk, once)"
        [ -x "$root/.venv/bin/python" ] || python3 -m venv "$root/.venv" ||
            die "python3 -m venv failed (Debian package python3-venv)"
        retry 4 "$root/.venv/bin/python" -m pip install --quiet --no-deps --force-reinstall -r "$requirements" ||
            die "pip could not install Arrow; see packaging/arrow-requirements.txt"
        wheelsAreComplete "$requirements" || die "Arrow in .venv is not complete; remove .venv and start again"
    fi
    cp "$requirements" "$marker.part" && mv "$marker.part" "$marker"
}

# setUp SECTION...: packages, LibTorch, Arrow
setUp() {
    installPackages "$@"
    mkdir -p "$root/build"
    (flock 9 && installTorch && installArrow) 9>"$root/build/.setup.lock"
}

# A compiler job on LibTorch's headers takes up to 2 GB.
buildJobs() {
    if [ -n "${PENUMBRA_JOBS:-}" ]; then
        echo "$PENUMBRA_JOBS"
        return
    fi
    local freeMiB limit used jobs
    freeMiB=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
    limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || echo max)
    if [ "$limit" != max ]; then
        used=$(cat /sys/fs/cgroup/memory.current 2>/dev/null || echo 0)
        limit=$(((limit - used) / 1048576))
        [ "$limit" -ge "$freeMiB" ] || freeMiB=$limit
    fi
    jobs=$((freeMiB / 2048))
    [ "$jobs" -le "$(nproc)" ] || jobs=$(nproc)
    [ "$jobs" -ge 1 ] || jobs=1
    echo "$jobs"
}

# isConfigured FOLDER: succeeds if no CMake file is newer than the configuration in FOLDER
isConfigured() {
    [ -f "$1/build.ninja" ] &&
        [ -z "$(find CMakePresets.json CMakeLists.txt cmake core gui app tests bench packaging \
            \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json \) \
            -newer "$1/build.ninja" -print -quit)" ]
}

# buildPreset NAME [TARGET...]: configures if anything of the configuration changed, then builds the targets.
# Without targets everything is built, tests included. Where no target is a test, a new folder is configured without
# tests, so that what only they need (GoogleTest) may be absent. All ways share one folder.
buildPreset() {
    local preset=$1 folder="$root/build/$1" jobs tests=() targets=("${@:2}")
    # One cache serves every checkout: paths below the checkout are hashed relative to it.
    export CCACHE_BASEDIR=${CCACHE_BASEDIR-$root} CCACHE_NOHASHDIR=1
    cd "$root"
    if [[ ${#targets[@]} -eq 0 || " ${targets[*]}" == *" test_"* ]]; then
        tests=(-DPENUMBRA_TESTS=ON)
        ! grep -qs '^PENUMBRA_TESTS:BOOL=OFF' "$folder/CMakeCache.txt" || rm -f "$folder/build.ninja"
    elif [ ! -f "$folder/CMakeCache.txt" ]; then
        tests=(-DPENUMBRA_TESTS=OFF)
    fi
    if ! isConfigured "$folder"; then
        say "configuring preset $preset"
        cmake --preset "$preset" "${tests[@]}" ${PENUMBRA_TORCH_ROOT:+-DPENUMBRA_TORCH_ROOT="$PENUMBRA_TORCH_ROOT"} \
            ${PENUMBRA_ARROW_ROOT:+-DPENUMBRA_ARROW_ROOT="$PENUMBRA_ARROW_ROOT"} >"$folder.configure.log" 2>&1 ||
            { cat "$folder.configure.log" >&2; die "cmake could not configure preset $preset"; }
    fi
    jobs=$(buildJobs)
    say "building ${targets[*]:-everything} of preset $preset into build/$preset with $jobs jobs"
    nice -n 5 cmake --build --preset "$preset" --parallel "$jobs" ${targets[@]:+--target "${targets[@]}"} ||
        die "preset $preset does not build"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    setUp build gui test
    say "set-up complete"
fi
