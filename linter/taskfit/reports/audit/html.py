"""An audit as one page that needs nothing else: no network, and no JavaScript to be complete."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from functools import partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from taskfit.escaping import inert, shortened
from taskfit.finding import Severity
from taskfit.reports.audit import chart
from taskfit.reports.terminal import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskfit.audit.inventory import Inventory, Service
    from taskfit.finding import Finding

NAME, PASSAGE = 160, 2000
"""Characters of a name and of a message that are shown. AWS allows 255 for a name, a file any number."""

SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)

DIMENSIONS: tuple[tuple[chart.Dimension, str], ...] = (("cpu", "CPU"), ("memory", "Memory"))


class Chart(NamedTuple):
    """One dimension drawn, with the same in words."""

    title: str
    unit: str
    content: str
    width: int
    height: int
    words: str


class Row(NamedTuple):
    """A service as the table shows it."""

    service: Service
    change: float | None
    """USD/month as recommended less as declared; `None` where either is unknown."""
    counts: dict[Severity, int]
    cpu: chart.Verdict
    memory: chart.Verdict

    @property
    def rank(self) -> int:
        """Grows with the findings: one error weighs more than any warnings, a warning more than any notes."""
        errors, warnings, notes = (self.counts[severity] for severity in SEVERITIES)
        return (errors * 1000 + min(warnings, 999)) * 1000 + min(notes, 999)

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The most wasteful first, then the worst findings, then by name."""
        service = self.service
        return (
            min(self.change or 0.0, 0.0),
            -self.rank,
            (service.name, service.cluster, service.region, service.account, service.definition),
        )

    @property
    def weight(self) -> tuple[float, float]:
        """How much there is to change: in USD/month, then in times."""
        bars = (chart.bar(self.service, "cpu"), chart.bar(self.service, "memory"))
        return abs(self.change or 0.0), max((bar.distance for bar in bars if bar), default=0.0)


def render(inventory: Inventory) -> str:
    """The page as HTML. The same inventory gives the same bytes. Needs jinja2 and pygal, of the extra `aws`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("taskfit.reports.audit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "inert": inert,
        "name": partial(shortened, length=NAME),
        "passage": partial(_cut, PASSAGE),
        "usd": _usd,
        "usd_change": _usd_change,
        "percent": _percent,
        "counted": counted,
        "facts": _facts,
    }
    style, script = _asset("inventory.css"), _asset("inventory.js")
    rows = sorted(map(_row, inventory.services), key=lambda row: row.sort_key)
    page = environment.get_template("inventory.html.j2")
    return page.render(
        inventory=inventory,
        report=inventory.report,
        rows=rows,
        totals=inventory.totals,
        charts=[drawing._replace(content=Markup(drawing.content)) for drawing in _charts(rows)],  # noqa: S704
        charted_at_most=chart.ROWS,
        longest=NAME,
        elsewhere=_elsewhere(inventory),
        severities=SEVERITIES,
        counts={severity: inventory.report.count(severity) for severity in SEVERITIES},
        places={
            "account": _distinct(service.account for service in inventory.services),
            "region": _distinct(service.region for service in inventory.services),
            "cluster": _distinct(service.cluster for service in inventory.services),
        },
        has_spot=any(service.launch_type == "FARGATE_SPOT" for service in inventory.services),
        has_use=any(service.use for service in inventory.services),
        style=Markup(style),  # noqa: S704
        style_hash=_hash(style),
        script=Markup(script),  # noqa: S704
        script_hash=_hash(script),
    )


def _row(service: Service) -> Row:
    before, after = service.monthly_usd, service.recommended_monthly_usd
    counts = Counter(finding.severity for finding in service.findings)
    return Row(
        service,
        None if before is None or after is None else round(round(after, 2) - round(before, 2), 2),
        {severity: counts[severity] for severity in SEVERITIES},
        chart.verdict(service, "cpu"),
        chart.verdict(service, "memory"),
    )


def _charts(rows: Sequence[Row]) -> list[Chart]:
    """Both dimensions of the services with the most to change, from what saves most to what costs most."""
    drawable = [row for row in rows if chart.bar(row.service, "cpu") or chart.bar(row.service, "memory")]
    chosen = sorted(drawable, key=lambda row: row.weight, reverse=True)[: chart.ROWS]
    chosen.sort(key=lambda row: (row.change or 0.0, row.sort_key))
    return [
        Chart(title, chart.UNIT[dimension][0], chart.draw(bars, dimension), chart.WIDTH, chart.height(bars), words)
        for dimension, title in DIMENSIONS
        if (bars := [bar for row in chosen if (bar := chart.bar(row.service, dimension))])
        if (words := _words(bars))
    ]


def _words(bars: Sequence[chart.Bar]) -> str:
    """What a chart shows, for those who can't see it."""
    over, under = (sum(bar.verdict == kind for bar in bars) for kind in ("over", "under"))
    return (
        f"{counted(len(bars), 'service')}: {over} with more than is recommended, {under} with less. "
        "The table has the numbers."
    )


def _elsewhere(inventory: Inventory) -> list[Finding]:
    """Findings that belong to no service, such as of a file that can't be read."""
    placed = {finding for service in inventory.services for finding in service.findings}
    return [finding for finding in inventory.report.findings if finding not in placed]


def _asset(name: str) -> str:
    """A file beside the template."""
    return files("taskfit.reports.audit").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a Content-Security-Policy names what may run."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _distinct(names: Iterable[str]) -> list[str]:
    return sorted(set(names))


def _cut(length: int, text: str) -> str:
    """Text from outside that can neither turn the text around it nor fill the page."""
    return inert(text if len(text) <= length else f"{text[: length - 1]}…")


def _usd(amount: float | None) -> str:
    """With a minus as wide as a plus, where there is one."""
    return "–" if amount is None else f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def _usd_change(amount: float | None) -> str:
    """With its sign."""
    return f"{'+' if amount and amount > 0 else ''}{_usd(amount)}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("-", "−")


def _facts(finding: Finding) -> list[tuple[str, str]]:
    """The numbers that a finding compares, each with its name."""
    return [(_words_of(name), _fact(name, value)) for name, value in (finding.data or {}).items() if value is not None]


def _words_of(name: str) -> str:
    return {"have": "has", "need": "needs", "monthly_usd": "a month"}.get(name, _cut(NAME, name.replace("_", " ")))


def _fact(name: str, value: Any) -> str:
    if isinstance(value, dict):
        units = {"cpu": "CPU units", "memory": "MiB"}
        parts = (
            f"{_fact(key, part)} {units.get(key, _cut(NAME, key))}" for key, part in value.items() if part is not None
        )
        return ", ".join(parts)
    if isinstance(value, (list, tuple)):
        return ", ".join(_fact(name, part) for part in value)
    if isinstance(value, (int, float)) and name.endswith("usd"):
        return _usd(value)
    if isinstance(value, float) and name in ("average", "maximum"):
        return _percent(value)
    return f"{value:g}" if isinstance(value, float) else _cut(NAME, str(value))
