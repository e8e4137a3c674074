"""Words of a tile written attempt by attempt, cell by cell."""

from typing import Any

from neuroloom.golden.bnn.rram_program import RramProgramSpec
from references.bnn.xnor_sense import one_hot
from references.plain import Lists, columns, rows

KIND = "plain integers"
SET, RESET, FORM = range(3)


def devices(kind: int, bit: int) -> tuple[int, int]:
    """Left and right device of a cell that gets a pulse: SET the one to be low, RESET the other."""
    if kind == FORM:
        return 1, 1
    left = bit == 1
    return (int(left), int(not left)) if kind == SET else (int(not left), int(left))


def attempt(spec: RramProgramSpec, command: dict[str, Any], pending: set[int]) -> list[Any]:
    """The pulses at the cells ``pending``: each kind through the row, group by group."""
    pulses = []
    for kind in [FORM] * command["form"] + [SET, RESET]:
        for first in range(0, spec.columns, spec.cells):
            cells = [cell for cell in range(first, first + spec.cells) if cell in pending]
            if not cells:
                continue
            sides = [
                devices(kind, bit) if cell in cells else (0, 0)
                for cell, bit in enumerate(command["bits"])
            ]
            left, right = (list(side) for side in zip(*sides, strict=True))
            pulses.append((one_hot(command["row"], spec.rows), left, right, kind))
    return pulses


def expected(spec: RramProgramSpec, _: Lists, sent: Lists) -> Lists:
    answers = iter(rows(sent["words"]))
    pulses, reads, status = [], [], []
    for command in rows(sent["command"]):
        pending, attempts, word = set(range(spec.columns)), 0, command["bits"]
        while pending and attempts < spec.attempts:
            if command["write"]:
                pulses += attempt(spec, command, pending)
                attempts += 1
            answer = next(answers)
            reads.append((command["row"],))
            wanted, word = command["bits"], answer["bits"]
            pending = {
                cell
                for cell in range(spec.columns)
                if answer["unresolved"][cell] or (command["write"] and word[cell] != wanted[cell])
            }
            if not command["write"]:
                break
        failed = [int(cell in pending) for cell in range(spec.columns)]
        status.append((command["row"], word, failed, attempts))
    return {
        "pulses": columns(pulses, "rows", "left", "right", "kind"),
        "reads": columns(list(reads), "row"),
        "status": columns(list(status), "row", "bits", "failed", "attempts"),
    }
