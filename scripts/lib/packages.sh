# The Debian 12 packages that each thing here needs, by name; sourced by the scripts beside it.
#
#   need_packages build sandbox     installs what is missing of these groups, in one go
# shellcheck shell=bash

declare -A packages=(
  [build]="ca-certificates ccache cmake doctest-dev g++ git libboost1.81-dev libcli11-dev libcurl4-openssl-dev
           libsecp256k1-dev libsqlite3-dev libssl-dev libsystemd-dev libyaml-dev ninja-build nlohmann-json3-dev
           pkg-config python3"
  # The kubelet of the sandbox starts a real OpenSSH server per pod; the stories log in with a password.
  [sandbox]="bubblewrap iproute2 openssh-client openssh-server sshpass"
  # Tells in which order the daemon writes and speaks.
  [crash]="strace"
  # A container booted by real systemd, and the .deb that is installed in it.
  [system]="debhelper dpkg-dev iproute2 lintian mmdebstrap systemd systemd-container"
  [lint]="clang-14 clang-format-14 clang-tidy-14 clang-tools-14 shellcheck systemd"
  [docs]="groff man-db"
)

need_packages() {
  local group package missing=()
  for group in "$@"; do
    for package in ${packages[$group]:?no such group of packages: $group}; do
      [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) = installed ]] || missing+=("$package")
    done
  done
  ((${#missing[@]})) || return 0
  if ! command -v apt-get >/dev/null; then
    echo "This is no Debian machine. What is needed: ${missing[*]}" >&2
    return 1
  fi
  if ((EUID != 0)); then
    echo "Packages are missing, and only root can install them: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}"
  # Two scripts may run at once, and apt-get update has no lock of its own that waits.
  (
    flock 9
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
      install "${missing[@]}" >/dev/null
  ) 9>/run/lock/paygress-packages
}
