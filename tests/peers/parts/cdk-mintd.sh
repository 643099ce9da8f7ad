# The CDK's mint (crate cdk-mintd) with a payment backend that calls every invoice paid.
debian=(build-essential pkg-config)
tools=(cargo:1.85)

version() { echo 0.18.3; }

build() {
  # The default features bring Lightning backends and want protoc.
  CARGO_TARGET_DIR=$scratch cargo install cdk-mintd --version "$(version)" --locked -j "$jobs" \
    --no-default-features --features fakewallet,sqlite --no-track --root "$out"
  "$out/bin/cdk-mintd" --version
}
