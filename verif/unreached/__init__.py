"""Verilog that no run of the bench reaches, and why, area by area."""

from neuroloom.verif.unreached import arith

UNREACHED: dict[tuple[str, str, str], str] = {**arith.UNREACHED}
"""By macro, module and statement or net, as ``verify --code-coverage`` names them."""
