"""The tables of cells, area, Fmax and energy."""

from collections.abc import Mapping, Sequence
from typing import Any

from neuroloom.flows.benchmarks.peers import comparison, figures
from neuroloom.flows.benchmarks.references import REFERENCES
from neuroloom.flows.designs.report import Area, SynthesisReport, TargetReport
from neuroloom.flows.tools.markdown import line, table
from neuroloom.flows.tools.numbers import energy, significant

HEAD = """\
# Cells, area, Fmax and energy of the reference designs

Written by `make results`.

## FPGAs and two-input gates

Cells are those of the macro alone, after synthesis; Fmax is the median of five place-and-route
seeds (lowest–highest) with every port registered. A carry of an iCE40 shares its logic cell with a
LUT where it can; where it cannot, place and route uses a cell more than the LUTs counted here.

| design | target | cells | Fmax [MHz] |
|---|---|---|---|
"""
CELLS_HEAD = """
## Standard cells

Area [µm²] of the macro alone and Fmax [MHz] between registers, before layout: no wires, ideal
clock. Of several mappings the one with the least area × period. Memories are built of flip-flops;
designs that are mostly memory are left out, and some are measured for one library only.
"""
ENERGY_HEAD = """
## Energy

Of one operation at full rate, from the toggles of every net in a gate-level simulation of the
macro's own random traffic; before layout, without clock tree and glitches. Idle power is that of
clock and leakage at Fmax.

| design | library | energy | clock | flip-flops | logic | idle |
|---|---|---|---|---|---|---|
"""

PEERS = {each.function: each.peers for each in REFERENCES}


def results_json(reports: Sequence[SynthesisReport]) -> list[dict[str, Any]]:
    """One entry a design, with what each target gave."""
    return [
        {
            "function": reference.function,
            "macro": reference.macro,
            "fields": reference.fields,
            "targets": {target.target: _entry(target) for target in report.targets},
        }
        for reference, report in zip(REFERENCES, reports, strict=True)
    ]


def _entry(report: TargetReport) -> dict[str, Any]:
    timing, power = report.timing, report.power
    return {
        "resources": report.resources,
        "area_um2": report.area and round(report.area.total_um2, 3),
        "recipe": report.area and chosen_recipe(report.area),
        "median_mhz": timing and round(timing.median_mhz, 1),
        "minimum_mhz": timing and round(timing.minimum_mhz, 1),
        "maximum_mhz": timing and round(timing.maximum_mhz, 1),
        "energy_pj": power and float(f"{power.energy_pj:.4g}"),
    }


def chosen_recipe(area: Area) -> str:
    """The mapping that was reported, among those that were tried."""
    return next(point.recipe for point in area.curve if point.area_um2 == area.total_um2)


def results_markdown(reports: Sequence[SynthesisReport]) -> str:
    """All tables, and the methods that gave them."""
    entries = results_json(reports)
    return "".join(
        [
            devices_markdown(entries),
            "\n",
            comparison(entries, PEERS),
            CELLS_HEAD,
            _cells_table(reports),
            ENERGY_HEAD,
            _energy_table(reports),
            _methods(reports[0]),
        ]
    )


def devices_markdown(entries: Sequence[Mapping[str, Any]]) -> str:
    """What each design takes of devices and of gates."""
    lines = []
    for entry in entries:
        name = entry["function"]
        for target, found in entry["targets"].items():
            if found["area_um2"] is None:
                used = figures(found["resources"])
                lines.append(line((name, target, used, _fmax(found))))
                name = ""
    return HEAD + "\n".join(lines) + "\n"


def _fmax(found: Mapping[str, Any]) -> str:
    if found["median_mhz"] is None:
        return "–"
    low, high = found["minimum_mhz"], found["maximum_mhz"]
    return f"{found['median_mhz']:.1f} ({low:.1f}–{high:.1f})"


def _cells_table(reports: Sequence[SynthesisReport]) -> str:
    names = [target.target for target in reports[0].targets if target.area]
    rows = []
    for reference, report in zip(REFERENCES, reports, strict=True):
        found = {
            target.target: f"{significant(target.area.total_um2)} at {target.timing.median_mhz:.0f}"
            for target in report.targets
            if target.area and target.timing
        }
        if found:
            rows.append((reference.function, *(found.get(name, "–") for name in names)))
    return "\n" + "\n".join(table(("design", *names), rows, numbers=())) + "\n"


def _energy_table(reports: Sequence[SynthesisReport]) -> str:
    lines = []
    for reference, report in zip(REFERENCES, reports, strict=True):
        name = reference.function
        for target in report.targets:
            if power := target.power:
                parts = (power.clock_pj, power.sequential_pj, power.combinational_pj)
                cells = (
                    name,
                    target.target,
                    f"{energy(power.energy_pj)}/{power.operation}",
                    *map(energy, parts),
                    f"{significant(power.idle_uw)} µW at {power.clock_mhz:.0f} MHz",
                )
                lines.append(line(cells))
                name = ""
    return "\n".join(lines) + "\n"


def _methods(report: SynthesisReport) -> str:
    """How the first design was measured; the others were in the same way."""
    lines = ["", "## Methods", "", f"Of the first design, `{report.macro}`:", ""]
    for target in report.targets:
        parts = [
            target.method,
            target.timing and target.timing.method,
            target.power and target.power.method,
        ]
        lines += [f"- {target.target}: {part}" for part in parts if part]
    return "\n".join(lines) + "\n"
