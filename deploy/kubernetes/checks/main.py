"""Renders every overlay and checks it: against Kubernetes' schemas, checkov's policies and the rules of the mesh.
Then looks at the queries of the dashboard and the alerts."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import kubernetes_validate
import yaml

from queries import queries_ask_for_metrics_there_are
from rules import KUBERNETES, RULES, Mesh

# The oldest and newest release that the manifests are for.
VERSIONS = ["1.31", "1.37"]
# Kinds of cert-manager, whose schemas come with its installation only. `every_certificate_names_its_service` looks at them.
WITHOUT_SCHEMA = {"Certificate", "Issuer"}


def render(folder: Path) -> str:
    return subprocess.run(["kubectl", "kustomize", folder], check=True, stdout=subprocess.PIPE, text=True).stdout


def breaks_schema(mesh: Mesh, version: str):
    for item in mesh.objects:
        if item["kind"] in WITHOUT_SCHEMA:
            continue
        try:
            kubernetes_validate.validate(item, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{item['kind']} {item['metadata']['name']}: {error}"


def breaks_policy(manifests: str):
    checkov = [Path(sys.executable).parent / "checkov", "--config-file", KUBERNETES / "checks/checkov.yaml", "--output", "json"]
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(manifests)
        file.flush()
        report = json.loads(subprocess.run([*checkov, "--file", file.name], capture_output=True, text=True, check=False).stdout)
    if not report["summary"]["passed"]:
        yield "checkov looked at nothing"
    for failed in report["results"]["failed_checks"]:
        yield f"{failed['check_id']} {failed['resource']}: {failed['check_name']}"


def without_cert_manager(overlay: Path) -> Mesh:
    """The overlay as a company without cert-manager would build on it."""
    with tempfile.TemporaryDirectory() as folder:
        resources, component = (os.path.relpath(path, Path(folder).resolve()) for path in (overlay, KUBERNETES / "components/given-certificates"))
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump({"resources": [resources], "components": [component]}))
        return Mesh(list(yaml.safe_load_all(render(Path(folder)))))


def main() -> int:
    counts = {True: 0, False: 0}

    def tell(where: str, sentence: str, faults) -> None:
        faults = list(faults)
        counts[not faults] += 1
        print(f"{'FAIL' if faults else 'ok  '} {where}: {sentence}", *faults, sep="\n       ")

    for folder in sorted((KUBERNETES / "overlays").iterdir()):
        manifests = render(folder)
        mesh = Mesh(list(yaml.safe_load_all(manifests)))
        for version in VERSIONS:
            tell(folder.name, f"valid for Kubernetes {version}, without {' and '.join(sorted(WITHOUT_SCHEMA))}", breaks_schema(mesh, version))
        tell(folder.name, "checkov finds nothing but what checkov.yaml names", breaks_policy(manifests))
        for rule in RULES:
            tell(folder.name, rule.__name__.replace("_", " "), rule(mesh))
        tell(folder.name, "given certificates are not asked for", without_cert_manager(folder).names("Certificate"))

    tell("observability", "queries ask for metrics there are", queries_ask_for_metrics_there_are())
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main())
