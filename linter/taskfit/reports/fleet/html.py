"""A fleet as one self-contained HTML page without scripts."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from taskfit.escaping import inert
from taskfit.extras import installation
from taskfit.reports.fleet.text import ANSWERS

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet


def render(fleet: Fleet) -> str:
    """The page: the tasks, and the result for each load, USD/month.

    Needs jinja2, of the extra `html`; raises `ValueError` without it.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise ValueError(f"html needs jinja2: {installation('html')}") from None

    environment = Environment(
        loader=PackageLoader("taskfit.reports.fleet"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"inert": inert, "money": _money}
    style = files("taskfit.reports.fleet").joinpath("templates", "fleet.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("fleet.html.j2")
    return page.render(
        fleet=fleet,
        answers=ANSWERS,
        style=Markup(style),  # noqa: S704 - our own style sheet
        style_hash=f"sha256-{digest}",
    )


def _money(amount: float | None) -> str:
    return "?" if amount is None else f"{amount:,.2f}"
