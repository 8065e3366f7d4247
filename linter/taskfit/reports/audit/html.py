"""An audit as a self-contained page: it needs no network, and is complete without JavaScript."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from taskfit.dimensions import DIMENSIONS
from taskfit.escaping import inert, shortened
from taskfit.finding import Severity
from taskfit.phrases import counted
from taskfit.record import NamedTuple, cached_property
from taskfit.reports.audit import chart
from taskfit.reports.audit.groups import Group, groups
from taskfit.reports.audit.text import price_gaps
from taskfit.reports.page import NAME, SEVERITIES, asset, environment, policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskfit.auditing.inventory import Inventory, Service
    from taskfit.dimensions import Dimension
    from taskfit.finding import Finding
    from taskfit.sizing.decision import Risk

TITLES: dict[Dimension, str] = {"cpu": "CPU", "memory": "Memory"}

TOP = 10
"""The most services in each of the two lists of what to look at first."""


PAGE = 100
"""Rows shown at once; more are slow to lay out."""


RISKS: tuple[Risk, ...] = ("very-low", "low", "medium", "high")


class Chart(NamedTuple):
    """The chart of one dimension, with a text alternative."""

    title: str
    unit: str
    content: str
    width: int
    height: int
    words: str
    leaves_axis: bool


class Row:
    """A service as the table shows it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.counts: dict[Severity, int] = dict.fromkeys(SEVERITIES, 0)
        self.counts |= Counter(finding.severity for finding in service.findings)
        self.anchor = ""
        """The anchor for links to it, set once its position in the table is known."""

    @cached_property
    def change(self) -> float | None:
        """Recommended minus declared cost, USD/month; `None` if either is unknown."""
        before, after = self.service.monthly_usd, self.service.recommended_monthly_usd
        return None if before is None or after is None else round(round(after, 2) - round(before, 2), 2)

    @cached_property
    def verdicts(self) -> dict[Dimension, chart.Verdict]:
        """Whether it declares more or less than is recommended."""
        return {dimension: chart.verdict(self.service, dimension) for dimension in DIMENSIONS}

    @cached_property
    def fit(self) -> dict[Dimension, str]:
        """The same as text, such as `4 times too large`."""
        bars = {dimension: chart.bar(self.service, dimension) for dimension in DIMENSIONS}
        return {dimension: bar.words if bar else "" for dimension, bar in bars.items()}

    @property
    def tasks(self) -> int:
        """How many tasks are recommended to replace one."""
        return self.service.advice.tasks if self.service.advice else 1

    @property
    def rank(self) -> int:
        """The weight of its findings: one error weighs more than any number of warnings, a warning more than any notes."""
        errors, warnings, notes = (self.counts[severity] for severity in SEVERITIES)
        return (errors * 1000 + min(warnings, 999)) * 1000 + min(notes, 999)

    @property
    def keys(self) -> dict[str, Any]:
        """What the script sorts and filters by: a value for each column that is there, and where the service is."""
        service, use = self.service, self.service.use
        return {
            "columns": {
                "service": shortened(service.name.lower(), NAME),
                "cpu": service.declared.cpu or None if service.declared else None,
                "memory": service.declared.memory or None if service.declared else None,
                "cpu-used": use and use.cpu_average,
                "memory-used": use and use.memory_average,
                "cost": service.monthly_usd,
                "recommended": service.recommended_monthly_usd,
                "difference": self.change,
                "findings": self.rank,
            },
            "account": inert(service.account),
            "region": inert(service.region),
            "cluster": inert(service.cluster),
            "severity": [severity.value for severity, count in self.counts.items() if count] or ["none"],
        }

    @property
    def is_short(self) -> bool:
        """Whether it is too small; a cheaper split counts as a saving."""
        if self.service.advice and self.service.recommended is None:
            return True  # no size is large enough
        return "under" in self.verdicts.values() or (self.tasks > 1 and (self.change or 0.0) >= 0)

    @property
    def certainty(self) -> str:
        """The basis of the recommendation, and its remaining risk."""
        use, advice = self.service.use, self.service.advice
        if use is None or not self.service.is_measured:
            return "measured less than a day" if use else "not measured"
        risk = advice.outlook.risk_then.replace("-", " ") if advice and advice.outlook else ""
        measured = f"measured {counted(round(use.days), 'day')}"
        return f"{measured}, {risk} risk after the change" if risk else measured

    @property
    def sort_key(self) -> tuple[object, ...]:
        """The most wasteful first, then by the worst findings, then by name."""
        service = self.service
        return (
            min(self.change or 0.0, 0.0),
            -self.rank,
            (service.name, service.cluster, service.region, service.account, service.definition),
        )

    @property
    def weight(self) -> tuple[float, float]:
        """The size of the change: in USD/month, then as a ratio."""
        bars = [chart.bar(self.service, dimension) for dimension in DIMENSIONS]
        return abs(self.change or 0.0), max((bar.distance for bar in bars if bar), default=0.0)


def _certainty(rows: Iterable[Row]) -> str:
    """How certain savings are: how close the measured load comes to the limits of the recommended sizes."""
    cheaper = [row.service for row in rows if row.change and row.change < 0]
    advice = [service.advice for service in cheaper if service.is_measured]
    risks = Counter(each.outlook.risk_then for each in advice if each and each.outlook)
    known = ", ".join(f"{risk.replace('-', ' ')} for {risks[risk]}" for risk in RISKS if risks[risk])
    unmeasured = len(cheaper) - len(advice)
    parts = [f"risk after the change {known}"] if known else []
    return "; ".join([*parts, f"{unmeasured} not measured"] if unmeasured else parts)


def render(inventory: Inventory) -> str:
    """The page as HTML. The same inventory gives the same bytes. Needs jinja2 and pygal, of the extra `html`."""
    from markupsafe import Markup

    package = "taskfit.reports.audit"
    rows = sorted(map(Row, inventory.services), key=lambda row: row.sort_key)
    for number, row in enumerate(rows, 1):
        row.anchor = f"service-{number}"
    style = asset("taskfit.reports", "page.css") + asset(package, "inventory.css") + asset(package, "print.css")
    services = inventory.services
    page = environment(package).get_template("inventory.html.j2")
    return page.render(
        inventory=inventory,
        report=inventory.report,
        rows=rows,
        page=PAGE,
        keys=[row.keys for row in rows],
        totals=inventory.totals,
        price_gaps=list(price_gaps(inventory)),
        certainty=_certainty(rows),
        measured=sum(service.use is not None for service in services),
        savings=[row for row in rows if row.change and row.change < 0][:TOP],
        shortages=sorted(
            (row for row in rows if row.is_short), key=lambda row: (-row.rank, -(row.change or 0), row.sort_key)
        )[:TOP],
        groups=_groups(services),
        charts=[drawing._replace(content=Markup(drawing.content)) for drawing in _charts(rows)],  # noqa: S704
        charted_at_most=chart.ROWS,
        longest=NAME,
        elsewhere=_elsewhere(inventory),
        severities=SEVERITIES,
        counts={severity: inventory.report.count(severity) for severity in SEVERITIES},
        places={
            "account": _distinct(service.account for service in services),
            "region": _distinct(service.region for service in services),
            "cluster": _distinct(service.cluster for service in services),
        },
        clusters=len({(each.account, each.region, each.cluster) for each in services if each.cluster}),
        has_spot=any(service.is_on_spot for service in services),
        has_use=any(service.use for service in services),
        has_trend=any(service.trend for service in services),
        trend=_trend,
        level=_level,
        **policy(style, asset(package, "inventory.js")),
    )


def _charts(rows: Sequence[Row]) -> list[Chart]:
    """Both dimensions of the services with the most to change, from what saves most to what costs most."""
    drawable = [row for row in rows if any(chart.bar(row.service, dimension) for dimension in DIMENSIONS)]
    chosen = sorted(drawable, key=lambda row: row.weight, reverse=True)[: chart.ROWS]
    chosen.sort(key=lambda row: (row.change or 0.0, row.sort_key))
    return [
        Chart(
            title,
            chart.UNIT[dimension][0],
            chart.draw(bars, dimension),
            chart.WIDTH,
            chart.height(bars),
            _words(bars),
            chart.leaves_axis(bars, dimension),
        )
        for dimension, title in TITLES.items()
        if (bars := [bar for row in chosen if (bar := chart.bar(row.service, dimension, row.anchor))])
    ]


def _words(bars: Sequence[chart.Bar]) -> str:
    """The text alternative of a chart."""
    over, under = (sum(bar.verdict == kind for bar in bars) for kind in ("over", "under"))
    return (
        f"{counted(len(bars), 'service')}: {over} with more than is recommended, {under} with less. "
        "The table has the numbers."
    )


def _groups(services: Sequence[Service]) -> list[tuple[str, list[Group]]]:
    """The cost by account, cluster and role, if there are several."""
    found = [
        ("account", groups(services, lambda each: (each.account, ""))),
        ("cluster", groups(services, lambda each: (each.cluster, f"{each.region} {each.account}".strip()))),
        ("role", groups(services, lambda each: (each.role or "no role", ""))),
    ]
    return [(name, some) for name, some in found if len(some) > 1]


def _trend(points: Sequence[float | None]) -> str:
    """The points of a polyline, 48 wide and 12 high, for shares from 0 to 1; gaps are left out."""
    step = 48 / max(len(points) - 1, 1)
    places = ((number * step, 12 - 12 * min(share, 1.0)) for number, share in enumerate(points) if share is not None)
    return " ".join(f"{x:.4g},{y:.4g}" for x, y in places)


def _level(share: float | None) -> str:
    """The tint of a cell, by utilisation."""
    if share is None:
        return ""
    return "cold" if share < 0.25 else "cool" if share < 0.5 else "warm" if share <= 0.9 else "burning"


def _elsewhere(inventory: Inventory) -> list[Finding]:
    """Findings that belong to no service, such as those on an unreadable file."""
    placed = {finding for service in inventory.services for finding in service.findings}
    return [finding for finding in inventory.report.findings if finding not in placed]


def _distinct(names: Iterable[str]) -> list[Any]:
    return sorted(set(names))
