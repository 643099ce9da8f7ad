# A widely run relay (crate nostr-rs-relay).
debian=(build-essential pkg-config protobuf-compiler)
tools=(cargo:1.85)

version() { echo 0.8.12; }

build() {
  # Not --locked: the lock file in the crate holds a `time` that no Rust since 1.80 can compile.
  CARGO_TARGET_DIR=$scratch cargo install nostr-rs-relay --version "$(version)" -j "$jobs" --no-track --root "$out"
  "$out/bin/nostr-rs-relay" --version
}
