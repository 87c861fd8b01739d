# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts share: messages, packages, Meson. Sourced, not run.
set -euo pipefail
unset CDPATH # makes cd print

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build

# Warnings for C, with Meson's level 2.
# shellcheck disable=SC2034
strict="-Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla"

say() { printf '%s\n' "$*"; }

# The status of what goes wrong: 1, but of a script to which 1 is a verdict, and which sets it first.
# (Any other value is from the environment.)
[[ ${failure-} == 2 ]] || failure=1

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit "$failure"
}

if [[ $failure != 1 ]]; then
    set -E
    trap 'die "stopped, as this failed: $BASH_COMMAND"' ERR
fi

# The comment at the top of a script is its manual.
print_help() { sed -n '/^#!/d; /^# SPDX/d; /^#/!q; s/^# \{0,1\}//p' "$0"; }

have() { command -v "$1" >/dev/null 2>&1; }

# Version $1 is $2 or newer.
at_least() { [[ $(printf '%s\n' "$1" "$2" | sort -V | head -n 1) == "$2" ]]; }

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null; }

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

is_available() { apt-cache show "$1" >/dev/null 2>&1; }

# The package lists, which fresh machines lack, are fetched once per run, when first wanted:
# `lists` is old, new or, if they couldn't be, kept.
lists=old
update_lists() {
    [[ $lists == old ]] || return 0
    say "Updating apt's package lists"
    if apt_get -o APT::Update::Error-Mode=any update >/dev/null; then
        lists=new
    else
        lists=kept
        say "apt-get update failed; going on with the lists there are."
    fi
}

# Whether apt has a package, by new lists if need be.
can_get() {
    is_available "$1" && return
    update_lists
    is_available "$1"
}

# Whether this release has no such package; not so if there are no lists that could tell.
lacks() { ! can_get "$1" && [[ $lists != kept ]]; }

# need PACKAGE...: makes sure that all are installed, or says why they can't be and fails.
need() {
    local package missing=()
    for package; do
        is_installed "$package" || missing+=("$package")
    done
    [[ ${#missing[@]} == 0 ]] && return
    if ! have apt-get; then
        say "Can't install ${missing[*]}: this is not Debian or Ubuntu."
        return 1
    fi
    if [[ $(id -u) != 0 ]] && ! have sudo; then
        say "Can't install ${missing[*]}: that needs root or sudo."
        return 1
    fi
    update_lists
    for package in "${missing[@]}"; do
        is_available "$package" && continue
        say "Can't install $package: this release has no such package."
        return 1
    done
    say "Installing ${missing[*]}"
    apt_get install -y --no-install-recommends "${missing[@]}" >"$build/apt.log" 2>&1 && return
    tail -n 5 "$build/apt.log"
    say "Can't install ${missing[*]}: apt-get failed (build/apt.log)."
    return 1
}

is_meson() { at_least "$("$1" --version 2>/dev/null || echo 0)" 1.0; }

# Sets `meson` to Meson 1.0 or newer: from PATH or .venv, or else from apt or, into .venv, pip.
find_meson() {
    have ninja || need ninja-build || die "can't build without Ninja"
    have pkg-config || need pkg-config || die "can't build without pkg-config"
    for meson in meson "$root/.venv/bin/meson"; do
        is_meson "$meson" && return
    done
    update_lists
    if at_least "$(apt-cache show meson 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)" 1.0; then
        need meson || die "can't build without Meson"
        meson=/usr/bin/meson
    else
        need python3-venv || die "can't build without Meson"
        say "Installing Meson into .venv with pip: the distribution's is older than 1.0"
        python3 -m venv "$root/.venv"
        "$root/.venv/bin/pip" install --quiet 'meson>=1.0' || die "can't install Meson with pip"
    fi
    is_meson "$meson" || die "can't build: $meson is no Meson 1.0 or newer"
}

# Sets `pip` to that of .venv, for other libraries to compare with, or fails.
find_pip() {
    pip=$root/.venv/bin/pip
    [[ -x $pip ]] || python3 -m venv "$root/.venv" >/dev/null 2>&1 && return
    need python3-venv && python3 -m venv "$root/.venv"
}

# configure DIRECTORY OPTION...: sets up a build directory, anew if its options have changed.
configure() {
    local options="$meson ${CC-} ${CXX-} ${*:2}"
    [[ -f $1/build.ninja && $(cat "$1.options") == "$options" ]] && return
    rm -rf "$1"
    mkdir -p "$1"
    "$meson" setup "$1" "$root" "${@:2}" || return
    printf '%s\n' "$options" >"$1.options"
}

compile() { "$meson" compile -C "$1"; }

# Installs what the examples need, builds them into build/lecture, and sets `examples` to where they
# are and OpenBLAS to one thread: their networks are small, and the same bits need the same number.
build_examples() {
    need gcc libc6-dev pkgconf libopenblas-dev zlib1g-dev libsleef-dev dataset-fashion-mnist \
        python3-matplotlib ||
        die "the examples can't be built without these packages"
    find_meson
    say "Building into build/lecture"
    {
        configure "$build/lecture" -Dexamples=enabled -Dsleef=enabled -Dtests=disabled \
            -Dbench=disabled &&
            compile "$build/lecture"
    } >"$build/lecture.log" 2>&1 || {
        tail -n 40 "$build/lecture.log" >&2
        die "the build failed (build/lecture.log)"
    }
    # shellcheck disable=SC2034
    examples=$build/lecture/examples
    export OPENBLAS_NUM_THREADS=1
}

# need_venv FOLDER REQUIREMENTS: sets `python` to one with what a file of requirements names, in this
# folder of build/; or says why it can't be had and fails.
need_venv() {
    local folder=$build/$1 wanted
    wanted=$(cat "$(dirname "$2")"/requirements*.txt) # one may include another
    python=$folder/bin/python
    [[ -x $python && $(cat "$folder.${2##*/}" 2>/dev/null) == "$wanted" ]] && return
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null && ! need python3-venv; then
        say "Can't install Python packages: there is no Python with venv."
        return 1
    fi
    say "Installing Python packages into build/$1"
    if ! { python3 -m venv "$folder" && "$python" -m pip install -r "$2"; } >"$build/pip.log" 2>&1; then
        say "Can't install Python packages: pip failed (build/pip.log)."
        return 1
    fi
    printf '%s\n' "$wanted" >"$folder.${2##*/}"
}

# need_python_tools [test]: the same with what tools/ needs, and its tests.
need_python_tools() { need_venv venv "$root/tools/requirements${1:+-$1}.txt"; }

# run_tool ARGUMENT...: the Python tools' command line.
run_tool() { PYTHONPATH=$root/tools "$python" -m simdrop_bench "$@"; }

# run_report ARGUMENT...: makes a report; without arguments build/report.html of the last results,
# and of the last of the peers.
run_report() { PYTHONPATH=$root/tools "$python" -m simdrop_bench.report "$@"; }

mkdir -p "$build"
