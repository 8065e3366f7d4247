"""The page of an audit in headless Chromium: it works, keeps still, and runs nothing that came from outside."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import CommandLine
from inventories import HOSTILE, fleet, hostile, small

from taskfit.reports.audit.html import render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

playwright = pytest.importorskip(
    "playwright.sync_api", reason="Playwright is not installed: pip install -e '.[browser]'"
)

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: apt-get install chromium, or set CHROMIUM"
)

ARGUMENTS = (
    "--no-sandbox",  # a container's root has no other way
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE = {"width": 390, "height": 844}
INVENTORIES = {"small": small, "fleet": lambda: fleet(40), "many": lambda: fleet(250), "hostile": hostile}


class Tab:
    """A page, and what it should not have done."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.add_init_script(
            "addEventListener('securitypolicyviolation', event => console.error('CSP: ' + event.violatedDirective))"
        )
        page.goto(address)

    @property
    def services(self) -> list[str]:
        """The names of the services that are shown, from the top down."""
        return self.page.locator(".services tbody:visible .service").all_text_contents()

    def values(self, column: int) -> list[float]:
        """What a column is sorted by, from the top down, without the unknown."""
        cells = self.page.locator(f".services tbody tr:first-child > :nth-child({column})")
        values: list[str | None] = cells.evaluate_all("cells => cells.map(cell => cell.dataset.value ?? null)")
        known = [value for value in values if value is not None]
        assert values[: len(known)] == known, "the unknown stand last"
        return [float(value) for value in known]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    for name, make in INVENTORIES.items():
        (folder / f"{name}.html").write_text(render(make()), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in INVENTORIES}


def show(browser: Browser, address: str, **options: object) -> Tab:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
    context.set_default_timeout(5_000)
    return Tab(context.new_page(), address)


@pytest.fixture
def tab(browser: Browser, pages: dict[str, str]) -> Iterator[Tab]:
    tab = show(browser, pages["fleet"])
    yield tab
    assert tab.complaints == []
    assert tab.requests == [pages["fleet"]]
    tab.page.context.close()


def heading(tab: Tab, name: str) -> Locator:
    return tab.page.locator(".services").get_by_role("columnheader", name=name, exact=True)


def test_a_heading_sorts_by_numbers_and_back(tab: Tab) -> None:
    for name, column, first, second in (
        ("CPU units", 2, "descending", "ascending"),
        ("CPU used", 4, "descending", "ascending"),
        ("Difference", 8, "ascending", "descending"),
        ("Findings", 9, "descending", "ascending"),
    ):
        for direction in (first, second, first):
            heading(tab, name).get_by_role("button").click()
            assert heading(tab, name).get_attribute("aria-sort") == direction
            values = tab.values(column)
            assert values == sorted(values, reverse=direction == "descending")
            assert len(set(values)) > 2
        assert tab.page.locator("[aria-sort]").count() == 1
        assert f"by {name}, {first}" in tab.page.get_by_role("status").inner_text()


def test_the_keyboard_is_enough(tab: Tab) -> None:
    tab.page.get_by_label("Search").focus()
    names = []
    for _ in range(7):
        tab.page.keyboard.press("Tab")
        names.append(tab.page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    assert names == ["by-severity", "by-cluster", "by-region", "by-account", "Expand all", "Service", "CPU units"]
    assert tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.page.keyboard.press("Shift+Tab")
    tab.page.keyboard.press("Enter")
    assert heading(tab, "Service").get_attribute("aria-sort") == "ascending"
    assert tab.services == sorted(tab.services)
    summary = tab.page.locator("summary").first
    summary.focus()
    tab.page.keyboard.press("Space")
    assert tab.page.locator("details[open]").count() == 1


def test_a_text_filters(tab: Tab) -> None:
    everything = tab.services
    tab.page.get_by_label("Search").fill("Gateway  FIT203")
    assert tab.services == [
        each.name
        for name in everything
        for each in fleet(40).services
        if each.name == name and "gateway" in name and any(found.code == "FIT203" for found in each.findings)
    ]
    assert 0 < len(tab.services) < 40
    assert f"{len(tab.services)} of 40 services" in tab.page.get_by_role("status").inner_text()
    tab.page.get_by_label("Search").fill("no such thing")
    assert tab.services == []
    tab.page.get_by_label("Search").fill("")
    assert tab.services == everything


def test_filters_join_and_outlive_sorting(tab: Tab) -> None:
    tab.page.get_by_label("Cluster", exact=True).select_option("agents-prod")
    tab.page.get_by_label("Findings", exact=True).select_option("with errors")
    tab.page.get_by_label("Account", exact=True).select_option("123456789012")
    expected = {
        each.name
        for each in fleet(40).services
        if (each.cluster, each.account) == ("agents-prod", "123456789012")
        and any(found.severity == "error" for found in each.findings)
    }
    assert set(tab.services) == expected != set()
    heading(tab, "Service").get_by_role("button").click()
    assert tab.services == sorted(expected)
    tab.page.get_by_label("Findings", exact=True).select_option("none")
    assert not expected & set(tab.services)


def test_findings_unfold(tab: Tab) -> None:
    message = tab.page.get_by_text("stays under its own scale-down line").first
    assert not message.is_visible()
    tab.page.locator("summary").first.click()
    assert message.is_visible()
    assert tab.page.get_by_text("What to do:").first.is_visible()
    tab.page.get_by_role("button", name="Expand all").click()
    assert tab.page.locator("details:not([open])").count() == 0
    tab.page.get_by_role("button", name="Collapse all").click()
    assert tab.page.locator("details[open]").count() == 0


def test_everything_has_a_name_that_a_screen_reader_can_say(tab: Tab) -> None:
    tree = tab.page.locator("body").aria_snapshot()
    assert re.search(r'img "CPU, declared against needed, of \d+ services: \d+ with more', tree)
    assert re.search(r'img "Memory, declared against needed', tree)
    assert 'table "Services"' in tree
    assert tree[tree.index('table "Services"') :].count("rowheader") == 40
    assert re.search(r"(combobox|searchbox|button|img|region)\s*(:|$)", tree, re.MULTILINE) is None
    assert [int(level) for level in re.findall(r"heading .*level=(\d)", tree)] == [1, 2, 2, 2, 3, 3, 2, 2, 2, 2]
    ids = tab.page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", INVENTORIES)
def test_no_page_is_wider_than_its_screen(browser: Browser, pages: dict[str, str], name: str) -> None:
    tab = show(browser, pages[name])
    tab.page.get_by_role("button", name="Expand all").click()
    for width in (1440, 1217, 1000, 390, 320):
        tab.page.set_viewport_size({"width": width, "height": 800})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.page.locator(".services thead").is_visible() == (width > 1216)
    assert tab.complaints == []
    tab.page.context.close()


def test_a_phone_shows_cards_that_can_be_sorted(browser: Browser, pages: dict[str, str]) -> None:
    tab = show(browser, pages["fleet"], viewport=PHONE)
    assert not tab.page.locator(".services thead").is_visible()
    tab.page.get_by_label("Sort by").select_option("CPU units, ascending")
    values = tab.values(2)
    assert values == sorted(values)
    label = tab.page.locator(".services tbody td.size").first.evaluate(
        "cell => getComputedStyle(cell, '::before').content"
    )
    assert label == '"CPU units"'
    tab.page.context.close()


def test_a_dark_screen_gets_a_dark_page(browser: Browser, pages: dict[str, str]) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        tab = show(browser, pages["small"], color_scheme=scheme)
        backgrounds.append(tab.page.evaluate("getComputedStyle(document.body).backgroundColor"))
        tab.page.context.close()
    assert backgrounds == ["rgb(255, 255, 255)", "rgb(19, 22, 26)"]


@pytest.mark.parametrize("javascript", [True, False])
def test_paper_has_what_matters_and_stays_short(browser: Browser, pages: dict[str, str], *, javascript: bool) -> None:
    tab = show(browser, pages["many"], java_script_enabled=javascript)
    printed = tab.page.pdf()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) <= 10
    tab.page.emulate_media(media="print")
    assert tab.page.locator(".services tbody:visible").count() == 100
    assert tab.page.get_by_text("A hundred of 250 services").is_visible()
    assert not tab.page.get_by_text("What to do:").first.is_visible()
    assert not tab.page.locator(".controls").first.is_visible()
    tab.page.context.close()


def test_what_is_unfolded_is_printed(tab: Tab) -> None:
    tab.page.locator("summary").first.click()
    tab.page.emulate_media(media="print")
    assert tab.page.get_by_text("What to do:").first.is_visible()
    assert tab.page.locator(".services details:visible").count() == 1


def test_many_services_are_shown_a_page_at_a_time(browser: Browser, pages: dict[str, str]) -> None:
    tab = show(browser, pages["many"])
    first = tab.services
    assert len(first) == 100
    assert "250 of 250 services" in tab.page.get_by_role("status").inner_text()
    assert not tab.page.get_by_role("button", name="Previous").is_enabled()
    names = list(first)
    for count in (100, 50):
        tab.page.get_by_role("button", name="Next").click()
        assert len(tab.services) == count
        names += tab.services
    assert not tab.page.get_by_role("button", name="Next").is_enabled()
    assert sorted(names) == sorted(each.name for each in fleet(250).services)
    # Sorting and searching reach what is on no page yet.
    heading(tab, "Service").get_by_role("button").click()
    assert tab.services == sorted(each.name for each in fleet(250).services)[:100]
    tab.page.get_by_label("Search").fill("billing-worker-240")
    assert tab.services == [each.name for each in fleet(250).services if each.name == "billing-worker-240"]
    assert tab.complaints == []
    tab.page.context.close()


def test_a_link_leads_to_a_row_on_whatever_page_it_is(browser: Browser, pages: dict[str, str]) -> None:
    tab = show(browser, pages["many"])
    link = tab.page.locator("ol.first a").last
    name = link.inner_text()
    tab.page.get_by_label("Search").fill("no such thing")
    link.click()
    target = tab.page.locator("tbody[data-target] .service")
    assert target.inner_text() == name
    assert target.is_visible()
    in_chart = tab.page.locator("svg a").first
    wanted = in_chart.get_attribute("href")
    in_chart.click()
    assert tab.page.locator("tbody[data-target]").get_attribute("id") == (wanted or "")[1:]
    assert tab.complaints == []
    tab.page.context.close()


def test_without_javascript_all_is_there_and_nothing_is_dead(browser: Browser, pages: dict[str, str]) -> None:
    tab = show(browser, pages["fleet"], java_script_enabled=False)
    assert len(tab.services) == 40
    assert tab.page.get_by_role("button").count() == tab.page.get_by_role("combobox").count() == 0
    tab.page.locator("summary").first.click()
    assert tab.page.get_by_text("What to do:").first.is_visible()
    tab.page.context.close()


def test_hostile_names_stay_text(browser: Browser, pages: dict[str, str]) -> None:
    tab = show(browser, pages["hostile"])
    tab.page.get_by_role("button", name="Expand all").click()
    for name in ("Service", "Findings"):
        heading(tab, name).get_by_role("button").click()
    for number in range(len(HOSTILE)):
        tab.page.get_by_label("Cluster", exact=True).select_option(index=number + 1)
        assert len(tab.services) == 1
    assert tab.page.evaluate("window.hacked") is None
    assert tab.page.locator("img, iframe, object, form, a:not([href^='#service-'])").count() == 0
    assert tab.page.locator("script:not([type='application/json'])").count() == 1
    assert tab.page.locator("[onerror], [onfocus], [autofocus], [style]").count() == 0
    assert tab.complaints == []
    assert tab.requests == [pages["hostile"]]
    tab.page.context.close()


def test_the_policy_bites(browser: Browser, pages: dict[str, str], tmp_path: Path) -> None:
    """What the other tests rely on: a script that got into the page would be reported, and would not run."""
    page = Path(re.sub("^file://", "", pages["small"])).read_text(encoding="utf-8")
    injected = tmp_path / "injected.html"
    injected.write_text(
        page.replace("</main>", "<img src='http://127.0.0.1:9/x'><script>window.hacked = 1</script></main>")
    )
    tab = show(browser, injected.as_uri())
    assert tab.page.evaluate("window.hacked") is None
    assert any("script-src" in complaint for complaint in tab.complaints)
    assert any("img-src" in complaint for complaint in tab.complaints)
    tab.page.context.close()


def test_findings_of_a_check_are_filtered(browser: Browser, tmp_path: Path) -> None:
    outcome = CommandLine()("check", "examples/broken", "--output-format", "html")
    (tmp_path / "findings.html").write_text(outcome.stdout, encoding="utf-8")
    tab = show(browser, (tmp_path / "findings.html").as_uri())
    found = tab.page.locator(".finding:visible")
    everything = found.count()
    files = tab.page.locator("section.file:visible").count()
    assert tab.page.get_by_role("status").inner_text() == f"{everything} of {everything} findings"
    tab.page.get_by_label("Severity").select_option("error")
    assert {text.split()[0] for text in found.all_inner_texts()} == {"error"}
    tab.page.get_by_label("Search").fill("gateway.yaml FIT202")
    assert tab.page.get_by_role("status").inner_text() == f"{found.count()} of {everything} findings"
    assert 0 < found.count() < everything
    assert tab.page.locator("section.file:visible").count() == tab.page.locator("nav li:visible").count() == 1 < files
    tab.page.get_by_label("Search").fill("")
    tab.page.get_by_label("Severity").select_option("any")
    assert found.count() == everything
    for width in (1440, 390, 320):
        tab.page.set_viewport_size({"width": width, "height": 800})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.complaints == []
    tab.page.context.close()
