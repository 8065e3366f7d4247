"""The page of an audit as text: what it says, adds up and lets run. What a browser makes of it: test_report_in_browser.py."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import Golden
from inventories import CLUSTERS, fleet, hostile, small

from taskfit.auditing.inventory import Inventory, Service, totals
from taskfit.dimensions import Size
from taskfit.finding import Report
from taskfit.reports.audit import chart
from taskfit.reports.audit.groups import MOST, groups
from taskfit.reports.audit.html import render
from taskfit.sizing.observed import Use

TEMPLATES = Path(__file__).parents[1] / "linter/taskfit/reports/audit/templates"
SHARED = Path(__file__).parents[1] / "linter/taskfit/reports/templates/page.css"
SHIPPED = {
    "style": b"".join(path.read_bytes() for path in (SHARED, TEMPLATES / "inventory.css", TEMPLATES / "print.css")),
    "script": (TEMPLATES / "inventory.js").read_bytes(),
}
EMPTY = Inventory((), Report(), "2026-10-01")


class Page(HTMLParser):
    """The elements of a page, and its text."""

    VOID = frozenset({"meta", "input", "link", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, list[str]] = {"style": [], "script": []}
        self.lines: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.blocks:
            self.blocks[self._open[-1]].append(data)
        elif data.strip():
            self.lines.append(" ".join(data.split()))


def service(**values: object) -> Service:
    plain = Service("1", "eu-west-1", "prod", "web", "web:1", "FARGATE", 1, 1)
    return replace(plain, **values)  # type: ignore[arg-type]


def policy(page: Page) -> dict[str, str]:
    (content,) = (attrs["content"] for _, attrs in page.elements if "http-equiv" in attrs)
    assert content
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


@pytest.mark.parametrize("make", [small, hostile, lambda: fleet(60), lambda: EMPTY])
def test_two_pages_of_one_audit_are_the_same_bytes(make: Callable[[], Inventory]) -> None:
    assert render(make()).encode() == render(make()).encode()


@pytest.mark.parametrize("make", [small, hostile, lambda: fleet(60), lambda: EMPTY])
def test_only_its_own_style_and_script_may_run(make: Callable[[], Inventory]) -> None:
    page = Page(render(make()))
    rules = policy(page)
    assert rules["default-src"] == "'none'"
    for kind, directive in (("style", "style-src"), ("script", "script-src")):
        text = page.blocks[kind][-1]
        assert rules[directive] == f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        assert text.encode() == SHIPPED[kind]
    # What else is in a script element is data, which no browser runs.
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert [each.get("type") for each in scripts[:-1]] == ["application/json"] * (len(scripts) - 1)
    assert len(scripts) <= 2


@pytest.mark.parametrize("make", [small, hostile, lambda: fleet(60), lambda: EMPTY])
def test_nothing_is_fetched_and_no_attribute_runs_or_styles(make: Callable[[], Inventory]) -> None:
    allowed = {"meta", "style", "script", "svg", "g", "path", "circle", "text", "title", "input", "select", "option"}
    allowed |= {"html", "head", "body", "header", "main", "footer", "section", "div", "span", "p", "b", "bdi", "small"}
    allowed |= {"h1", "h2", "ul", "li", "dl", "dt", "dd", "code", "figure", "figcaption", "label", "button", "table"}
    allowed |= {
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "h3",
        "ol",
        "a",
        "polyline",
        "rect",
        "noscript",
    }
    for tag, attributes in Page(render(make())).elements:
        assert tag in allowed
        assert not {name for name in attributes if name.startswith("on")}
        assert not attributes.keys() & {"style", "src", "xlink:href", "srcset", "action", "formaction"}
        assert re.fullmatch(r"#service-\d+", attributes.get("href") or "#service-0")


def test_text_from_outside_is_text() -> None:
    html = render(hostile())
    page = Page(html)
    assert "".join(html.split("\n")).isprintable()
    shown = "\n".join(page.lines)
    for text in (
        "<img src=x onerror='window.hacked = 2'>",
        "{{ 7 * 7 }}{% raw %}",
        "&amp;&lt;]]><!--",
        "\\u202egnp.exe",
    ):
        assert text in shown
    assert (len(page.blocks["script"]), len(page.blocks["style"])) == (2, 1)
    assert "<" not in page.blocks["script"][0]
    assert max(map(len, page.lines)) < 2 * 2000


def test_everything_that_the_audit_found_is_in_the_page() -> None:
    inventory = fleet(60)
    shown = "\n".join(Page(render(inventory)).lines)
    for found in inventory.report.findings:
        assert found.message in shown
        assert found.help in shown
    for each in inventory.services:
        assert each.name in shown
    for failure in inventory.report.failures:
        assert failure in shown
    assert all(cluster in shown for cluster, _ in CLUSTERS)


def test_what_a_small_audit_says(golden: Golden) -> None:
    golden("inventory.txt", "\n".join(Page(render(small())).lines) + "\n")


def test_long_names_differ_by_their_ends() -> None:
    services = tuple(
        replace(each, name=f"{'n' * 300}-{end}") for end, each in zip("abc", small().services, strict=True)
    )
    page = render(replace(small(), services=services))
    assert all(f"n-{end}<" in page for end in "abc")


def test_an_audit_of_nothing_says_so() -> None:
    shown = "\n".join(Page(render(EMPTY)).lines)
    assert "No service was found." in shown
    assert "$" not in shown


def test_totals_add_up_to_the_cent_what_the_table_shows() -> None:
    services = fleet(60).services
    sums = totals(services)
    page = Page(render(fleet(60)))
    cells = [attributes for tag, attributes in page.elements if tag == "td"]
    shown = {
        label: round(
            sum(
                round(float(cell["data-value"] or 0), 2)
                for cell in cells
                if cell.get("data-label") == label and "data-value" in cell
            ),
            2,
        )
        for label in ("$ a month", "Recommended", "Difference")
    }
    assert shown == {"$ a month": sums.declared, "Recommended": sums.recommended, "Difference": sums.difference}
    assert round(sums.more - sums.less, 2) == sums.difference
    assert (sums.less > 0, sums.more > 0) == (True, True)


@pytest.mark.parametrize(
    ("declared", "recommended", "words"),
    [
        (64, 2048, "32 times too small"),
        (4096, 1024, "4 times too large"),
        (1536, 1024, "1.5 times too large"),
        (512, 512, ""),
    ],
)
def test_how_far_off_a_size_is_reads_from_the_larger_to_the_smaller(
    declared: int, recommended: int, words: str
) -> None:
    bar = chart.bar(service(declared=Size(declared, 1024), recommended=Size(recommended, 1024)), "cpu")
    assert bar
    assert bar.words == words
    assert "0.0" not in bar.words


def test_what_to_look_at_first_leads_to_rows_that_are_there() -> None:
    page = Page(render(fleet(250)))
    ids = {attributes["id"] for tag, attributes in page.elements if tag == "tbody" and "id" in attributes}
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert len(links) > 20
    assert {str(link)[1:] for link in links} <= ids
    assert len(ids) == 250


def test_groups_add_up_to_the_total() -> None:
    inventory = fleet(250)
    for common in (lambda each: (each.cluster, each.region), lambda each: (each.name, "")):
        found = groups(inventory.services, common)
        assert len(found) <= MOST
        assert round(sum(each.totals.declared for each in found), 2) == inventory.totals.declared
        assert round(sum(each.totals.less for each in found), 2) == inventory.totals.less
        assert sum(each.totals.priced for each in found) == inventory.totals.priced


def test_a_cost_that_is_half_known_is_in_no_total() -> None:
    known = service(monthly_usd=10.004, recommended_monthly_usd=7.5)
    sums = totals([known, service(monthly_usd=99.0), service(recommended_monthly_usd=99.0), service()])
    assert (sums.declared, sums.recommended, sums.difference, sums.priced) == (10.0, 7.5, -2.5, 1)
    assert sums.share == -0.25


def test_numbers_of_a_finding_have_their_units() -> None:
    data = {
        "average": 0.0887,
        "monthly_usd": -96.9,
        "recommended": {"cpu": 512, "memory": 3072},
        "have": 2048,
        "need": None,
    }
    (finding, *_) = small().report.findings
    inventory = replace(EMPTY, report=Report(findings=(replace(finding, data=data),)))
    shown = " ".join(Page(render(inventory)).lines)
    assert "average 9% a month −$96.90 recommended 512 CPU units, 3072 MiB has 2048 What to do" in shown


def test_the_most_wasteful_come_first_then_the_worst() -> None:
    html = render(small())
    assert re.findall(r'<bdi class="service">(.*?)</bdi>', html) == ["gateway", "worker", "billing"]


@pytest.mark.parametrize(
    ("declared", "needed", "recommended", "expected"),
    [
        (4096, 1024, 2048, "over"),
        (4096, None, 512, "over"),  # what it uses says so
        (2048, 2048, 4096, "under"),
        (512, 1024, None, "fits"),  # no size is big enough, so that there is none to draw
        (4096, 1024, None, "fits"),  # more than is needed is not yet too much
        (1024, 1024, 1024, "fits"),
    ],
)
def test_a_service_is_held_against_what_is_recommended(
    declared: int, needed: int | None, recommended: int | None, expected: str
) -> None:
    each = service(
        declared=Size(declared, 1024),
        needed=Size(needed, 1024) if needed else None,
        recommended=Size(recommended, 1024) if recommended else None,
    )
    assert chart.verdict(each, "cpu") == expected
    drawn = chart.bar(each, "cpu")
    assert drawn is not None
    assert drawn.verdict == expected


def test_a_service_that_nothing_is_known_of_is_not_drawn() -> None:
    assert chart.bar(service(), "cpu") is None
    assert chart.bar(service(declared=Size(256, 512)), "cpu") is None


def test_a_large_audit_draws_those_with_the_most_to_change() -> None:
    cheap = [service(name=f"small-{number}", declared=Size(512, 1024), needed=Size(512, 1024)) for number in range(40)]
    dear = service(
        name="outlier",
        declared=Size(8192, 16384),
        needed=Size(512, 1024),
        recommended=Size(512, 1024),
        monthly_usd=100.0,
        recommended_monthly_usd=10.0,
    )
    html = render(replace(EMPTY, services=(*cheap, dear)))
    drawing = html[html.index("<svg") : html.index("</svg>")]
    assert "outlier" in drawing
    assert "16× too large" in drawing
    assert drawing.count('class="dot ') == chart.ROWS + 2  # one for what is recommended, and one that carries the ratio
    assert f"The {chart.ROWS} services of 41 with the most to change." in " ".join(Page(html).lines)


def test_little_use_is_drawn_where_it_belongs() -> None:
    bars = [chart.Bar("idle", 1024, None, 1024, used) for used in ((51.0, 102.0), (204.0, 408.0))]
    drawing = chart.draw(bars, "cpu")
    assert re.findall(r">([\d.]+)</text>", drawing)[0] == "0.031"
    used = drawing[drawing.index("serie-0") : drawing.index("serie-1")]
    lengths = [float(end) - float(start) for start, end in re.findall(r"M([\d.]+) [\d.]+ L([\d.]+)", used)]
    assert lengths[0] == pytest.approx(lengths[1])


@pytest.mark.parametrize(
    ("used", "is_outside"),
    [((5.0, 600.0), True), ((0.0, 600.0), True), ((300.0, 1500.0), True), ((40.0, 900.0), False)],
)
def test_use_outside_the_axis_has_an_arrow_and_the_legend_says_what_it_is(
    used: tuple[float, float], is_outside: bool
) -> None:
    bars = [chart.Bar("web", 1024, None, 1024, used), chart.Bar("unmeasured", 1024, 1024, 1024, None)]
    drawing = chart.draw(bars, "cpu")
    assert ("L" in drawing[drawing.index("serie-8") :]) is is_outside
    use = Use(used[0] / 1024, used[1] / 1024, None, None, 14, "CloudWatch")
    html = render(replace(EMPTY, services=(service(declared=Size(1024, 2048), use=use),)))
    assert ("used less or more than the axis shows" in html) is is_outside


def test_a_wide_range_keeps_its_numbers_apart() -> None:
    bars = [chart.Bar("small", 256, 64, 256, None), chart.Bar("big", 196608, 512, 1024, (0.0, 400_000.0))]
    numbers = re.findall(r">([\d.]+)</text>", chart.draw(bars, "cpu"))
    assert numbers == ["0.062", "0.25", "1", "4", "16", "64", "256"]
    assert ">192× too large</text>" in chart.draw(bars, "cpu")


def test_drawing_leaves_the_imports_of_others_alone() -> None:
    script = "import inventories, taskfit.reports.audit.html as html; html.render(inventories.small()); import absent"
    folders = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parents[1] / "linter")))
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'absent'"


def test_equal_ratios_are_equal_distances() -> None:
    bars = [chart.Bar(f"at {size}", 4 * size, None, size, None) for size in (256, 1024, 4096)]
    drawing = chart.draw(bars, "cpu")
    over = drawing[drawing.index("serie-2") : drawing.index("serie-3")]
    lengths = {round(float(end) - float(start), 2) for start, end in re.findall(r"M([\d.]+) [\d.]+ L([\d.]+)", over)}
    assert len(lengths) == 1


def test_a_hundred_services_stay_below_400_kilobytes() -> None:
    assert len(render(fleet(100)).encode()) < 400_000


def colors(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#\w+);", block))


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colors_have_the_contrast_of_wcag_aa(scheme: int) -> None:
    blocks = re.findall(r":root \{(.*?)\}", SHARED.read_text(encoding="utf-8"), re.DOTALL)
    color = colors(blocks[scheme])
    for name in ("text", "quiet", "accent", "error", "warning", "note", "less"):
        assert contrast(color[name], color["page"]) >= 4.5, name
        assert contrast(color[name], color["surface"]) >= 4.5, name
    for name in ("cold", "cool", "warm", "burning"):
        assert contrast(color["text"], color[name]) >= 4.5, name
        assert contrast(color["quiet"], color[name]) >= 4.5, name
    for name in ("over", "used", "fits"):
        assert contrast(color[name], color["page"]) >= 3, name
