# Two container images made here, because no registry is used: localhost/pause:1 and localhost/ssh:1 (Debian's sshd).
debian=(build-essential mmdebstrap)
tools=(python3:3.11)

version() { hash_of parts/images.sh image/start image/pause.c image/pack; }

build() {
  cd "$scratch"
  gcc -Os -static -o pause "$here/image/pause.c"
  tar -cf pause.layer.tar --owner=0 --group=0 --mode=755 pause
  "$here/image/pack" localhost/pause:1 '{"Entrypoint": ["/pause"]}' "$out/pause.tar" pause.layer.tar

  # The archive that this machine's apt uses already, whichever that is.
  local archive
  archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -1)
  mmdebstrap --variant=minbase --include=openssh-server,passwd,procps \
    --customize-hook='rm -rf "$1"/etc/ssh/ssh_host_* "$1"/var/cache/apt "$1"/var/lib/apt/lists/*' \
    bookworm rootfs.tar "$archive"
  tar -cf start.layer.tar --owner=0 --group=0 --mode=755 -C "$here/image" start
  "$here/image/pack" localhost/ssh:1 \
    '{"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["/start"]}' \
    "$out/ssh.tar" rootfs.tar start.layer.tar
}
