# From npm: the wallet cashu-ts, the client nostr-tools and the relay @nostr-relay/core, by node/package-lock.json.
debian=(build-essential)                           # better-sqlite3 is compiled where it has no prebuilt binary
tools=(node:20 npm:10 python3:3.10)

version() { hash_of node/package.json node/package-lock.json; }

build() {
  cp "$here/node/package.json" "$here/node/package-lock.json" "$out/"
  cd "$out"
  # cashu-ts asks for Node 22.4 and runs on 20.
  JOBS=$jobs npm ci --no-audit --no-fund --cache "$scratch"
  local sqlite=node_modules/better-sqlite3
  node -e 'new (require("better-sqlite3"))(":memory:")'
  mv "$sqlite/build/Release/better_sqlite3.node" "$scratch/"
  rm -rf "$sqlite/build" "$sqlite/deps" "$sqlite/src"
  mkdir -p "$sqlite/build/Release"
  mv "$scratch/better_sqlite3.node" "$sqlite/build/Release/"
  node -e 'new (require("better-sqlite3"))(":memory:")'
}
