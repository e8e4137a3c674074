"""Liberty files of small SRAM macros, with names of pins as generators give them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MadeMacro:
    """A macro to be written; ``ports`` are 1 or 2."""

    words: int
    width: int
    ports: int = 1
    area: float = 1000.0
    read: float = 8.0
    write: float = 10.0
    mask: bool = True
    family: str = "ihp"

    @property
    def name(self) -> str:
        return f"{self.family}_{self.ports}p_{self.words}x{self.width}"

    @property
    def address_bits(self) -> int:
        return (self.words - 1).bit_length()


CHECK = """
      timing () {{ related_pin : "{clock}"; timing_type : {kind}_rising;
        rise_constraint (scalar) {{ values ("{value}"); }}
        fall_constraint (scalar) {{ values ("{value}"); }} }}"""
ACCESS = """
      timing () {{ related_pin : "{clock}"; timing_type : rising_edge;
        cell_rise (scalar) {{ values ("1.5"); }} cell_fall (scalar) {{ values ("1.25"); }}
        rise_transition (scalar) {{ values ("0.1"); }}
        fall_transition (scalar) {{ values ("0.1"); }} }}"""
POWER = """
      internal_power () {{ {when}
        rise_power (scalar) {{ values ("{value}"); }} fall_power (scalar) {{ values ("0"); }} }}"""


def liberty(macro: MadeMacro) -> str:
    """The text of its Liberty file: setup 0.25 ns, hold 0.125 ns, access 1.5 ns."""
    pins = []
    for letter in "AB"[: macro.ports]:
        pins += _ihp_port(macro, letter) if macro.family == "ihp" else _open_port(macro, letter)
    types = "".join(
        f"  type (bits{width}) {{ base_type : array; data_type : bit; bit_width : {width}; "
        f"bit_from : {width - 1}; bit_to : 0; downto : true; }}\n"
        for width in {macro.address_bits, macro.width}
    )
    return f"""library ({macro.name}_typ) {{
  time_unit : "1ns"; capacitive_load_unit (1, pf); leakage_power_unit : "1nW";
  nom_voltage : 1.2; nom_temperature : 25;
{types}  cell ({macro.name}) {{
    area : {macro.area}; cell_leakage_power : 5;
    memory () {{ type : ram; address_width : {macro.address_bits}; word_width : {macro.width}; }}
{"".join(pins)}  }}
}}
"""


def _ihp_port(macro: MadeMacro, letter: str) -> list[str]:
    """Enables that act at 1, a read enable, a delay to tie high and a self-test to tie low."""
    clock = f"{letter}_CLK"

    def when(does: str) -> str:
        names = [f"{letter}_{name}" for name in ("MEN", "WEN", "REN")]
        said = " & ".join(
            f"{'' if bit == '1' else '!'}{name}" for name, bit in zip(names, does, strict=True)
        )
        return f'when : "{said}";'

    energy = POWER.format(when=when("101"), value=macro.read)
    energy += POWER.format(when=when("110"), value=macro.write)
    energy += POWER.format(when=when("000"), value=0.5)
    pins = [
        _pin(clock, "clock : true;", energy),
        *(_input(f"{letter}_{name}", clock) for name in ("MEN", "WEN", "REN")),
        _pin(f"{letter}_DLY", ""),
        _pin(f"{letter}_BIST_EN", ""),
        _input(f"{letter}_ADDR", clock, macro.address_bits),
        _input(f"{letter}_DIN", clock, macro.width),
        _output(f"{letter}_DOUT", clock, macro.width),
    ]
    return pins + [_input(f"{letter}_BM", clock, macro.width)] * macro.mask


def _open_port(macro: MadeMacro, letter: str) -> list[str]:
    """Enables that act at 0; the second port reads alone. An output is valid for one cycle."""
    at = "AB".index(letter)
    clock = f"clk{at}"
    energy = POWER.format(when="", value=macro.read)
    pins = [
        _pin(clock, "clock : true;", energy),
        _input(f"csb{at}", clock),
        _input(f"addr{at}", clock, macro.address_bits),
        _output(f"dout{at}", clock, macro.width),
    ]
    if at == 0:
        pins += [_input("web0", clock), _input("din0", clock, macro.width)]
    return pins


def _pin(name: str, attributes: str, groups: str = "") -> str:
    return f"    pin ({name}) {{ direction : input; capacitance : 0.01; {attributes}{groups} }}\n"


def _input(name: str, clock: str, width: int = 0) -> str:
    checks = CHECK.format(clock=clock, kind="setup", value=0.25)
    checks += CHECK.format(clock=clock, kind="hold", value=0.125)
    if not width:
        return _pin(name, "", checks)
    return (
        f"    bus ({name}) {{ bus_type : bits{width}; direction : input; capacitance : 0.01;"
        f"{checks} }}\n"
    )


def _output(name: str, clock: str, width: int) -> str:
    access = ACCESS.format(clock=clock)
    return f"    bus ({name}) {{ bus_type : bits{width}; direction : output;{access} }}\n"


def written(folder: Path, *macros: MadeMacro) -> tuple[Path, ...]:
    """Files of the macros."""
    files = []
    for macro in macros:
        file = folder / f"{macro.name}.lib"
        file.write_text(liberty(macro))
        files.append(file)
    return tuple(files)
