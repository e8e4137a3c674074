"""The simulator interface on a cocotb handle: Verilator, Icarus and every other cocotb backend."""

from typing import Any

from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from neuroloom.verif.simulator import Simulator


class CocotbSimulator(Simulator):
    """Ports of the top module, clocked by a free-running clock on ``clk``.

    Just after a rising edge the ports still show their values before it, and writes made there
    take effect after it: so ``settle`` waits for the edge and ``tick`` has nothing left to do.
    """

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        self._ports: dict[str, Any] = {}
        # the clock in the simulator's own language is the fastest one
        Clock(dut.clk, 10, "ns", impl="gpi").start(start_high=False)
        self._edge = RisingEdge(dut.clk)

    def _port(self, name: str) -> Any:
        try:
            return self._ports[name]
        except KeyError:
            return self._ports.setdefault(name, getattr(self._dut, name))

    def set(self, port: str, value: int) -> None:
        self._port(port).value = value

    def get(self, port: str) -> int | None:
        try:
            return int(self._port(port).value)
        except ValueError:  # an X or Z among the bits
            return None

    async def settle(self) -> None:
        await self._edge

    async def tick(self) -> None:
        return
