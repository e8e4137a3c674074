"""Verilog that no run of the bench reaches, and why, area by area."""

from neuroloom.verif.unreached import bnn, cim, events, imc, learning

UNREACHED: dict[tuple[str, str, str], str] = {
    **bnn.UNREACHED, **cim.UNREACHED, **events.UNREACHED, **imc.UNREACHED, **learning.UNREACHED,
}  # fmt: skip
"""By macro, module and statement or net, as ``verify --code-coverage`` names them."""
