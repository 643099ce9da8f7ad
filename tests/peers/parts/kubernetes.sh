# Kubernetes 1.34 (the last line whose kubelet runs on cgroup v1 as it is) and its etcd, from the Go module proxy.
debian=(containerd runc containernetworking-plugins iptables nftables etcd-client iproute2 openssh-client openssl)
tools=(go:1.24)
kubernetes=v1.34.10

version() { echo "$kubernetes-$(hash_of cluster/go.mod cluster/go.sum)"; }

build() {
  local minor=${kubernetes#v1.} package stamps=""
  # Without the stamps GET /version answers with an empty major and minor, and a client's version check fails.
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    stamps+=" -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=${minor%.*}"
    stamps+=" -X $package.gitTreeState=archive"
  done
  cp "$here/cluster/go.mod" "$here/cluster/go.sum" "$scratch/"
  cd "$scratch"
  export GOMODCACHE=$scratch/modules GOCACHE=$scratch/cache GOTMPDIR=$scratch GOTOOLCHAIN=local CGO_ENABLED=0
  go build -mod=readonly -p "$jobs" -trimpath -ldflags "-s -w$stamps" -o "$out/" tool
  mv "$out/server" "$out/etcd"
  "$out/kube-apiserver" --version
}
