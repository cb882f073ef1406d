#!/usr/bin/env bash
# Makes a folder in which qemu-user runs ARM64 programs: Debian's Python and C libraries, and the
# aarch64 wheels of LiteRT in the version that is installed here. Nothing is installed in the
# system, and no root is needed.
#
# Usage: arm_root.sh PYTHON FOLDER
set -euo pipefail
python=$1 folder=$2

version=$("$python" -c 'from importlib.metadata import version; print(version("ai-edge-litert"))')
ready=$folder/ready-$version marker=$folder/made-by-arm_root
# What is there is removed below, so it has to be this script's own, or empty, as rmdir wants it.
if [[ -e $folder && ! -e $ready && ! -e $marker ]] && ! rmdir "$folder" 2>/dev/null; then
  echo "$folder is there, and not made by this script. Name another folder, or remove it." >&2
  exit 1
fi

missing=()
command -v apt-get dpkg-deb >/dev/null || { echo "This needs Debian, for its packages." >&2; exit 1; }
command -v qemu-aarch64-static >/dev/null || missing+=(qemu-user-static)
command -v aarch64-linux-gnu-gcc >/dev/null || missing+=(gcc-aarch64-linux-gnu)
command -v make >/dev/null || missing+=(make)
if ((${#missing[@]})); then
  echo "Packages are missing: apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

[[ -e $ready ]] && exit
rm -rf "$folder"
mkdir -p "$folder"
touch "$marker"
mkdir -p "$folder"/{root/proc,site,apt/lists/partial,apt/archives/partial}
folder=$(realpath "$folder")

echo "Fetching Debian packages and wheels for ARM64 to $folder ..."
# The system's own sources, with a state of its own that knows of no installed package: so all
# dependencies come along, and nobody has to be root.
apt=(apt-get -qq -o Dir::State="$folder/apt" -o Dir::State::status=/dev/null
  -o Dir::Cache="$folder/apt" -o APT::Architecture=arm64 -o APT::Architectures=arm64
  -o APT::Sandbox::User= -o Debug::NoLocking=true)
"${apt[@]}" update
"${apt[@]}" install -y --download-only --no-install-recommends python3 libstdc++6
for package in "$folder"/apt/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done

found=$(basename "$(readlink -f "$folder/root/usr/bin/python3")")
"$python" -m pip download -qq --no-deps --only-binary=:all: --python-version "${found#python}" \
  --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 \
  --platform manylinux2014_aarch64 -d "$folder/wheels" \
  "ai-edge-litert==$version" numpy flatbuffers ml_dtypes
for wheel in "$folder"/wheels/*.whl; do "$python" -m zipfile -e "$wheel" "$folder/site"; done

# Without it LiteRT reads what the other CPU can do, and crashes. A Cortex-A76, as in a Raspberry Pi 5.
for core in 0 1; do
  printf 'processor\t: %s\nFeatures\t: fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimdrdm asimddp\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: 0xd0b\nCPU revision\t: 1\n\n' "$core"
done >"$folder/root/proc/cpuinfo"
rm -rf "$folder/apt" "$folder/wheels"
touch "$ready"
