"""Area by module: the design mapped once more, without flattening."""

import json
import sys
import tempfile
from pathlib import Path

from neuroloom.flows.cells.mapping import RECIPES, RELAXED_PS, write_constraints
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.process import run
from neuroloom.flows.synthesis.design import Design
from neuroloom.flows.synthesis.yosys import SYNTHESIS_SECONDS, WORKER, labelled, occurrences


def module_areas(design: Design, working: WorkingLibrary) -> dict[str, float]:
    """Area of each module [µm²], its submodules not included, all its instances together.

    Empty for a design of one module.
    """
    if design.modules < 2:
        return {}
    with tempfile.TemporaryDirectory(prefix="neuroloom-") as name:
        folder = Path(name)
        (folder / "design.v").write_text(design.verilog)
        write_constraints(folder, working.library)
        abc = RECIPES["area"].replace("{D}", f"-D {RELAXED_PS}").replace("; ", "\n")
        (folder / "area.abc").write_text(abc + "\n")
        passes = [
            design.read,
            f"hierarchy -check -top {design.name}",
            f"synth -top {design.name}",
            "setattr -unset init w:*",
            f"dfflibmap -liberty {working.file}",
            f"abc -liberty {working.file} -constr constraints -script area.abc",
            "opt_clean -purge",
            "tee -q -o stat.json stat -json",
        ]
        (folder / "script").write_text("\n".join(passes) + "\n")
        run(
            [sys.executable, "-c", WORKER, "script"],
            folder / "log", SYNTHESIS_SECONDS, folder=folder,
        )  # fmt: skip
        modules = json.loads((folder / "stat.json").read_text())["modules"]
    cells = working.library.cells
    inside = {
        name.removeprefix("\\"): module["num_cells_by_type"] for name, module in modules.items()
    }
    return {
        labelled(name, times): times * sum(
            int(number) * cells[kind].area
            for kind, number in inside[name].items()
            if kind in cells
        )
        for name, times in occurrences(inside, design.name).items()
    }  # fmt: skip
