"""Which calls the network policies of a namespace allow, by the rules of the Kubernetes API (networking.k8s.io/v1)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Pod:
    """One end of a call. `labels` of an address outside the cluster are None."""

    name: str
    namespace: str
    labels: dict | None = field(default_factory=dict, hash=False)


def selects(selector: dict, labels: dict) -> bool:
    """Whether a label selector selects the labels; an empty one selects everything."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for term in selector.get("matchExpressions", []):
        if term["operator"] != "Exists":
            raise ValueError(f"operator {term['operator']} is not understood here")
        if term["key"] not in labels:
            return False
    return True


def matches(peer: dict, other: Pod, namespace: str) -> bool:
    """Whether one entry of `from` or `to` means the other pod. A block of addresses is taken to hold every pod."""
    if "ipBlock" in peer:
        return True
    if other.labels is None:
        return False
    if "namespaceSelector" in peer:
        in_namespace = selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": other.namespace})
    else:
        in_namespace = other.namespace == namespace
    return in_namespace and selects(peer.get("podSelector", {}), other.labels)


def passes(policies: list, direction: str, pod: Pod, other: Pod, port: int) -> bool:
    """Whether the pod's own policies let the call through. A pod that no policy selects is open, as in Kubernetes."""
    side, peers = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}[direction]
    own = [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and direction in policy["spec"]["policyTypes"]
        and pod.labels is not None
        and selects(policy["spec"]["podSelector"], pod.labels)
    ]
    rules = [rule for policy in own for rule in policy["spec"].get(side, [])]
    return not own or any(
        (peers not in rule or any(matches(peer, other, pod.namespace) for peer in rule[peers]))
        and ("ports" not in rule or any(entry["port"] == port for entry in rule["ports"]))
        for rule in rules
    )


def allowed(policies: list, caller: Pod, callee: Pod, port: int) -> bool:
    """Whether a call gets out of the caller's pod and into the callee's."""
    return passes(policies, "Egress", caller, callee, port) and passes(policies, "Ingress", callee, caller, port)
