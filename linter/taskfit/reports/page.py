"""What the HTML pages share: they are self-contained, and text from files is inert in them."""

from __future__ import annotations

from base64 import b64encode
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from taskfit.dimensions import UNITS
from taskfit.escaping import inert, shortened
from taskfit.extras import installation
from taskfit.finding import Severity
from taskfit.phrases import counted

if TYPE_CHECKING:
    from jinja2 import Environment

    from taskfit.finding import Finding

NAME, PASSAGE = 160, 2000
"""Characters of a name and of a message that are shown. AWS allows 255 for a name, a file any number."""

SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@cache
def environment(*packages: str) -> Environment:
    """The environment of a package's templates and of those that all pages share.

    Needs jinja2, of the extra `html`; raises `ValueError` without it.
    """
    try:
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise ValueError(f"html needs jinja2: {installation('html')}") from None

    found = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in ("taskfit.reports", *packages)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "inert": inert,
        "name": partial(shortened, length=NAME),
        "passage": partial(cut, PASSAGE),
        "usd": usd,
        "usd_change": usd_change,
        "percent": percent,
        "counted": counted,
        "facts": _facts,
    }
    return found


def policy(style: str, script: str = "") -> dict[str, Any]:
    """Style sheet and script, with the hashes that the page's Content-Security-Policy allows."""
    from markupsafe import Markup

    return {
        "style": Markup(style),  # noqa: S704
        "style_hash": _hash(style),
        "script": Markup(script),  # noqa: S704
        "script_hash": _hash(script),
    }


def asset(package: str, name: str) -> str:
    """A file in the folder of a package's templates."""
    return files(package).joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def cut(length: int, text: str) -> str:
    """Text from a file, without characters that change the writing direction, cut to a length."""
    return inert(text if len(text) <= length else f"{text[: length - 1]}…")


def usd(amount: float | None) -> str:
    """An amount in USD, with a minus as wide as a plus."""
    return "–" if amount is None else f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def usd_change(amount: float | None) -> str:
    """With its sign."""
    return f"{'+' if amount and amount > 0 else ''}{usd(amount)}"


def percent(share: float | None) -> str:
    """A fraction in whole per cent."""
    return "–" if share is None else f"{share:.0%}".replace("-", "−")


def _facts(finding: Finding) -> list[tuple[str, str]]:
    """The numbers that a finding compares, with their names."""
    return [(_label(name), _fact(name, value)) for name, value in (finding.data or {}).items() if value is not None]


def _label(name: str) -> str:
    return {"have": "has", "need": "needs", "monthly_usd": "a month"}.get(name, cut(NAME, name.replace("_", " ")))


def _fact(name: str, value: Any) -> str:
    if isinstance(value, dict):
        parts = (
            f"{_fact(key, part)} {UNITS.get(key, cut(NAME, key))}" for key, part in value.items() if part is not None
        )
        return ", ".join(parts)
    if isinstance(value, (list, tuple)):
        return ", ".join(_fact(name, part) for part in value)
    if isinstance(value, (int, float)) and name.endswith("usd"):
        return usd(value)
    if isinstance(value, float) and name in ("average", "maximum"):
        return percent(value)
    return f"{value:g}" if isinstance(value, float) else cut(NAME, str(value))
