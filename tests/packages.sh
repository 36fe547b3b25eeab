# SPDX-License-Identifier: BSL-1.0
# Sourced: names the Debian packages that Etch uses and installs those that are missing.
build_packages=(g++ cmake ninja-build libboost-dev zlib1g-dev libssl-dev nlohmann-json3-dev libflatbuffers-dev
  libcli11-dev pkg-config libhdf5-dev libzip-dev libonnx-dev libprotobuf-dev libpng-dev libjpeg-dev)
test_packages=(catch2 clang libclang-rt-14-dev clang-format clang-tidy clangd git python3 python3-h5py libeigen3-dev
  libonnx-testdata make python3-jsonschema mkdocs-material)
long_test_packages=(clang-19 g++-aarch64-linux-gnu qemu-user chromium chromium-driver python3-selenium
  arduino-builder scons libxml2-utils python3-pykwalify python3-dateutil cppcheck libbenchmark-dev
  libdnnl-dev libopenblas-dev)
firmware_packages=(gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib libnewlib-arm-none-eabi qemu-system-arm)
riscv_packages=(gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc)  # 1.4 GB, for tests alone

require_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "packages are missing; install them and run this again:" >&2
    echo "  sudo apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing with apt: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}
