"""What the reference designs cost on every target, measured and written as tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

from neuroloom.flows.benchmarks.adder_trees import adder_trees_markdown
from neuroloom.flows.benchmarks.arbiters import arbiters_markdown, arbiters_svg, measure_arbiters
from neuroloom.flows.benchmarks.izhikevich import izhikevich_svg
from neuroloom.flows.benchmarks.mesh import measure_mesh, mesh_markdown, mesh_svg
from neuroloom.flows.benchmarks.prediction import prediction_markdown
from neuroloom.flows.benchmarks.references import REFERENCES
from neuroloom.flows.benchmarks.tables import results_json, results_markdown
from neuroloom.flows.designs.report import SynthesisReport, TargetReport
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.sweep.run import sweep
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import TARGETS, Target, default_targets
from neuroloom.flows.tools.errors import ToolFailed
from neuroloom.flows.tools.provenance import ALL, document
from neuroloom.flows.tools.writing import output_folder, written_aside
from neuroloom.golden.spec import Spec

TABLE = "cells-and-fmax"
PREDICTION = "predictive-library"
TREES = "adder-trees"
ARBITERS = "arbiters"
MESH = "mesh"
BEHAVIOURS = "izhikevich"
ANCHORS = ("predictive-130", "predictive-7")
"""Predicted nodes that real libraries exist of."""
POWERED = ("predictive-45", "sg13g2")
"""Libraries that energy is measured with: the one that needs nothing, and an open one with
internal power tables."""


def measure(folder: Path, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Synthesize, place and simulate every reference design; write Markdown and JSON tables.

    What was measured before by the same code and tools is taken from the cache. Kits that are not
    below ``$PDK_ROOT`` are left out. ToolFailed with the first design that gave no result.
    """
    with output_folder(folder):
        return _measure(folder, progress)


def _measure(folder: Path, progress: Callable[[str], None]) -> list[Path]:
    targets = [*default_targets(), *(TARGETS[name] for name in ANCHORS)]
    reports = []
    for number, reference in enumerate(REFERENCES, start=1):
        spec = validate(macro(reference.macro), dict(reference.fields))

        def note(done: int, total: int, words: str = reference.function, at: int = number) -> None:
            progress(f"{at}/{len(REFERENCES)} {words}: {done} of {total}")

        chosen = [t for t in targets if reference.on is None or t.name in reference.on]
        reports.append(_report(spec, chosen, note))
    arbiters = measure_arbiters(progress=progress)
    mesh = measure_mesh(progress=progress)
    with written_aside(folder) as aside:
        (aside / f"{TABLE}.md").write_text(results_markdown(reports))
        (aside / f"{TABLE}.json").write_text(document({"designs": results_json(reports)}, ALL))
        (aside / f"{PREDICTION}.md").write_text(prediction_markdown(reports))
        (aside / f"{TREES}.md").write_text(adder_trees_markdown())
        (aside / f"{ARBITERS}.md").write_text(arbiters_markdown(arbiters))
        (aside / f"{ARBITERS}.svg").write_text(arbiters_svg(arbiters))
        (aside / f"{MESH}.md").write_text(mesh_markdown(mesh))
        (aside / f"{MESH}.svg").write_text(mesh_svg(mesh))
        (aside / f"{BEHAVIOURS}.svg").write_text(izhikevich_svg())
        names = sorted(file.name for file in aside.iterdir())
    return [folder / name for name in names]


def _report(
    spec: Spec, targets: Sequence[Target], progress: Callable[[int, int], None]
) -> SynthesisReport:
    """One design on all targets, energies where they are asked for."""
    found: dict[str, TargetReport] = {}
    for power in (True, False):
        chosen = [target for target in targets if (target.name in POWERED) is power]
        if not chosen:
            continue
        result = sweep([spec], chosen, Options(power=power), progress=progress)
        for point in result.points:
            if point.report is None:
                raise ToolFailed(f"{spec.macro}: {point.failure}")
            found[point.target] = point.report
    return SynthesisReport(
        macro=spec.macro,
        spec=spec.model_dump(mode="json", exclude_none=True),
        targets=tuple(found[target.name] for target in targets),
    )
