"""What a design is built for, as Amaranth hands it down to every ``elaborate``."""

from dataclasses import dataclass

from neuroloom.hdl.sharing import SharedModules


@dataclass(frozen=True)
class Platform:
    """Whoever writes a design as text makes one and gives it to Amaranth. None, as in simulations
    of the Amaranth design, is the platform on which everything is built in its place.
    """

    modules: SharedModules | None = None
    """Modules that equal submodules become; None: each is built anew."""
    behavioural: bool = False
    """Dot products are instances of the Verilog module ``neuroloom_dot_product``, which is not in
    the design: for simulations of large networks, where thousands of products a crossbar take long
    to compile. It gives the same sums in the same cycles."""
