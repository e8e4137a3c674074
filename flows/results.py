"""The committed table of results: what the reference designs cost, measured by one command."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neuroloom.flows.cache import written_aside
from neuroloom.flows.catalogue import macro
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis.report import SynthesisReport
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import default_targets

TABLE = "cells-and-fmax"


@dataclass(frozen=True)
class Reference:
    """A design whose cost is tracked, and the best open RTL of the same function."""

    macro: str
    fields: dict[str, object]
    function: str
    best_elsewhere: str = ""


REFERENCES = (
    *(
        Reference("popcount", {"width": width, "style": style}, f"popcount {width}, {style}", best)
        for width, styles, best in (
            (
                64, ("counter", "compressor", "sum"),
                "iCE40 113 LUT4 at 88 MHz, or 148 at 106; ECP5 184 LUT4",
            ),
            (256, ("counter", "compressor", "sum"), "iCE40 502 LUT4 at 60 MHz"),
            (1024, ("counter",), "iCE40 2,077 LUT4 at 45 MHz"),
        )
        for style in styles
    ),
    Reference(
        "popcount", {"width": 256, "style": "counter", "pipeline": 3},
        "popcount 256, counter, 3 register stages",
    ),
    Reference(
        "xnor_popcount",
        {"lanes": 64, "folds": 63, "accumulator_bits": 12},
        "XNOR-popcount element, 64 lanes, 12-bit accumulator",
        "iCE40 189 LUT4 at 81 MHz",
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8, "parameters": "streamed"},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights streamed",
        "iCE40 868 LUT4, 580 FF at 74 MHz",
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights in block RAM",
        "iCE40 868 LUT4, 580 FF at 74 MHz",
    ),
    Reference("bnn_network", {}, "binarized network 64-32-10"),
    Reference("requantize", {}, "requantise 24 to 8 bits, nearest even, saturating"),
    Reference("width_adapter", {}, "width adapter 8 to 32 lanes"),
)  # fmt: skip


def measure(folder: Path, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Synthesize and place every reference design; write a Markdown and a JSON table."""
    reports = []
    for reference in REFERENCES:
        progress(reference.function)
        spec = validate(macro(reference.macro), dict(reference.fields))
        reports.append(synthesize_macro(spec, default_targets()))
    with written_aside(folder) as aside:
        (aside / f"{TABLE}.md").write_text(_markdown(reports))
        (aside / f"{TABLE}.json").write_text(_json(reports))
    return [folder / f"{TABLE}.md", folder / f"{TABLE}.json"]


def _json(reports: list[SynthesisReport]) -> str:
    rows = [
        {
            "function": reference.function,
            "macro": reference.macro,
            "fields": reference.fields,
            "targets": {
                each.target: {
                    "resources": each.resources,
                    "area_um2": each.area and round(each.area.total_um2, 3),
                    "median_mhz": each.timing and round(each.timing.median_mhz, 1),
                    "minimum_mhz": each.timing and round(each.timing.minimum_mhz, 1),
                    "maximum_mhz": each.timing and round(each.timing.maximum_mhz, 1),
                }
                for each in report.targets
            },
        }
        for reference, report in zip(REFERENCES, reports, strict=True)
    ]
    return json.dumps(rows, indent=1) + "\n"


def _markdown(reports: list[SynthesisReport]) -> str:
    lines = [
        "# Cells and Fmax of the reference designs",
        "",
        "Written by `make results`. Cells are those of the macro alone, after synthesis; Fmax is "
        "the median of five",
        "place-and-route seeds (lowest–highest) with every port registered. The last column is "
        "the best open RTL of the",
        "same function that was found, measured in the same way. A carry shares its logic cell "
        "with a LUT where it can;",
        "where it cannot, place and route uses a cell more than the LUTs counted here.",
        "",
        "| design | target | cells | Fmax [MHz] | best elsewhere |",
        "|---|---|---|---|---|",
    ]
    for reference, report in zip(REFERENCES, reports, strict=True):
        for index, each in enumerate(report.targets):
            used = ", ".join(f"{n:,} {name}" for name, n in each.resources.items() if n)
            timing = each.timing
            fmax = (
                f"{timing.median_mhz:.1f} ({timing.minimum_mhz:.1f}–{timing.maximum_mhz:.1f})"
                if timing
                else "–"
            )
            name, best = (reference.function, reference.best_elsewhere) if index == 0 else ("", "")
            lines.append(f"| {name} | {each.target} | {used} | {fmax} | {best} |")
    lines += ["", "Methods:", ""]
    lines += [f"- {each.target}: {each.method}" for each in reports[0].targets]
    lines += [
        f"- {each.target}, timing: {each.timing.method}"
        for each in reports[0].targets
        if each.timing
    ]
    return "\n".join(lines) + "\n"
