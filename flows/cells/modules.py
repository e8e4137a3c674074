"""Area by module: the design mapped once more, without flattening."""

import json

from neuroloom.flows.cells.mapping import RELAXED_PS, abc_pass, prepare
from neuroloom.flows.cells.sources import WorkingLibrary
from neuroloom.flows.designs.design import Design
from neuroloom.flows.designs.yosys import LIBERTY, labelled, occurrences, run_passes
from neuroloom.flows.tools.owned import scratch_folder


def module_areas(
    design: Design, working: WorkingLibrary, memories_apart: bool = False
) -> dict[str, float]:
    """Area of each module [µm²], its submodules not included, all its instances together.

    With ``memories_apart`` those are left out. Empty for a design of one module.
    """
    if design.modules < 2:
        return {}
    with scratch_folder() as folder:
        (folder / "design.v").write_text(design.text)
        prepare(folder, working)
        passes = [
            design.read,
            "hierarchy -check -top {top}",
            "synth -top {top} -run begin:fine",
            *(["chtype -set memory_apart t:$mem_v2"] if memories_apart else []),
            "synth -top {top} -run fine:check",
            "setattr -unset init w:*",
            f"dfflibmap -liberty {LIBERTY}",
            abc_pass(folder, "area", RELAXED_PS),
            "opt_clean -purge",
            "tee -q -o stat.json stat -json",
        ]
        run_passes(folder, passes, design.name)
        modules = json.loads((folder / "stat.json").read_text())["modules"]
    cells = working.library.cells
    inside = {
        name.removeprefix("\\"): module["num_cells_by_type"] for name, module in modules.items()
    }
    return {
        labelled(name, times): times
        * sum(
            int(number) * cells[kind].area for kind, number in inside[name].items() if kind in cells
        )
        for name, times in occurrences(inside, design.name).items()
    }
