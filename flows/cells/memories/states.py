"""Internal energy of a memory's clock by what is done in a cycle: states of a Liberty file."""

import re

from neuroloom.flows.cells.liberty import LibertyGroup
from neuroloom.flows.cells.memories.families import MacroFamily

EDGES = ("rise_power", "fall_power")
WORD = re.compile(r"([A-Za-z_]\w*(?:\[\d+\])?)|(\S)")
OPERATORS = {"!": " not ", "&": " and ", "*": " and ", "|": " or ", "+": " or ", "'": None}


def values_of(
    pins: dict[str, str], family: MacroFamily, doing: str, widths: dict[str, int]
) -> dict[str, bool]:
    """Levels of the enables of a port that reads, writes or does nothing."""
    active = {
        "select": doing != "idle",
        "write": doing == "write",
        "read": doing == "read",
        "mask": doing == "write",
    }
    levels: dict[str, bool] = {}
    for role, on in active.items():
        pin = pins.get(role)
        if pin is None:
            continue
        names = [pin, *(f"{pin}[{index}]" for index in range(widths.get(pin, 0)))]
        levels |= dict.fromkeys(names, on is not family.active_low)
    return levels


def energy_in(clock: LibertyGroup, levels: dict[str, bool]) -> float:
    """Energy of both edges of a clock pin in a state, in the file's unit: the mean of its tables
    that are of this state, or of none.
    """
    total = 0.0
    for edge in EDGES:
        alike = [
            power.first(edge) or power.first("power")
            for power in clock.all("internal_power")
            if holds(power.attributes.get("when", ""), levels)
        ]
        values = [table.numbers("values") for table in alike if table is not None]
        flat = [sum(numbers) / len(numbers) for numbers in values if numbers]
        total += sum(flat) / len(flat) if flat else 0.0
    return total


def holds(condition: str, levels: dict[str, bool]) -> bool:
    """Whether a condition of a Liberty file is met; pins without a level are 0."""
    said = []
    for name, other in WORD.findall(condition.strip()):
        if name:
            said.append(str(levels.get(name, False)))
        elif other in "()":
            said.append(other)
        elif OPERATORS.get(other):
            said.append(str(OPERATORS[other]))
        else:
            return False
    return not said or _value(said)


def _value(words: list[str]) -> bool:
    """The value of ``not``, ``and`` and ``or`` with brackets, read from left to right."""
    position = 0

    def disjunction() -> bool:
        nonlocal position
        value = conjunction()
        while position < len(words) and words[position].strip() == "or":
            position += 1
            value = conjunction() or value
        return value

    def conjunction() -> bool:
        nonlocal position
        value = term()
        while position < len(words) and words[position].strip() == "and":
            position += 1
            value = term() and value
        return value

    def term() -> bool:
        nonlocal position
        word = words[position].strip() if position < len(words) else "False"
        position += 1
        if word == "not":
            return not term()
        if word == "(":
            value = disjunction()
            position += 1
            return value
        return word == "True"

    return disjunction()
