"""Verilog of a memory made of macros, with the ports of the memory cell that it replaces."""

from collections.abc import Iterator

from neuroloom.flows.cells.memories.families import tie
from neuroloom.flows.cells.memories.macro import MacroPort, SramMacro
from neuroloom.flows.cells.memories.needs import MemoryNeed
from neuroloom.flows.cells.memories.proofs import head
from neuroloom.flows.cells.memories.tiling import MacroColumn, Tiling


def wrapper(need: MemoryNeed, tiling: Tiling, module: str) -> str:
    """A module that does as the memory cell does.

    Words are cut into columns and rows; a macro is selected in the cycles in which its row is
    accessed, and the row of a read is kept to choose among the outputs. Macros that do not hold
    their output are read into a register. A read of a word that is being written is handed it,
    where the design does not exclude it.
    """
    address = need.address_bits
    lines = [head(need, module), "  wire clk = WR_CLK[0];", *_write_side(need, tiling)]
    for port in range(need.read_ports):
        own = f"[{port * address} +: {address}]"
        lines += [
            f"  wire read_{port} = RD_EN[{port}];",
            f"  wire [{address - 1}:0] read_address_{port} = RD_ADDR{own};",
            f"  wire [{need.width - 1}:0] stored_{port};",
            *_read_side(need, tiling, port),
        ]
        for number, column in enumerate(tiling.columns):
            lines += _column(need, tiling, column, number, port)
    return "\n".join([*lines, "endmodule\n"])


def _write_side(need: MemoryNeed, tiling: Tiling) -> Iterator[str]:
    """What is written in this cycle: the port's own, or where writes wait, that of the last."""
    width, address = need.width, need.address_bits
    shapes = {
        "write_address": (address, "WR_ADDR"),
        "write_data": (width, "WR_DATA"),
        "write_bits": (width, "WR_EN"),
    }
    for name, (bits, pin) in shapes.items():
        if tiling.delayed:
            yield f"  reg [{bits - 1}:0] {name};"
            yield f"  always @(posedge clk) {name} <= {pin}[{bits - 1}:0];"
        else:
            yield f"  wire [{bits - 1}:0] {name} = {pin}[{bits - 1}:0];"
    yield "  wire write = |write_bits;"


def _read_side(need: MemoryNeed, tiling: Tiling, port: int) -> Iterator[str]:
    """What the port gives, made of what the macros give."""
    top, low = need.width - 1, port * need.width
    holds = all(column.macro.family.holds for column in tiling.columns)
    given = f"stored_{port}"
    if tiling.bypassed:
        meets = f"read_address_{port} == write_address"
        yield f"  reg [{top}:0] passed_{port}, passed_bits_{port};"
        yield f"  always @(posedge clk) if (read_{port}) begin"
        yield f"    passed_{port} <= write_data;"
        yield f"    passed_bits_{port} <= write_bits & {{{need.width}{{{meets}}}}};"
        yield "  end"
        given = f"(passed_{port} & passed_bits_{port}) | (stored_{port} & ~passed_bits_{port})"
    if holds:
        yield f"  assign RD_DATA[{low} +: {need.width}] = {given};"
        return
    yield f"  reg fresh_{port};"
    yield f"  reg [{top}:0] held_{port};"
    yield f"  wire [{top}:0] new_{port} = fresh_{port} ? {given} : held_{port};"
    yield f"  always @(posedge clk) fresh_{port} <= read_{port};"
    yield f"  always @(posedge clk) if (fresh_{port}) held_{port} <= new_{port};"
    yield f"  assign RD_DATA[{low} +: {need.width}] = new_{port};"


def _column(
    need: MemoryNeed, tiling: Tiling, column: MacroColumn, number: int, port: int
) -> Iterator[str]:
    """The macros of a column, for one read port."""
    own = f"{port}_{number}"
    inside = (column.macro.words - 1).bit_length()
    rows = column.rows
    padded = max(need.address_bits, inside + max(1, (rows - 1).bit_length()))
    top = padded - 1
    yield f"  wire [{top}:0] ra_{own} = read_address_{port};"
    yield f"  wire [{top}:0] wa_{own} = write_address;"
    for row in range(rows):
        yield f"  wire [{column.macro.width - 1}:0] out_{own}_{row};"
        at = f"[{top}:{inside}] == {row}"
        alone = rows == 1
        reads = f"read_{port}" if alone else f"read_{port} & (ra_{own}{at})"
        written = f"(|write_bits[{column.low} +: {column.width}])"
        writes = written if alone else f"{written} & (wa_{own}{at})"
        yield f"  wire reads_{own}_{row} = {reads};"
        yield f"  wire writes_{own}_{row} = {writes};"
        yield from _instance(need, tiling, column, own, row, inside)
    stored = f"stored_{port}[{column.low} +: {column.width}]"
    cut = f"[{column.width - 1}:0]"
    if rows == 1:
        yield f"  assign {stored} = out_{own}_0{cut};"
        return
    yield f"  reg [{top - inside}:0] row_{own};"
    yield f"  always @(posedge clk) if (read_{port}) row_{own} <= ra_{own}[{top}:{inside}];"
    yield f"  reg [{column.width - 1}:0] chosen_{own};"
    yield "  always @* case (" + f"row_{own})"
    for row in range(rows - 1):
        yield f"    {row}: chosen_{own} = out_{own}_{row}{cut};"
    yield f"    default: chosen_{own} = out_{own}_{rows - 1}{cut};"
    yield "  endcase"
    yield f"  assign {stored} = chosen_{own};"


def _instance(
    need: MemoryNeed, tiling: Tiling, column: MacroColumn, own: str, row: int, inside: int
) -> Iterator[str]:
    """A macro with all its pins."""
    macro, at = column.macro, f"{own}_{row}"
    pins: dict[str, str] = {}
    for pin in macro.directions:
        constant = tie(macro.family, pin)
        if constant is not None:
            pins[pin] = f"{{{macro.widths.get(pin, 1)}{{1'b{constant}}}}}"
    first, last = macro.ports[0], macro.ports[-1]
    address = f"[{inside - 1}:0]"
    for port in macro.ports:
        writing, reading = port is first, port is last
        accesses = [f"writes_{at}"] * writing + [f"reads_{at}"] * reading
        chosen = f"wa_{own}{address}" if writing else f"ra_{own}{address}"
        if writing and reading:
            chosen = f"write ? wa_{own}{address} : ra_{own}{address}"
        levels = {
            "select": " | ".join(accesses) or "1'b0",
            "write": f"writes_{at}" if writing else "1'b0",
            "read": f"reads_{at}" if reading else "1'b0",
        }
        pins |= _port_pins(need, column, port, levels, writing)
        pins[port.pins["clock"]] = "clk"
        pins[port.pins["address"]] = chosen
        if port.reads:
            pins[port.pins["output"]] = f"out_{at}" if reading else ""
    shared = [port.pins.get("select") for port in macro.ports]
    if len(shared) > 1 and len(set(shared)) == 1 and shared[0]:
        both = f"reads_{at} | writes_{at}"
        pins[shared[0]] = f"~({both})" if macro.family.active_low else both
    connected = ", ".join(f".{pin}({net})" for pin, net in pins.items())
    yield f"  {macro.name} tile_{at} ({connected});"


def _port_pins(
    need: MemoryNeed, column: MacroColumn, port: MacroPort, levels: dict[str, str], writing: bool
) -> dict[str, str]:
    """Enables, mask and data of a port."""
    macro: SramMacro = column.macro
    sign = "~" if macro.family.active_low else ""
    pins = {
        port.pins[role]: f"{sign}({level})" for role, level in levels.items() if role in port.pins
    }
    pad = macro.width - column.width
    zeros = f"{{{pad}{{1'b0}}}}, " if pad else ""
    cut = f"[{column.low} +: {column.width}]"
    if "data" in port.pins:
        data = f"{{{zeros}write_data{cut}}}" if writing else f"{{{macro.width}{{1'b0}}}}"
        pins[port.pins["data"]] = data
    if "mask" in port.pins:
        parts = macro.width // macro.mask_bits
        if not writing:
            mask = f"{{{parts}{{1'b0}}}}"
        elif macro.mask_bits == 1:
            mask = f"{{{zeros}write_bits{cut}}}"
        else:
            mask = f"{{{parts}{{1'b1}}}}"
        pins[port.pins["mask"]] = f"{sign}{mask}"
    return pins
