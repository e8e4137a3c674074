"""Small compositions of adapters and adders."""

from collections.abc import Mapping
from typing import Any, ClassVar

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.wires import Constant, Lanes, Wire
from neuroloom.hdl.composition import component_of
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate


class Drawn(Composition):
    """Any parts and wires, given as they are."""

    macro: ClassVar[str] = "drawn"
    summary: ClassVar[str] = "of a test"
    source: ClassVar[str] = "none"

    chosen: Any
    joined: Any = ()
    opened: Any
    loaded: Any = ()
    takes: Any = ()
    gives: Any = ()

    @property
    def parts(self) -> Mapping[str, Spec]:
        return dict(self.chosen)

    @property
    def wires(self) -> tuple[Wire, ...]:
        return tuple(self.joined)

    @property
    def outer(self) -> Mapping[str, Any]:
        return dict(self.opened)

    @property
    def constants(self) -> tuple[Constant, ...]:
        return tuple(self.loaded)

    @property
    def contract(self) -> Contract:
        gives = dict(self.gives) or {stream.name: 1 for stream in self.output_streams}
        return Contract("token", dict(self.takes), gives, latency=1, interval=1, contention="-")


def adapter(input_lanes: int, output_lanes: int, length: int | None = None) -> WidthAdapterSpec:
    return WidthAdapterSpec(
        length=length or max(input_lanes, output_lanes),
        input_lanes=input_lanes,
        output_lanes=output_lanes,
        bits=6,
    )


def words(name: str, direction: Any, lanes: int) -> Stream:
    return Stream(name, direction, (Field("data", 6, "numbers", lanes=lanes),), "rows of numbers")


def halves(first: int = 2, crossed: bool = False) -> Drawn:
    """Rows of four: both halves number by number, side by side."""
    ends = ["low.repacked", "high.repacked"]
    return Drawn(
        chosen=(("low", adapter(2, 1)), ("high", adapter(2, 1))),
        joined=(
            Wire((Lanes("rows", 0, 2),), "low.packed", 2),
            Wire((Lanes("rows", first, 2),), "high.packed"),
            Wire(tuple(Lanes(end, 0, 1) for end in (ends[::-1] if crossed else ends)), "pairs"),
        ),
        opened=(("rows", words("rows", "in", 4)), ("pairs", words("pairs", "out", 2))),
        takes=(("rows", 1),),
        gives=(("pairs", 2),),
    )


def sums(levels: int) -> Drawn:
    """The halves of every row, through adapters ``levels`` compositions deep."""
    if not levels:
        return halves()
    return Drawn(
        chosen=(("wide", adapter(4, 2)), ("back", adapter(2, 4)), ("inner", sums(levels - 1))),
        joined=(Wire("wide.repacked", "back.packed", 1), Wire("back.repacked", "inner.rows")),
        opened=(("rows", "wide.packed"), ("pairs", "inner.pairs")),
        takes=(("rows", 1),),
        gives=(("pairs", 2),),
    )


def loaded(weights: Integers, crossed: bool = False) -> Drawn:
    """Two layers with constant weights take every vector; scores of both are side by side."""
    layer = BnnLayerSpec(
        inputs=5,
        neurons=3,
        pe=1,
        simd=5,
        output=LayerOutput.SCORES,
        parameters=ParameterSource.LOADED,
    )
    constants = [
        Constant(f"{name}.weights", layer.parameter_tokens(each, None)["weights"])
        for name, each in zip(("one", "other"), weights[:: -1 if crossed else 1], strict=True)
    ]
    return Drawn(
        chosen=(("one", layer), ("other", layer)),
        loaded=tuple(constants),
        joined=(
            Wire("vectors", "one.activations"),
            Wire("vectors", "other.activations", 1),
            Wire((Lanes("one.result"), Lanes("other.result")), "scores"),
        ),
        opened=(
            ("vectors", Stream("vectors", "in", layer.streams[0].fields, "bits")),
            ("scores", Stream("scores", "out", (Field("pair", 3, "of both", lanes=2),), "pairs")),
        ),
        takes=(("vectors", 1),),
        gives=(("scores", 3),),
    )


def played(spec: Drawn, *sent: Traffic, hardware: Drawn | None = None) -> None:
    """BenchError where the hardware of a specification does not give what the model gives for
    traffic with gaps.
    """

    async def play(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        for traffic in sent:
            await bench.send(traffic)

    simulate(FlatPorts(component_of(hardware or spec)), play)
