"""The one style of all plots: as inline SVG in the colours of the page, light or dark, or as a
file of its own on white, which it brings along, so that it can be read on any ground.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.style import context
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

INK, SOFT, LINE = "#010101", "#020202", "#030303"
SERIES = tuple(f"#0101{index:02x}" for index in range(0x10, 0x18))
"""Colours that stand for those of the page, so that they follow its light and dark form."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
NAMES = {INK: "ink", SOFT: "soft", LINE: "line"} | {
    colour: f"series-{index}" for index, colour in enumerate(SERIES)
}
PRINTED = {INK: "#16202b", SOFT: "#56646f", LINE: "#d5dce2"} | dict(
    zip(
        SERIES,
        ("#0b62a4", "#c0392b", "#3a9d5d", "#8e44ad", "#b9770e", "#17808a", "#7f8c8d", "#444444"),
        strict=True,
    )
)
"""The colours of a drawing on white."""
PAPER = "#ffffff"
"""The ground of a drawing that stands alone."""
UNIT = re.compile(r"\[[^\]]+\]$")
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "neuroloom",
    "font.size": 8.5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.labelcolor": INK,
    "text.color": INK,
    "text.parse_math": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 5,
}
WIDTH, HEIGHT, LEGEND_ROW = 5.2, 3.3, 0.19
"""[inch], a legend of some rows below the axes not included."""
WIDE = 7.4
"""Width of a drawing that takes the page's [inch]."""
NARROW = 3.0
"""Highest over lowest value below which a logarithmic axis has evenly spaced numbers."""
STEPS = ((10.0, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)), (100.0, (1.0, 2.0, 5.0)))
"""Highest over lowest value up to which an axis has these numbers in a decade."""
UNWANTED = (
    r"<metadata>.*?</metadata>",
    r"<style.*?</style>",  # would hold for the whole page
    r' xmlns(?::\w+)?="[^"]*"',
    r" font-family: [^;]*;",  # the page has its own
    r' transform="rotate\(-0 [^"]*"',
)


@contextmanager
def figure(legend_rows: int = 0) -> Iterator[tuple[Figure, Axes]]:
    """A figure in the page's style, with room for a legend below."""
    with figures(1, WIDTH, HEIGHT + legend_rows * LEGEND_ROW) as (drawing, (axes,)):
        yield drawing, axes


@contextmanager
def figures(
    number: int, width: float, height: float, rows: int = 1, **options: Any
) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure of several axes, by default side by side, in the page's style; sizes in inches."""
    with context(STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
        drawing.patch.set_alpha(0)
        all_axes = list(drawing.subplots(rows, -(-number // rows), squeeze=False, **options).flat)
        for axes in all_axes:
            axes.patch.set_alpha(0)
        yield drawing, all_axes


def name_axes(axes: Axes, x: str, y: str) -> None:
    """What lies along the axes: ``latency [cycle]``. ValueError without a unit; ``[-]`` is one."""
    axes.set(xlabel=_with_unit(x), ylabel=_with_unit(y))


def name_rows(axes: Axes, rows: Sequence[str], x: str) -> None:
    """Rows of marks, the first on top, with what lies along them; ValueError without a unit."""
    axes.set(xlabel=_with_unit(x), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), rows)


def _with_unit(words: str) -> str:
    if not UNIT.search(words):
        raise ValueError(f"the axis {words!r} has no unit at its end, such as [ns] or [-]")
    return words


def legend(drawing: Figure, axes: Axes, columns: int) -> None:
    """Draws the legend below the axes, so that it never covers a point; none for a single unnamed
    series.
    """
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        drawing.legend(
            handles,
            labels,
            loc="outside lower left",
            ncols=columns,
            handlelength=1.4,
            columnspacing=1.2,
        )


def scale(
    axes: Axes, side: Literal["x", "y"], values: Sequence[float], ticks: Sequence[float] = ()
) -> None:
    """An axis: logarithmic where all values are positive, with labels that keep clear.

    ``ticks`` are the only ones where given.
    """
    low, high = min(values), max(values)
    logarithmic = low > 0
    if logarithmic:
        margin = max(1.08, (high / low) ** 0.06)
        limits = low / margin, high * margin
    else:
        margin = 0.06 * (high - low) or 1.0
        limits = low - margin, high + margin
    axes.set(**{f"{side}scale": "log" if logarithmic else "linear", f"{side}lim": limits})
    axis = axes.xaxis if side == "x" else axes.yaxis
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    if ticks:
        axis.set_major_locator(FixedLocator(list(ticks)))
    elif not logarithmic or high / low < NARROW:
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    else:
        steps = next((steps for most, steps in STEPS if high / low < most), (1.0,))
        axis.set_major_locator(LogLocator(subs=steps))


def number(value: float) -> str:
    """A tick's number: 0.25, 40, 1,500, 2.5e+07."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.4g}"


def standalone(drawing: Figure) -> str:
    """The figure as an SVG file on white."""
    buffer = io.StringIO()
    drawing.patch.set_alpha(1)
    with context(STYLE):
        drawing.savefig(buffer, format="svg", facecolor=PAPER, metadata={"Date": None})
    text = buffer.getvalue()
    for colour, printed in PRINTED.items():
        text = text.replace(colour, printed)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def inline(drawing: Figure, label: str, titles: dict[str, str] | None = None) -> Markup:
    """The figure as SVG for a page; ``titles`` are shown over the marks of these group ids."""
    buffer = io.StringIO()
    nothing = {"Creator": None, "Date": None, "Format": None, "Type": None}
    with context(STYLE):
        drawing.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for pattern in UNWANTED:
        text = re.sub(pattern, "", text, flags=re.DOTALL)
    text = text.replace("xlink:href", "href").replace("\n", " ")
    text = re.sub(
        r"<svg [^>]*viewBox", f'<svg role="img" aria-label="{escape(label)}" viewBox', text, count=1
    )
    for group, title in (titles or {}).items():
        text = text.replace(f'<g id="{group}">', f"<g><title>{escape(title)}</title>")
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", text)
    for colour, name in NAMES.items():
        text = text.replace(colour, f"var(--{name})")
    return Markup(re.sub(r">\s+<", "><", text))
