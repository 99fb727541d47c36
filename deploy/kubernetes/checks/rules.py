"""What must hold for every overlay. A rule is a function named by its sentence that yields what breaks it."""

import re
from itertools import product
from pathlib import Path

import yaml

from network import Pod, allowed

KUBERNETES = Path(__file__).parent.parent
CHASSIS = KUBERNETES / "../../services/chassis/src"
CALL_GRAPH = yaml.safe_load((KUBERNETES / "call-graph.yaml").read_text())

# Ports, the same in every pod: calls; health and metrics.
LISTEN, PROBE = 7000, 7100
# The Secret that names the first administrator.
FIRST = "first-administrator"
# Where the chassis says how long each part of a stop may take: file, and the figure in it with its unit in seconds.
STOP = [
    ("config/server.rs", r'drain_ms: Millis = "(\d+)"', 0.001),
    ("config/server.rs", r'grace_ms: Millis = "(\d+)"', 0.001),
    ("drain.rs", r"const BACKGROUND: Duration = Duration::from_secs\((\d+)\)", 1),
    ("run.rs", r"const LAST_WORDS: Duration = Duration::from_secs\((\d+)\)", 1),
]


class Mesh:
    """The rendered manifests of one overlay."""

    def __init__(self, objects: list):
        self.objects = objects

    def kind(self, kind: str) -> list:
        return [item for item in self.objects if item["kind"] == kind]

    def names(self, kind: str) -> set:
        return {item["metadata"]["name"] for item in self.kind(kind)}

    def pods(self):
        """Each deployment's name and pod specification."""
        for item in self.kind("Deployment"):
            yield item["metadata"]["name"], item["spec"]["template"]["spec"]

    def containers(self):
        """Each container with `deployment/container` as its name, initial ones too."""
        for name, pod in self.pods():
            for container in pod.get("initContainers", []) + pod["containers"]:
                yield f"{name}/{container['name']}", container


def every_pod_is_restricted(mesh: Mesh):
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/, level restricted, and a read-only root."""
    for name, pod in mesh.pods():
        context = pod.get("securityContext", {})
        if context.get("runAsNonRoot") is not True or context.get("runAsUser", 0) == 0:
            yield f"{name} may run as root"
        if context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{name} has no seccomp profile"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{name} has a token of the cluster"
    for name, container in mesh.containers():
        expected = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        if container.get("securityContext") != expected:
            yield f"{name} has {container.get('securityContext')}"
    for namespace in mesh.kind("Namespace"):
        if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield "the namespace admits more"


def every_process_is_probed_in_three_ways(mesh: Mesh):
    for name, pod in mesh.pods():
        probes = {way: pod["containers"][0].get(f"{way}Probe", {}).get("grpc", {}) for way in ("startup", "readiness", "liveness")}
        yield from (f"{name} has no {way} probe" for way, probe in probes.items() if probe.get("port") != PROBE)
        asked = {way: probe.get("service", "") for way, probe in probes.items()}
        if asked != {"startup": "liveness", "readiness": "", "liveness": "liveness"}:
            yield f"{name} is asked {asked}: only calls may depend on more than the process"


def every_pod_has_time_to_stop(mesh: Mesh):
    """Also where every part of a stop takes all the time it may."""
    figures = [(float(re.search(figure, (CHASSIS / file).read_text())[1]), unit) for file, figure, unit in STOP]
    needed = sum(figure * unit for figure, unit in figures)
    for name, pod in mesh.pods():
        given = pod.get("terminationGracePeriodSeconds", 30)
        if given <= needed:
            yield f"{name} is killed after {given} s and may take {needed:g} s"
    set_here = {variable for item in mesh.kind("ConfigMap") for variable in item.get("data") or {}}
    for variable in set_here & {"PATRON_SERVER_DRAIN_MS", "PATRON_SERVER_GRACE_MS"}:
        yield f"{variable} is set, and this rule adds up the defaults"


def every_image_has_a_version(mesh: Mesh):
    for name, container in mesh.containers():
        _, _, tag = container["image"].rpartition("/")[2].partition(":")
        if tag in ("", "latest"):
            yield f"{name} runs {container['image']}"


def every_service_is_whole(mesh: Mesh):
    deployments = mesh.names("Deployment")
    if deployments != set(CALL_GRAPH):
        yield f"deployed: {sorted(deployments)}"
    for kind in ("Service", "ServiceAccount", "PodDisruptionBudget"):
        yield from (f"{name} has no {kind}" for name in deployments - mesh.names(kind))
    if mesh.names("HorizontalPodAutoscaler") not in (set(), deployments):
        yield f"of all services these scale: {sorted(mesh.names('HorizontalPodAutoscaler'))}"


def everything_is_in_one_namespace(mesh: Mesh):
    (namespace,) = mesh.names("Namespace")
    for item in mesh.objects:
        if item["kind"] != "Namespace" and item["metadata"].get("namespace") != namespace:
            yield f"{item['kind']} {item['metadata']['name']} is in {item['metadata'].get('namespace', 'default')}"


def every_reference_is_met(mesh: Mesh):
    """Secrets are the deployer's to make; their names are the service's, the service's and `-tls`, and in identity FIRST."""
    for name, container in mesh.containers():
        service = name.partition("/")[0]
        maps = {source["configMapRef"]["name"] for source in container.get("envFrom", [])}
        yield from (f"{name}: no ConfigMap {missing}" for missing in maps - mesh.names("ConfigMap"))
        secrets = {entry["valueFrom"]["secretKeyRef"]["name"] for entry in container.get("env", []) if "valueFrom" in entry}
        own = {service, FIRST} if name == "identity/service" else {service}
        yield from (f"{name} reads the secret {other}" for other in secrets - own)
        if container["name"] != "migrate" and any(entry["name"] == "PATRON_DATABASE_OWNER_URL" for entry in container.get("env", [])):
            yield f"{name} has the role that owns the schema"
    for name, pod in mesh.pods():
        volumes = {volume["secret"]["secretName"] for volume in pod["volumes"]}
        if volumes != ({f"{name}-tls", FIRST} if name == "identity" else {f"{name}-tls"}):
            yield f"{name} mounts {sorted(volumes)}"


def the_first_administrator_is_a_secret_that_may_be_gone(mesh: Mesh):
    """Once there are members of staff nothing may depend on it; until then its password is nowhere but in the Secret."""
    (pod,) = (pod for name, pod in mesh.pods() if name == "identity")
    given = {entry["name"]: entry for entry in pod["containers"][0]["env"]}
    sources = [given[f"PATRON_IDENTITY_BOOTSTRAP_{field}"]["valueFrom"]["secretKeyRef"] for field in ("USERNAME", "EMAIL")]
    (volume,) = (volume["secret"] for volume in pod["volumes"] if volume["name"] == FIRST)
    if any(source.get("optional") is not True for source in [*sources, volume]):
        yield "identity does not start without it"
    (mount,) = (mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == FIRST)
    files = [f"{mount}/{item['path']}" for item in volume["items"]]
    if files != [given["PATRON_IDENTITY_BOOTSTRAP_PASSWORD_FILE"]["value"]]:
        yield f"identity reads {given['PATRON_IDENTITY_BOOTSTRAP_PASSWORD_FILE']['value']}, and there is {files}"
    yield from (f"{item['metadata']['name']} is in the repository" for item in mesh.kind("Secret"))


def every_certificate_names_its_service(mesh: Mesh):
    issuers = mesh.names("Issuer")
    for item in mesh.kind("Certificate"):
        name, spec = item["metadata"]["name"], item["spec"]
        if spec["issuerRef"]["name"] not in issuers:
            yield f"{name}: no Issuer {spec['issuerRef']['name']}"
        if not spec.get("isCA") and (spec["commonName"], spec["dnsNames"], spec["secretName"]) != (name, [name, "localhost"], f"{name}-tls"):
            yield f"{name} is {spec['commonName']}, {spec['dnsNames']} in {spec['secretName']}"


def every_variable_is_a_setting(mesh: Mesh):
    """A process refuses to start over a misspelt variable; this tells before it is deployed."""
    settings = set()
    for source in [*KUBERNETES.glob("../../services/*/src/**/*.rs"), *KUBERNETES.glob("../../gateway/src/**/*.rs")]:
        for section, fields in re.findall(r'pub struct \w+ = "(\w+)" \{(.*?)\n    \}', source.read_text(), re.DOTALL):
            names = re.findall(r"^ +(\w+): ", fields, re.MULTILINE)
            settings |= {f"PATRON_{section}_{field.upper()}" for field in names}
    given = {name for item in mesh.kind("ConfigMap") for name in item.get("data") or {}}
    given |= {entry["name"] for _, container in mesh.containers() for entry in container.get("env", [])}
    yield from sorted(given - settings)


def network_policies_equal_the_call_graph(mesh: Mesh):
    policies = mesh.kind("NetworkPolicy")
    (namespace,) = mesh.names("Namespace")
    # A pod of no service: someone's debugging shell, say.
    pods = {"stray": Pod("stray", namespace)}
    for item in mesh.kind("Deployment"):
        name = item["metadata"]["name"]
        pods[name] = Pod(name, namespace, item["spec"]["template"]["metadata"]["labels"])
    outside = {
        "dns": (Pod("dns", "kube-system", {"k8s-app": "kube-dns"}), 53),
        "database": (Pod("database", "", None), 5432),
        "collector": (Pod("collector", "observability"), 4317),
        "stranger": (Pod("stranger", "default"), 443),
    }
    inside_callers = list(pods.values())
    callers = inside_callers + [Pod("ingress", "traefik"), Pod("collector", "observability"), Pod("stranger", "default")]

    found = {(a.name, b.name, port) for a, b, port in product(callers, pods.values(), (LISTEN, PROBE, 5432)) if allowed(policies, a, b, port)}
    found |= {(a.name, b.name, port) for a, (b, port) in product(inside_callers, outside.values()) if allowed(policies, a, b, port)}

    expected = {(caller, callee, LISTEN) for caller, callees in CALL_GRAPH.items() for callee in callees}
    expected |= {(name, "dns", 53) for name in pods}
    for name, container in mesh.containers():
        if any(entry["name"] == "PATRON_DATABASE_URL" for entry in container.get("env", [])):
            expected.add((name.partition("/")[0], "database", 5432))
    if mesh.kind("Ingress"):
        expected.add(("ingress", "gateway", LISTEN))
    if any("PATRON_TELEMETRY_OTLP_ENDPOINT" in (item.get("data") or {}) for item in mesh.kind("ConfigMap")):
        expected |= {(name, "collector", 4317) for name in CALL_GRAPH} | {("collector", name, PROBE) for name in CALL_GRAPH}

    yield from (f"{a} may call {b}:{port}, and need not" for a, b, port in sorted(found - expected))
    yield from (f"{a} may not call {b}:{port}, and must" for a, b, port in sorted(expected - found))


RULES = [
    every_pod_is_restricted,
    every_process_is_probed_in_three_ways,
    every_pod_has_time_to_stop,
    every_image_has_a_version,
    every_service_is_whole,
    everything_is_in_one_namespace,
    every_reference_is_met,
    the_first_administrator_is_a_secret_that_may_be_gone,
    every_certificate_names_its_service,
    every_variable_is_a_setting,
    network_policies_equal_the_call_graph,
]
