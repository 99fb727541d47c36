"""Whether the queries of dashboard and rules are PromQL, and ask for metrics that the processes have."""

import json
import re
from pathlib import Path

import promql_parser
import yaml

ROOT = Path(__file__).parents[3]
OBSERVABILITY = ROOT / "deploy/observability"

# What `opentelemetry-prometheus` makes of a metric's unit and kind (OpenTelemetry, "Prometheus and OpenMetrics compatibility").
UNITS = {"s": "_seconds", "By": "_bytes"}
SERIES = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}


def metrics() -> set:
    """The series that the code declares, and `up`, which Prometheus makes."""
    found = {"up"}
    for source in [*ROOT.glob("services/*/src/**/*.rs"), *ROOT.glob("gateway/src/**/*.rs")]:
        for kind, name, rest in re.findall(r'\.[fui]64_(\w+)\("([\w.]+)"\)(.*?)\.build\(\)', source.read_text(), re.DOTALL):
            unit = re.search(r'\.with_unit\("([^"]*)"\)', rest)
            base = name.replace(".", "_") + UNITS.get(unit[1] if unit else "", "")
            found |= {base + suffix for suffix in SERIES.get(kind, [""])}
    return found


def selectors(expression):
    """The name of every metric in a parsed query."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression.name
    for part in ("lhs", "rhs", "expr", "vector_selector", "args"):
        inner = getattr(expression, part, None)
        for each in inner if isinstance(inner, list) else [inner]:
            if each is not None:
                yield from selectors(each)


def faults(rules: list, queries: list):
    """What is wrong with the queries, which may use what the rules record."""
    known = metrics() | {rule["record"] for rule in rules if "record" in rule}
    for query in queries:
        try:
            names = set(selectors(promql_parser.parse(query.replace("$__rate_interval", "5m"))))
        except ValueError as error:
            yield f"{query}: {error}"
        else:
            yield from (f"{query}: no metric {name}" for name in sorted(names - known))


def queries_ask_for_metrics_there_are():
    rules = [rule for group in yaml.safe_load((OBSERVABILITY / "rules.yaml").read_text())["groups"] for rule in group["rules"]]
    panels = json.loads((OBSERVABILITY / "dashboard.json").read_text())["panels"]
    targets = [target["expr"] for panel in panels for target in panel["targets"]]
    yield from faults(rules, [rule["expr"] for rule in rules] + targets)
