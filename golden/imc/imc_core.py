"""In-memory-computing core around a crossbar outside: pixels of a layer to pixels of the next."""

from functools import cached_property
from itertools import cycle
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Ahead, Contract, Cycles, Variation
from neuroloom.golden.imc.dataflow_controller import ROW_TO_PATCH, DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import STAGES, DigitalProcessorSpec
from neuroloom.golden.inventory import Inventory, adder, register
from neuroloom.golden.ports import Traffic, count
from neuroloom.golden.spec import Spec
from neuroloom.golden.wires import End, Wire


class ImcCoreSpec(Composition):
    """Parameters of ``imc_core``.

    The controller's patches of the pixels, and the processor's pixels of the sums. What the sums
    are is decided outside: a crossbar's products of its weights and the patches.
    """

    macro: ClassVar[str] = "imc_core"
    summary: ClassVar[str] = "dataflow and digital processing around a crossbar outside"
    """in-memory-computing core: dataflow and digital processing around a crossbar outside"""
    source: ClassVar[str] = "Dazzi et al. 2021, section 2.1, Figures 1C and 2"

    dataflow: DataflowControllerSpec = Parameter(
        default=DataflowControllerSpec(padding=1), description="pixels to patches"
    )
    processor: DigitalProcessorSpec = Parameter(
        default=DigitalProcessorSpec(), description="sums to pixels"
    )
    in_flight: int = Parameter(
        default=2, ge=1, le=255, description="patches at the crossbar whose sums are not there yet"
    )

    @property
    def parts(self) -> dict[str, Spec]:
        return {"flow": self.dataflow, "work": self.processor}

    @property
    def wires(self) -> tuple[Wire, ...]:
        """None: what joins the parts is the crossbar outside."""
        return ()

    @property
    def outer(self) -> dict[str, End]:
        operands = [stream.name for stream in self.processor.input_streams]
        return {
            "pixels": "flow.pixels",
            **{name: f"work.{name}" for name in operands},
            "patches": "flow.patches",
            **({"forwarded": "flow.residual"} if self.dataflow.residual else {}),
            "results": "work.pixels",
        }

    @property
    def most_waiting(self) -> int:
        """Windows whose sums are not there yet."""
        return self.in_flight * self.dataflow.parallel

    @cached_property
    def _intervals(self) -> tuple[int, ...]:
        return tuple(np.diff(self.deliveries(2 * self.dataflow.kernel + 3)).tolist())

    def deliveries(self, images: int) -> Cycles:
        """When each image's last pixel is delivered, counted from the acceptance of its first."""
        schedule = self.dataflow.schedule
        flight = _Flight(self.dataflow, self.processor.folds, self.in_flight)
        schedule.deliveries(images, flight.take)
        complete = np.array(flight.summed)[self.dataflow.windows - 1 :: self.dataflow.windows]
        return complete + STAGES - (int(schedule.memory.writes[0, 0]) - 1)

    @property
    def contract(self) -> Contract:
        flow, windows = self.dataflow, self.dataflow.windows
        operands = [input_stream.name for input_stream in self.processor.input_streams[:-1]]
        results = [output_stream.name for output_stream in self.output_streams]
        return Contract(
            "image",
            {"pixels": flow.schedule.pixels, **dict.fromkeys(operands, windows)},
            {**dict.fromkeys(results, windows), "patches": flow.patches},
            latency=int(self.deliveries(1)[0]),
            interval=max(self._intervals),
            varies="where in the words of the memory an image begins, and what is in flight then"
            if len(set(self._intervals)) > 1
            else "",
            ahead=(Ahead("patches", "sums", self._patches_ahead),),
        )

    @property
    def _patches_ahead(self) -> int:
        """Patches that leave without any sums: each finds room for as many windows as one has."""
        flow, waiting, patches = self.dataflow, 0, 0
        for windows in cycle([flow.parallel] * (len(flow.first_windows) - 1) + [flow.tail]):
            if waiting > self.most_waiting - flow.parallel:
                break
            waiting, patches = waiting + windows, patches + 1
        return patches

    def variation(self, sent: Traffic, got: Traffic) -> Variation | None:
        contract = self.contract
        if not contract.varies:
            return None
        images = count(sent["pixels"]) // self.dataflow.schedule.pixels
        busy = np.diff(self.deliveries(images), prepend=0)
        return Variation(np.concatenate([[contract.interval], busy[1:]])[:images], {})

    @property
    def inventory(self) -> Inventory:
        bits = self.most_waiting.bit_length()
        flight = register(bits) + adder(bits, 1, bits) + Inventory(gates=2 * bits + 2)
        return super().inventory + flight


class _Flight:
    """When rows are taken where at most ``most`` patches wait for their sums, which take
    ``folds`` cycles each to be processed and are there as soon as their patch has left.
    """

    def __init__(self, flow: DataflowControllerSpec, folds: int, most: int) -> None:
        self.folds, self.most = folds, most
        self.summed: list[int] = []
        """The cycle in which each of the sums is accepted."""
        self._parallel = flow.parallel
        self._sizes = cycle([flow.parallel] * (len(flow.first_windows) - 1) + [flow.tail])
        self._complete, self._size = 0, next(self._sizes)
        self._left = 0

    def take(self, there: int, complete: bool) -> int:
        taken_at = max(there, self._left)
        self._complete += complete
        if self._complete == self._size:
            before = len(self.summed) - (self.most - 1) * self._parallel
            again = self.summed[before - 1] + 1 if before > 0 else 0
            self._left = max(taken_at + ROW_TO_PATCH, again)
            for _ in range(self._size):
                free = self.summed[-1] + 1 if self.summed else 0
                self.summed.append(max(self._left + 1, free) + self.folds - 1)
            self._complete, self._size = 0, next(self._sizes)
        return taken_at
