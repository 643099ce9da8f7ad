#!/bin/bash
# The built packages: lintian has nothing to say, and no secret or stray file is in them.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
packages=${PAYGRESS_DEB_DIR:-$root/build/deb}
command -v lintian >/dev/null || { echo "SKIPPED: lintian is not installed"; exit 77; }

lintian --allow-root --fail-on error,warning --display-info --pedantic "$packages"/*.changes

files=$(dpkg-deb --contents "$packages"/paygress_*.deb | awk '{print $6}')
for wanted in ./usr/sbin/paygressd ./usr/sbin/paygressctl ./usr/bin/paygress ./lib/systemd/system/paygress.service \
  ./etc/paygress/paygress.env ./etc/paygress/pod-specs.json ./usr/share/man/man8/paygressd.8.gz; do
  grep -qxF "$wanted" <<<"$files" || { echo "$wanted is missing in the package"; exit 1; }
done
