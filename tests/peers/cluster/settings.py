"""The configuration files of the container runtime, the pod network, the kubelet and kube-proxy."""
import json
import os

from names import CLUSTER_NET, NODE_IP, NODE_NAME, POD_NET


def containerd(folder):
    return f"""version = 2
root = "{folder}/ctd/root"
state = "{folder}/ctd/state"

[grpc]
  address = "{folder}/ctd/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/ctd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  # A test machine may have neither CAP_SYS_RESOURCE nor AppArmor.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "{folder}/ctd/runc"
"""


def pod_network(folder):
    bridge = {
        "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True, "hairpinMode": True,
        "ipam": {"type": "host-local", "dataDir": f"{folder}/ipam", "ranges": [[{"subnet": POD_NET}]],
                 "routes": [{"dst": "0.0.0.0/0"}]},
    }
    return {"cniVersion": "0.4.0", "name": "paygress",
            "plugins": [bridge, {"type": "portmap", "capabilities": {"portMappings": True}}]}


def kubelet(folder):
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "address": NODE_IP,
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": f"{folder}/pki/ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{folder}/pki/kubelet.crt", "tlsPrivateKeyFile": f"{folder}/pki/kubelet.key",
        "containerRuntimeEndpoint": f"unix://{folder}/ctd/containerd.sock",
        "podLogsDir": f"{folder}/pod-logs", "volumePluginDir": f"{folder}/volume-plugins",
        "cgroupDriver": "cgroupfs", "failCgroupV1": False, "failSwapOn": False, "oomScoreAdj": 0,
        "podPidsLimit": 512, "resolvConf": "/dev/null",
        "imageGCHighThresholdPercent": 100,     # an image once removed could not be pulled again
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
    }


def kube_proxy(folder):
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": f"{folder}/pki/proxy.kubeconfig"}, "mode": "iptables",
        "clusterCIDR": CLUSTER_NET, "hostnameOverride": NODE_NAME,
        "conntrack": {"maxPerCore": 0},         # else it writes the machine's own limits
    }


def write(folder):
    for name in ("ctd", "cni", "pod-logs", "volume-plugins", "log"):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    with open(f"{folder}/ctd.toml", "w", encoding="ascii") as file:
        file.write(containerd(folder))
    for name, content in {"cni/10-paygress.conflist": pod_network(folder), "kubelet.yaml": kubelet(folder),
                          "proxy.yaml": kube_proxy(folder)}.items():
        with open(f"{folder}/{name}", "w", encoding="ascii") as file:
            json.dump(content, file, indent=1)
