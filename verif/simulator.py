"""What the bench needs of a simulator, and the adapter for amaranth.sim."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuroloom.hdl.port_family import Ports


class Simulator(ABC):
    """A design with ports and one clock, seen one cycle at a time.

    A cycle is: ``set`` inputs, ``await settle()``, ``get`` what the ports show just before the
    rising edge, ``await tick()``. Writes take effect at once; reads are meant after ``settle``.
    """

    @abstractmethod
    def set(self, port: str, value: int) -> None:
        """Drive an input with the low bits of ``value``, which is not negative."""

    @abstractmethod
    def get(self, port: str) -> int | None:
        """The bits of a port as a non-negative integer; None if any is unknown."""

    @abstractmethod
    async def settle(self) -> None:
        """Wait until just before the next rising edge of the clock."""

    @abstractmethod
    async def tick(self) -> None:
        """Pass the edge."""


class OutOfTime(Exception):
    """A simulation came to its limit of time before its end."""


class AmaranthSimulator(Simulator):
    """amaranth.sim: no compiler and no build, for small designs and machines without tools."""

    def __init__(self, context: Any, ports: "Ports", end: float) -> None:
        self._context = context
        self._signals = ports.ports
        self._end = end

    def set(self, port: str, value: int) -> None:
        self._context.set(self._signals[port].as_unsigned(), value)

    def get(self, port: str) -> int | None:
        value: int = self._context.get(self._signals[port].as_unsigned())
        return value

    async def settle(self) -> None:
        return

    async def tick(self) -> None:
        if monotonic() > self._end:
            raise OutOfTime
        await self._context.tick()


def simulate(
    ports: "Ports",
    bench: Callable[[Simulator], Awaitable[None]],
    vcd: Any = None,
    seconds: float = inf,
) -> None:
    """Run ``bench`` on the component in amaranth.sim; waves go to the open file ``vcd``.

    OutOfTime when it does not end in ``seconds``, looked at once a cycle.
    """
    from amaranth.sim import Simulator as AmaranthEngine  # no other simulator waits for it

    end = monotonic() + seconds
    engine = AmaranthEngine(ports)
    engine.add_clock(1e-6)

    async def testbench(context: Any) -> None:
        await bench(AmaranthSimulator(context, ports, end))

    with engine.write_vcd(vcd) if vcd is not None else nullcontext():
        engine.add_testbench(testbench)  # makes its coroutine, which is then run for certain
        engine.run()
