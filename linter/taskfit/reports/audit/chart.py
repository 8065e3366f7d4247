"""The chart of an audit: what services declare, need and use, and what is recommended; drawn by pygal."""

from __future__ import annotations

from math import ceil, floor, log2
from typing import TYPE_CHECKING, Any, Literal

from taskfit.escaping import shortened
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from taskfit.auditing.inventory import Service

Dimension = Literal["cpu", "memory"]

Verdict = Literal["over", "under", "fits"]

ROWS = 25
"""The most services in the chart; more would be unreadable."""

NAME = 24
"""The most characters of a name beside its row."""

WIDTH, ROW, FONT = 480, 22, 12
"""Units of the drawing, about one pixel each on a wide screen."""

MOST = 2**40
"""CPU units or MiB; a larger amount is a mistake and would not fit on the axis."""

LEAST_BAND = 0.06
"""A fraction of a doubling: the least length of a band, so that a constant use stays visible."""

REACH = 5
"""How many doublings the axis goes at most below the smallest size, to show what is used; what lies outside has an arrow."""

UNIT: dict[Dimension, tuple[str, int]] = {"cpu": ("vCPU", 1024), "memory": ("GiB", 1024)}
"""The unit of the axis, and its size in CPU units or MiB."""


class Bar(NamedTuple):
    """A service in one dimension; CPU units or MiB of one task."""

    name: str
    declared: int
    needed: int | None
    recommended: int
    """The recommended amount; the declared one if nothing is recommended."""
    used: tuple[float, float] | None
    """The average and maximum use."""
    anchor: str = ""
    """The row in the table that its name links to."""

    @property
    def verdict(self) -> Verdict:
        """Whether it declares more or less than is recommended."""
        return _verdict(self.declared, self.recommended)

    @property
    def distance(self) -> float:
        """How many times the declared amount has to be halved or doubled to reach the recommended one."""
        return abs(log2(self.declared / self.recommended))

    @property
    def words(self) -> str:
        """Such as `4 times too large`; empty if it fits."""
        how = {"over": "too large", "under": "too small", "fits": ""}[self.verdict]
        return how and f"{self.factor(' times')} {how}"

    def factor(self, sign: str) -> str:
        """The ratio of the larger to the smaller one of declared and recommended, followed by a sign."""
        times = max(self.declared, self.recommended) / min(self.declared, self.recommended)
        number = f"{times:.0f}" if times >= 10 else f"{times:.2g}"
        return "slightly" if number == "1" else f"{number}{sign}"


def verdict(service: Service, dimension: Dimension) -> Verdict:
    """Whether a service declares more or less than is recommended."""
    declared: int = getattr(service.declared, dimension) if service.declared else 0
    return _verdict(declared, _recommended(service, dimension) or declared) if declared else "fits"


def bar(service: Service, dimension: Dimension, anchor: str = "") -> Bar | None:
    """The bar of a service; `None` if it declares nothing or there is nothing to compare with."""
    declared: int = getattr(service.declared, dimension) if service.declared else 0
    needed: int | None = getattr(service.needed, dimension) if service.needed else None
    recommended = _recommended(service, dimension)
    average = getattr(service.use, f"{dimension}_average") if service.use else None
    maximum = getattr(service.use, f"{dimension}_maximum") if service.use else None
    is_absurd = max(declared, needed or 0, recommended or 0) >= MOST
    if declared <= 0 or is_absurd or not (needed or recommended or maximum):
        return None
    used = (declared * (maximum if average is None else average), declared * maximum) if maximum else None
    return Bar(service.name, declared, needed or None, recommended or declared, used, anchor)


def draw(bars: Sequence[Bar], dimension: Dimension) -> str:
    """The content of an `<svg>` of WIDTH and `height(bars)`: no style, no script, nothing that depends on the day.

    The axis is logarithmic with base 2, as Fargate's sizes are: equal distances are equal ratios, so a small task that is
    four times too large stands out as much as a big one.
    """
    pygal = _library()
    _, size = UNIT[dimension]
    ticks = _ticks(bars, size)
    chart = pygal.XY(
        style=pygal.style.Style(label_font_size=FONT, major_label_font_size=FONT, value_font_size=FONT),
        width=WIDTH,
        height=height(bars),
        margin=4,
        margin_right=124,
        xrange=(ticks[0], ticks[-1]),
        range=(0.4, len(bars) + 0.6),
        x_labels=[{"value": tick, "label": _tick(tick, len(ticks))} for tick in ticks],
        y_labels=[{"value": row, "label": shortened(item.name, NAME)} for row, item in _rows(bars)],
        y_value_formatter=lambda row: f"{row:g}",
        show_legend=False,
        show_x_guides=True,
        show_y_guides=False,
        allow_interruptions=True,
        print_labels=True,
        truncate_label=NAME,
    )
    anchors = [item.anchor for item in bars]
    for values, options in _series(bars, size, (ticks[0], ticks[-1])):
        chart.add("", values, **options)
    return _markup(chart.render_tree(), anchors)


def height(bars: Sequence[Bar]) -> int:
    """The height of the drawing, in its units."""
    return ROW * len(bars) + 52


def leaves_axis(bars: Sequence[Bar], dimension: Dimension) -> bool:
    """Whether a service uses less or more than the axis shows, which an arrow marks."""
    _, size = UNIT[dimension]
    least, *_, most = (size * 2.0**tick for tick in _ticks(bars, size))
    return any(item.used and not least <= item.used[0] <= item.used[1] <= most for item in bars)


def _verdict(declared: int, recommended: int) -> Verdict:
    return "over" if declared > recommended else "under" if declared < recommended else "fits"


def _recommended(service: Service, dimension: Dimension) -> int | None:
    """The amount recommended to replace one task."""
    if service.recommended is None:
        return None
    tasks = service.advice.tasks if service.advice else 1
    return tasks * getattr(service.recommended, dimension) or None


def _library() -> Any:
    """Import pygal without its side effects on the process."""
    import sys

    import pygal
    from pygal.etree import etree

    # It leaves a finder for its plug-ins behind, of a kind that Python 3.11 warns of at every import that fails.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    etree.to_etree()  # never lxml, even if it is installed: its output differs
    return pygal


def _rows(bars: Sequence[Bar]) -> Iterable[tuple[int, Bar]]:
    """Each bar with its position, counted from the bottom."""
    return zip(range(len(bars), 0, -1), bars, strict=True)


def _ticks(bars: Sequence[Bar], size: int) -> list[int]:
    """The powers of two around all sizes, and those below them that what is used needs."""
    levels = [log2(level / size) for item in bars for level in item[1:4] if isinstance(level, int) and level]
    used = [log2(item.used[0] / size) for item in bars if item.used and item.used[0]]
    smallest = floor(min(levels))
    lowest = max(floor(min(used, default=smallest)), smallest - REACH)
    return list(range(min(lowest, smallest - 1), ceil(max(levels)) + 1))


def _tick(tick: int, count: int) -> str:
    """Where there are many, every other one has its number, so that they don't touch."""
    level = f"{2.0**tick:g}" if tick > -4 else f"{2.0**tick:.2g}"
    return level if count <= 9 or tick % 2 == 0 else ""


def _series(bars: Sequence[Bar], size: int, ends: tuple[int, int]) -> list[tuple[list[Any], dict[str, Any]]]:
    """What is drawn, from the ground up; the style sheet knows each series by its place."""

    def place(level: float) -> float:
        return min(max(log2(level / size), ends[0]), ends[1]) if level else ends[0]

    depth = (ends[1] - ends[0]) / 60
    """The length of an arrow."""
    arrows: list[Any] = []
    used: list[Any] = []
    gaps: dict[Verdict, list[Any]] = {"fits": [], "over": [], "under": []}
    needed: list[Any] = []
    recommended: list[Any] = []
    declared: list[Any] = []
    labels: list[Any] = []
    for row, item in _rows(bars):
        at = place(item.declared)
        declared.append((at, row))
        if item.used:
            average, maximum = map(place, item.used)
            used += _stroke((average, row), (max(maximum, average + LEAST_BAND), row))
            if item.used[0] < size * 2.0 ** ends[0]:
                arrows += _arrow((ends[0], row), depth)
            if item.used[1] > size * 2.0 ** ends[1]:
                arrows += _arrow((ends[1], row), -depth)
        need = place(item.needed) if item.needed else at
        if item.needed:
            needed += _stroke((need, row - 0.32), (need, row + 0.32))
            gaps["fits"] += _stroke((need, row), (at, row))
        if item.verdict != "fits":
            aim = place(item.recommended)
            recommended.append((aim, row))
            gaps[item.verdict] += _stroke((aim, row), (at, row))
            labels.append({"value": (max(at, aim, need), row), "label": _label(item)})
    lines = {"show_dots": False}
    dots = {"stroke": False, "dots_size": 5}
    return [
        (used, lines),
        *((gap, lines) for gap in gaps.values()),
        (needed, lines),
        (recommended, {**dots, "dots_size": 4}),
        (declared, dots),
        (labels, {**dots, "dots_size": 0}),
        (arrows, lines),
    ]


def _label(item: Bar) -> str:
    return f"{item.factor('×')} {'too large' if item.verdict == 'over' else 'too small'}"


def _stroke(*points: tuple[float, float]) -> list[tuple[float | None, float | None]]:
    return [*points, (None, None)]


def _arrow(tip: tuple[float, float], depth: float) -> list[tuple[float | None, float | None]]:
    return _stroke((tip[0] + depth, tip[1] + 0.3), tip, (tip[0] + depth, tip[1] - 0.3))


def _markup(root: Any, anchors: Sequence[str]) -> str:
    """The drawing alone, without the library's styles, scripts, date and hooks for tooltips; names link to rows."""
    from xml.etree.ElementTree import Element, tostring

    graph = next(child for child in root if child.get("class", "").startswith("graph "))
    for parent in list(graph.iter()):
        for child in list(parent):
            if child.tag in ("desc", "title") or child.get("class") in ("background", "plot tooltip-overlay"):
                parent.remove(child)
    axis = next(each for each in graph.iter() if each.get("class", "").startswith("axis y"))
    # From the bottom up, as the rows are numbered.
    names = [(group, text) for group in axis.iter() for text in list(group) if text.tag == "text"]
    for (group, text), anchor in zip(names, reversed(anchors), strict=True):
        if anchor:
            link = Element("a", {"href": f"#{anchor}"})
            group[list(group).index(text)] = link
            link.append(text)
    return tostring(graph, encoding="unicode")
