"""Print memories so that synthesis tools infer block RAM."""

from __future__ import annotations

from neuroloom.flows.verilog.expressions import Printer, wrap
from neuroloom.flows.verilog.naming import Namespace
from neuroloom.flows.verilog.netlist import MemoryStore, Netlist
from neuroloom.flows.verilog.rtlil import Const, Sig, width

BLOCK_ROWS = 256
"""Initial rows that are written in one block."""
LOOP_ROWS = 8
"""So many equal rows or more are written as a loop."""

Action = tuple[Sig | None, str]  # an enable and a statement, maybe after a test and a zero byte


def memory_ports(net: Netlist, store: MemoryStore, printer: Printer, space: Namespace) -> list[str]:
    memory = store.memory
    name = printer.names[memory.name]
    result_lines = _initial(name, store, space)
    for write in store.writes:
        event = f"{'pos' if write.positive else 'neg'}edge {printer.text(write.clock)}"
        place = f"{name}[{printer.text(write.address)}]"
        actions: list[Action] = []
        for enable, low, data in write.lanes:
            part = _lane(low, width(data), memory.width)
            actions.append((enable, f"{place}{part} <= {printer.whole(data)};"))
        result_lines += _clocked(printer, event, actions, ())
    for target, read in net.reads.items():
        if read.memory != memory.name:
            continue
        address, result = printer.text(read.address), printer.names[target]
        if not read.clock:
            result_lines += [*wrap(f"assign {result} = {name}[{address}];", 4), ""]
            continue
        event = f"{'pos' if read.positive else 'neg'}edge {printer.text(read.clock)}"
        actions = [((Const("1"),), f"{result} <= {name}[{address}];")]
        for index, write in enumerate(store.writes):
            if not read.transparent >> index & 1:
                continue
            same = f"{printer.atom(write.address)} == {printer.atom(read.address)}"
            for enable, low, data in write.lanes:
                part = _lane(low, width(data), memory.width)
                text = f"{result}{part} <= {printer.whole(data)};"
                test = f"{printer.atom(enable)} && {same}"
                if not width(read.address):
                    test = printer.atom(enable)
                actions.append((None, f"if ({test})\0{text}"))
        result_lines += _clocked(printer, event, actions, read.enable)
    return result_lines


def _clocked(printer: Printer, event: str, actions: list[Action], gate: Sig) -> list[str]:
    lines: list[str] = []
    gated = bool(gate) and gate != (Const("1"),)
    head = f"always @({event})"
    if gated:
        head += f" if ({printer.condition(gate)})"
    for enable, text in actions:
        test, _, action = text.rpartition("\0")
        if enable and enable != (Const("1"),):
            test = f"if ({printer.condition(enable)})"
        one = f"{test} {action}".strip()
        if len(one) <= 92:
            lines += [" " * 8 + one]
        else:
            lines += [*wrap(test, 8), *wrap(action, 12)]
    if len(actions) == 1:
        return [f"    {head}", *lines, ""]
    if actions:
        return [f"    {head} begin", *lines, "    end", ""]
    return []


def _lane(low: int, bits: int, total: int) -> str:
    if bits == total:
        return ""
    return f"[{low}]" if bits == 1 else f"[{low + bits - 1}:{low}]"


def _initial(name: str, store: MemoryStore, space: Namespace) -> list[str]:
    """Initial rows in hexadecimal; a long run of equal rows as a loop.

    In blocks: yosys reads one in a time that grows with the square of its rows.
    """
    bits, rows = store.memory.width, store.rows
    digits = -(-bits // 4)
    result: list[str] = []
    for begin in range(0, len(rows), BLOCK_ROWS):
        limit = min(len(rows), begin + BLOCK_ROWS)
        lines: list[str] = []
        loop, at = "", begin
        while at < limit:
            end = next((row for row in range(at, limit) if rows[row] != rows[at]), limit)
            value = f"{bits}'h{int(rows[at], 2):0{digits}x}"
            if end - at >= LOOP_ROWS:
                loop = loop or space.add("i")
                lines.append(f"for ({loop} = {at}; {loop} < {end}; {loop} = {loop} + 1)")
                lines.append(f"    {name}[{loop}] = {value};")
            else:
                lines += [f"{name}[{row}] = {value};" for row in range(at, end)]
            at = end
        result += [f"    integer {loop};"] if loop else []
        result += ["    initial begin", *("        " + line for line in lines), "    end", ""]
    return result
