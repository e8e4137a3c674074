"""Names that generators of SRAM macros give to pins, as data.

A Liberty file says which buses are written and read and which pin is the clock; which of the other
pins enables what, and at which level, it leaves to the names.
"""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class MacroFamily:
    """Names of the pins of a port, without what tells several ports apart."""

    name: str
    clock: str
    address: str
    output: str
    data: str
    select: str
    write: str
    mask: str
    read: str = ""
    """Pin that asks for a read; without one every access that writes nothing reads."""
    active_low: bool = False
    """Whether enables and mask act at 0."""
    holds: bool = False
    """Whether the output stays while nothing is read; elsewhere a register must hold it."""
    read_first: bool = False
    """Whether a read at the other port, in the cycle of a write, gives what was there before;
    elsewhere it gives nothing that can be relied on."""
    estimate: bool = False
    """Whether its figures are an estimate, of a memory that nobody drew."""
    ties: dict[str, str] = field(default_factory=dict)
    """Patterns of further inputs, and the constant that belongs there."""

    @property
    def names(self) -> dict[str, str]:
        """Role to name."""
        roles = ("clock", "address", "output", "data", "select", "write", "mask", "read")
        return {role: getattr(self, role) for role in roles if getattr(self, role)}


FAMILIES = (
    MacroFamily(
        "RM_IHPSG13",
        clock="CLK",
        address="ADDR",
        output="DOUT",
        data="DIN",
        select="MEN",
        write="WEN",
        mask="BM",
        read="REN",
        holds=True,
        # designs with these macros tie the choice of a delay high, and leave self-test out
        ties={r"[AB]_DLY": "1", r"[AB]_BIST_\w+": "0"},
    ),
    MacroFamily(
        "gf180mcu_fd_ip_sram",
        clock="CLK",
        address="A",
        output="Q",
        data="D",
        select="CEN",
        write="GWEN",
        mask="WEN",
        active_low=True,
        holds=True,
    ),
    MacroFamily(
        "OpenRAM",
        clock="clk",
        address="addr",
        output="dout",
        data="din",
        select="csb",
        write="web",
        mask="wmask",
        active_low=True,
    ),
    MacroFamily(
        "fakeram",
        clock="clk",
        address="addr_in",
        output="rd_out",
        data="wd_in",
        select="ce_in",
        write="we_in",
        mask="w_mask_in",
        estimate=True,
    ),
)
OUTSIDE = MacroFamily(
    "outside",
    clock="clk",
    address="address",
    output="read_data",
    data="write_data",
    select="",
    write="write_enable",
    mask="write_mask",
    read="read_enable",
    holds=True,
    read_first=True,
)
"""Memories that somebody else provides: the ports that they are to have."""
PORT = (r"(?P<port>[A-D])_{}", r"{}_(?P<port>[A-D])", r"{}(?P<port>\d)", r"{}(?P<port>)")
"""How the name of a port is put to that of a pin."""


def role(family: MacroFamily, pin: str) -> tuple[str, str] | None:
    """What a pin does and the name of its port, empty where all ports share it."""
    for what, name in family.names.items():
        for form in PORT:
            found = re.fullmatch(form.format(re.escape(name)), pin)
            if found:
                return what, found["port"]
    return None


def tie(family: MacroFamily, pin: str) -> str | None:
    """The constant that an input without a role is tied to."""
    return next((at for form, at in family.ties.items() if re.fullmatch(form, pin)), None)
