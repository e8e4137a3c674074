"""Gates and levels of logic of every policy of the arbiter, from 4 requesters to 1,024."""

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from neuroloom.flows.designs import yosys
from neuroloom.flows.reports.plots import INK, SERIES, figures, legend, name_axes, standalone
from neuroloom.flows.synthesis.depth import levels
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.cache import cached_folder
from neuroloom.flows.tools.markdown import table
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.events.arbiter import MATRIX_REQUESTERS, ArbiterSpec, Policy

SIZES = tuple(1 << power for power in range(2, 11))
LEGEND_COLUMNS = 3
WEIGHTS = (1, 2, 3, 4)
GATES = TARGETS["gates"]
NAMES = {
    Policy.FIXED: "fixed priority",
    Policy.ROUND_ROBIN: "round robin",
    Policy.MATRIX: "least recently granted",
    Policy.TREE: "tree, arity 4",
    Policy.WEIGHTED: "weighted, 1 to 4",
}
COLOURS = dict(zip(Policy, (SERIES[6], *SERIES[:2], *SERIES[2:4]), strict=True))
MARKERS = dict(zip(Policy, "osDv^", strict=True))
HEAD = """\
# Arbiters: what each policy costs

Written by `make results`: two-input gates and levels of logic of `arbiter`, one-hot grants and no
register behind them, synthesized for the target `gates`. A level is a gate on the longest path
between ports and flip-flops, an inverter like any other. The aims are at most 2·log2 N + 4 levels,
and for round robin at 128 requesters and more at most three times the gates of fixed priority.
Weights add a choice and a count of credits behind the search, and go beyond the first.
Fixed priority keeps no state, round robin and the tree about N flip-flops, weights of
1 to 4 two more, and least recently granted N·(N - 1)/2,
which is why it ends at {matrix} requesters.

![gates and levels over the number of requesters](arbiters.svg)

"""


@dataclass(frozen=True)
class ArbiterPoint:
    """One arbiter as synthesized."""

    policy: Policy
    requesters: int
    gates: int
    flip_flops: int
    levels: int


def bound(requesters: int) -> int:
    """Levels that an arbiter may have."""
    return int(2 * log2(requesters) + 4)


def measure_arbiters(
    sizes: Iterable[int] = SIZES, progress: Callable[[str], None] = lambda _: None
) -> list[ArbiterPoint]:
    """Synthesize every policy at every size it has; from the cache what was measured before."""
    specs = [
        ArbiterSpec(
            requesters=size,
            policy=policy,
            weights=(WEIGHTS * size)[:size] if policy is Policy.WEIGHTED else None,
        )
        for policy in Policy
        for size in sizes
        if policy is not Policy.MATRIX or size <= MATRIX_REQUESTERS
    ]

    def one(spec: ArbiterSpec) -> ArbiterPoint:
        progress(f"arbiter, {NAMES[spec.policy]}, {spec.requesters}")
        return _measured(spec)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, specs))


def _measured(spec: ArbiterSpec) -> ArbiterPoint:
    emitted = emit(spec)

    def make(_: Path, result: Path) -> None:
        netlist = yosys.synthesize(emitted.verilog, emitted.name, GATES.script)
        found = GATES.count(netlist.cells)
        counts = {
            "gates": found["gates"],
            "flip_flops": found["FF"],
            "levels": levels(netlist, emitted.name),
        }
        (result / "counts.json").write_text(json.dumps(counts))

    folder = cached_folder("arbiter", [emitted.rtlil, *GATES.script, yosys.version()], make)
    return ArbiterPoint(
        spec.policy, spec.requesters, **json.loads((folder / "counts.json").read_text())
    )


def arbiters_markdown(points: Iterable[ArbiterPoint]) -> str:
    """A row a size: gates and levels of each policy, and what the aims are."""
    found = {(point.policy, point.requesters): point for point in points}
    sizes = sorted({size for _, size in found})
    columns = range(len(Policy) + 2)
    gates, levels = [], []
    for size in sizes:
        fixed, robin = found[Policy.FIXED, size].gates, found[Policy.ROUND_ROBIN, size].gates
        gates.append((*_cells(found, size, "gates"), f"{robin / fixed:.2f}"))
        levels.append((*_cells(found, size, "levels"), f"{bound(size)}"))
    lines = ["Gates:", ""]
    lines += table(("N", *NAMES.values(), "round robin : fixed"), gates, columns)
    lines += ["", "Levels:", ""]
    lines += table(("N", *NAMES.values(), "2·log2 N + 4"), levels, columns)
    return HEAD.format(matrix=MATRIX_REQUESTERS) + "\n".join(lines) + "\n"


def _cells(points: Mapping[tuple[Policy, int], ArbiterPoint], size: int, measure: str) -> list[str]:
    """A size, and what arbiters of it take under each policy."""
    return [f"{size:,}", *(_cell(points.get((policy, size)), measure) for policy in Policy)]


def _cell(point: ArbiterPoint | None, measure: str) -> str:
    return "-" if point is None else f"{getattr(point, measure):,}"


def arbiters_svg(points: Iterable[ArbiterPoint]) -> str:
    """Both curves of every policy, with three times fixed priority and 2·log2 N + 4."""
    points = list(points)
    with figures(2, 9, 4) as (drawing, (left, right)):
        for policy, name in NAMES.items():
            line = [point for point in points if point.policy is policy]
            sizes = [point.requesters for point in line]
            look: dict[str, Any] = {
                "color": COLOURS[policy],
                "marker": MARKERS[policy],
                "markersize": 4.5,
            }
            left.plot(sizes, [point.gates for point in line], label=name, **look)
            right.plot(sizes, [point.levels for point in line], **look)
        fixed = [point for point in points if point.policy is Policy.FIXED]
        sizes = [point.requesters for point in fixed]
        limit: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 1}
        left.plot(sizes, [3 * point.gates for point in fixed], label="3 × fixed priority", **limit)
        right.plot(sizes, [bound(size) for size in sizes], label="2·log2 N + 4", **limit)
        left.set(title="two-input gates", xscale="log", yscale="log")
        right.set(title="levels of logic", xscale="log", ylim=(0, None))
        name_axes(left, "requesters N [-]", "size [gates]")
        name_axes(right, "requesters N [-]", "longest path [levels]")
        for axes in (left, right):
            axes.xaxis.set_major_locator(FixedLocator(sizes))
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            axes.xaxis.set_minor_locator(NullLocator())
        left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        right.legend(loc="upper left")
        legend(drawing, left, LEGEND_COLUMNS)
        return standalone(drawing)
