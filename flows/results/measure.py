"""What the reference designs cost on every target, measured and written as tables."""

import json
from collections.abc import Callable
from pathlib import Path

from neuroloom.flows.cache import written_aside
from neuroloom.flows.catalogue import macro
from neuroloom.flows.results.prediction import prediction_markdown
from neuroloom.flows.results.references import REFERENCES
from neuroloom.flows.results.tables import results_json, results_markdown
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis.design import of_spec
from neuroloom.flows.synthesis.report import SynthesisReport
from neuroloom.flows.synthesis.synthesize import Options, synthesize
from neuroloom.flows.synthesis.targets import TARGETS, default_targets

TABLE = "cells-and-fmax"
PREDICTION = "predictive-library"
ANCHORS = ("predictive-130", "predictive-7")
"""Predicted nodes that real libraries exist of."""
POWERED = ("predictive-45", "sg13g2")
"""Libraries that energy is measured with: the one that needs nothing, and an open one with
internal power tables."""


def measure(folder: Path, progress: Callable[[str], None] = lambda _: None) -> list[Path]:
    """Synthesize, place and simulate every reference design; write Markdown and JSON tables.

    Kits that are not below ``$PDK_ROOT`` are left out.
    """
    targets = [*default_targets(), *(TARGETS[name] for name in ANCHORS)]
    reports = []
    for reference in REFERENCES:
        design = of_spec(validate(macro(reference.macro), dict(reference.fields)))
        parts: list[SynthesisReport] = []
        for target in targets:
            progress(f"{reference.function}: {target.name}")
            parts.append(synthesize(design, [target], Options(power=target.name in POWERED)))
        of_all = tuple(each for part in parts for each in part.targets)
        reports.append(parts[0].model_copy(update={"targets": of_all}))
    with written_aside(folder) as aside:
        (aside / f"{TABLE}.md").write_text(results_markdown(reports))
        (aside / f"{TABLE}.json").write_text(json.dumps(results_json(reports), indent=1) + "\n")
        (aside / f"{PREDICTION}.md").write_text(prediction_markdown(reports))
    return [folder / name for name in (f"{TABLE}.md", f"{TABLE}.json", f"{PREDICTION}.md")]
