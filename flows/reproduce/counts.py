"""What a netlist of two-input gates consists of, part by part."""

import json
from collections import Counter
from dataclasses import dataclass

from neuroloom.flows.designs import yosys
from neuroloom.flows.reproduce.parts import PartOf, instance_path
from neuroloom.flows.synthesis.targets import GATES, matches
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.spec import Spec


@dataclass(frozen=True)
class Count:
    """Count of one part."""

    flip_flops: int
    gates: int


def count_parts(spec: Spec, part_of: PartOf) -> dict[str, Count]:
    """Flip-flops and two-input gates of each part, no logic shared between parts.

    Memories are built of flip-flops, as in standard cells: those in a part that has them count.
    """
    emitted = emit(spec)
    first, *others = (line.replace(" -flatten", "") for line in GATES.script)
    script = [first, "memory_map", *others]
    netlist = yosys.synthesize(emitted.verilog, emitted.name, [*script, "flatten"])
    found: dict[str, Counter[str]] = {}
    for name, cell in json.loads(netlist.json)["modules"][emitted.name]["cells"].items():
        part = found.setdefault(part_of(instance_path(name)), Counter())
        for resource in ("FF", "gates"):
            part[resource] += matches(cell["type"], GATES.resources[resource])
    return {name: Count(part["FF"], part["gates"]) for name, part in sorted(found.items())}
