"""A fleet as one self-contained HTML page without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.reports.fleet.text import ANSWERS
from taskfit.reports.page import asset, environment, policy

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet


def render(fleet: Fleet) -> str:
    """The page: the tasks, and the result for each load, USD/month.

    Needs jinja2, of the extra `html`; raises `ValueError` without it.
    """
    package = "taskfit.reports.fleet"
    page = environment(package).get_template("fleet.html.j2")
    return page.render(fleet=fleet, answers=ANSWERS, money=_money, **policy(asset(package, "fleet.css")))


def _money(amount: float | None) -> str:
    return "?" if amount is None else f"{amount:,.2f}"
