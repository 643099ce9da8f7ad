#!/bin/bash
# The unit file by itself: systemd understands every line of it, and it is as closed as it was.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
command -v systemd-analyze >/dev/null || { echo "SKIPPED: systemd-analyze is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# The binaries are not installed here: let the unit name some that exist.
sed 's|/usr/sbin/paygressd|/bin/true|g' "$root/systemd/paygress.service" >"$work/paygress.service"
complaints=$(systemd-analyze verify --recursive-errors=no --man=no "$work/paygress.service" 2>&1) || status=1
if [[ $complaints ]]; then
  echo "systemd-analyze verify: $complaints"
  status=1
fi

# 11 is an exposure of 1.1: what is left over is network access and local sockets, which the daemon is for.
if ! systemd-analyze security --offline=yes --threshold=11 --no-pager "$root/systemd/paygress.service" >"$work/security"; then
  cat "$work/security"
  status=1
fi
tail -n 1 "$work/security"

systemd-sysusers --dry-run "$root/systemd/sysusers.d/paygress.conf" >/dev/null || status=1
exit "$status"
