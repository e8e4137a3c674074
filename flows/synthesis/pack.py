"""How many logic cells of a device a design takes once LUTs, carries and flip-flops share them."""

from neuroloom.flows.designs import yosys
from neuroloom.flows.designs.design import Design
from neuroloom.flows.synthesis.place import UTILISATION, nextpnr
from neuroloom.flows.synthesis.targets import Target
from neuroloom.flows.tools.errors import ToolFailed, UsageError
from neuroloom.flows.tools.owned import scratch_folder
from neuroloom.flows.tools.process import run


def packed_cells(design: Design, target: Target) -> int:
    """Logic cells of the design alone as nextpnr packs it, without registers around its ports.

    A LUT and the carry or flip-flop beside it take one cell; a carry whose LUT is another's, and
    what leads into or out of a chain, take cells of their own, and so does a constant.
    UsageError for a target that is not placed; ToolFailed with nextpnr's words when it refuses.
    """
    placement = target.placement
    if placement is None or not placement.cell:
        raise UsageError(f"target {target.name} has no cells that LUTs are packed into")
    mapped = yosys.synthesize(design.text, design.name, target.script, design.read)
    with scratch_folder() as folder:
        (folder / "design.json").write_text(mapped.json)
        log = folder / "log"
        run([*nextpnr(placement), "--pack-only"], log, placement.seconds, folder=folder)
        used = {kind: int(number) for kind, number, _ in UTILISATION.findall(log.read_text())}
    if placement.cell not in used:
        raise ToolFailed(f"{target.name}: nextpnr does not say how many {placement.cell} are used")
    return used[placement.cell]
