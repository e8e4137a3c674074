"""What is proved of ``imc_core``: no sum is taken that was not asked for, and no patch leaves for
whose windows there is no room.
"""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed

from neuroloom.golden.imc.dataflow_controller import ROW_TO_PATCH, DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import STAGES, DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.verif.formal import Fault, Proof, Properties, implies


class ImcCoreProperties(Properties[ImcCoreSpec]):
    """Windows are counted from their patch to their sum, and sums from there to their result."""

    most_bits = 80

    def state(self, proof: Proof, component: Any) -> None:
        spec, m = self.spec, proof.m
        parallel, most = spec.dataflow.parallel, spec.most_waiting
        pixels, patches, sums, results = (
            getattr(component, name) for name in ("pixels", "patches", "sums", "results")
        )
        windows = patches.payload.windows if spec.dataflow.counted else C(parallel)
        leaves, comes, given = Signal(name="leaves"), Signal(name="comes"), Signal(name="given")
        m.d.comb += [
            leaves.eq(patches.valid & patches.ready),
            comes.eq(sums.valid & sums.ready),
            given.eq(results.valid & results.ready),
        ]
        # one bit more than is ever needed, so that a wrong count cannot wrap into a right one
        flight = Signal(signed((2 * most).bit_length() + 1), name="windows_in_flight")
        owed = Signal(signed(STAGES.bit_length() + 2), name="results_owed")
        m.d.sync += flight.eq(flight + Mux(leaves, windows, 0) - comes)
        m.d.sync += owed.eq(owed + comes - given)
        proof.always(
            "asked",
            "a sum is taken only for a window that has left",
            (flight >= 0) & implies(comes, flight > 0),
        )
        proof.always(
            "room",
            "a patch is shown only where all of its windows may wait",
            (flight <= most) & implies(patches.valid, flight <= most - parallel),
        )
        proof.always(
            "results",
            "a result is shown only for a sum that was taken, and no more of "
            "them wait than there are registers",
            implies(results.valid, owed > 0) & (owed <= STAGES),
        )
        proof.at_most(
            "leaves",
            "a sum that was taken leaves as a result when it is accepted",
            counted=results.ready & (owed > 0),
            cleared=given,
            limit=STAGES,
        )
        taken = pixels.valid & pixels.ready
        free: list[Value] = [pixels.valid, patches.ready, flight <= most - parallel]
        if spec.dataflow.residual:
            free.append(component.forwarded.ready)
        proof.at_most(
            "moves",
            "while pixels are offered, patches accepted and windows may leave something "
            "moves every few cycles",
            counted=Cat(free).all(),
            cleared=taken | leaves,
            limit=self._patience,
        )
        self._sums(proof, component, flight, comes)
        proof.can("full", "as many windows as may are on their way", flight == most)
        if spec.in_flight > 1:
            proof.can("through", "a patch leaves while a sum comes", leaves & comes)

    def _sums(self, proof: Proof, component: Any, flight: Value, comes: Value) -> None:
        spec, m, loads = self.spec.processor, proof.m, component.coefficients
        row, loaded = Signal(range(spec.folds + 1), name="rows_loaded"), Signal(name="loaded")
        with m.If(loads.valid & loads.ready):
            last = row == spec.folds - 1
            m.d.sync += [row.eq(Mux(last, 0, row + 1)), loaded.eq(loaded | last)]
        operands = [getattr(component, stream.name) for stream in spec.input_streams[:-1]]
        waits = [
            *(operand.valid for operand in operands),
            flight > 0,
            component.results.ready,
            loaded,
            row == 0,
            ~loads.valid,
        ]
        proof.at_most(
            "takes",
            "a sum that was asked for is taken once there are coefficients",
            counted=Cat(waits).all(),
            cleared=comes,
            limit=spec.folds + 1,
        )

    @property
    def _patience(self) -> int:
        """A pixel, a row, the rows of padding between, and the patch."""
        flow = self.spec.dataflow
        memory = flow.input_memory
        rows = memory.most_writes + memory.most_reads + 2 * flow.padding + 1
        return flow.kernel * rows + ROW_TO_PATCH

    def faults(self) -> list[Fault]:
        def unasked(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.sums.ready.eq(1)

        def eager(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.sums.valid.eq(1), outer.sums.ready.eq(0)]

        def invented(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += outer.results.valid.eq(1)

        def lost(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [outer.results.valid.eq(0), inner.results.ready.eq(1)]

        def shut(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.pixels.valid.eq(0), outer.pixels.ready.eq(0)]

        def deaf(m: Module, inner: Any, outer: Any) -> None:
            m.d.comb += [inner.sums.valid.eq(0), outer.sums.ready.eq(0)]

        return [
            Fault("unasked", "every sum is taken", self.tampered(unasked), ("asked",)),
            Fault("eager", "patches leave as if sums came", self.tampered(eager), ("room",)),
            Fault("invented", "a result is always shown", self.tampered(invented), ("results",)),
            Fault("lost", "no result is shown", self.tampered(lost), ("leaves",)),
            Fault("shut", "no pixel is taken", self.tampered(shut), ("moves",)),
            Fault("deaf", "no sum is taken", self.tampered(deaf), ("takes",)),
        ]

    @classmethod
    def small_specs(cls) -> list[ImcCoreSpec]:
        def spec(flow: dict[str, Any], work: dict[str, Any], in_flight: int) -> ImcCoreSpec:
            tiny = {"channels": 1, "bits": 1, "word_bits": 1, "kernel": 2, "padding": 0}
            narrow = {
                "channels": 1,
                "units": 1,
                "sum_bits": 2,
                "scale_bits": 2,
                "offset_bits": 1,
                "shift": 0,
                "bits": 1,
            }
            return ImcCoreSpec(
                dataflow=DataflowControllerSpec.model_validate({**tiny, **flow}),
                processor=DigitalProcessorSpec.model_validate({**narrow, **work}),
                in_flight=in_flight,
            )

        return [
            spec({"height": 2, "width": 2, "kernel": 1}, {}, 1),
            spec(
                {"height": 3, "width": 1, "kernel": 1, "parallel": 2, "residual": True},
                {"channels": 2, "partial": True},
                2,
            ),
            spec({"height": 1, "width": 1, "padding": 1}, {"units": 1, "residual": True}, 2),
        ]
