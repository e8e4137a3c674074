"""Mapped layers and their integers to a network of cores.

::

    layer            a node for each core: rows of its matrix split over cores are a chain, whose
                     first nodes hand on sums and whose last one scales, adds and rectifies
      image, layers  -> taps: slices of channels of earlier nodes, side by side as a core takes them
      pooling        -> one node without a crossbar
      connected      -> the average of all pixels before it, as one node more
      residual       -> taps of a node that holds those pixels anyway, else of those that make them

A residual waits as long as the layers between it and its sum take. The controller of the layer that
reads the same pixels has them in its memory for that time, and forwards them when they leave; that
needs every pixel to be the middle of one window, so an odd kernel, stride 1 and full padding.
"""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from pydantic import ValidationError

from neuroloom.flows.mapping.imc.cores import Chip, Core, MappedLayer
from neuroloom.flows.mapping.imc.hardware import simulated
from neuroloom.flows.networks.convolutional import FullyConnected, Pooling
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.networks.parameters import LayerParameters
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.input_memory import Order
from neuroloom.golden.imc.pixel_pool import Operation, PixelPoolSpec
from neuroloom.golden.systems.core_network import CoreNetworkSpec
from neuroloom.golden.systems.network_node import Node, Tap


@dataclass(frozen=True)
class Style:
    """What the mapping leaves open."""

    timestep: int = 50
    """Cycles from an operation of a crossbar to the next one: 100 ns at 500 MHz."""
    columns_a_cycle: int = 4
    """Columns of a crossbar that are computed in a cycle, at most: it takes the largest divisor."""
    channels_a_cycle: int = 8
    """Channels of a digital processor or a pool, in the same way."""
    replicated: bool = True
    """A crossbar holds a kernel for each pixel that it computes at once; without replicas one
    kernel computes them in turn, within the timestep."""
    in_flight: int = 2
    """Patches at a crossbar whose sums are not there yet."""
    order: Order = Order.COLUMNS


@dataclass(frozen=True, eq=False)
class CoreSystem:
    """A network of cores."""

    spec: CoreNetworkSpec
    nodes: Table[str, tuple[str, ...]]
    """Nodes that give the pixels of a layer, side by side, by its name."""
    network: IntegerNetwork
    style: Style

    @cached_property
    def simulated(self) -> str:
        """Its Verilog for simulations."""
        return simulated(self.spec)

    @property
    def burst(self) -> int:
        """Pixels of the image that come in a timestep."""
        flow = self.spec.first.flow
        return 1 if flow is None else flow.parallel


def assemble(
    network: IntegerNetwork,
    layers: Sequence[MappedLayer],
    chip: Chip,
    parallel: Table[str, int] | None = None,
    style: Style | None = None,
    observed: bool = False,
) -> CoreSystem:
    """Each core of the mapping as a node, and a pool before the fully connected layer.

    ``parallel`` has the pixels of a column that a layer computes at once, by default those of its
    mapping. UsageError for tiles of several columns, for pixels between layers that are signed,
    and in the words of the part that cannot be built.
    """
    try:
        return _Assembly(network, layers, chip, dict(parallel or {}), style or Style()).system(
            observed
        )
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise UsageError(f"{network.network.name} cannot be built: {message}") from None


class _Assembly:
    def __init__(
        self,
        network: IntegerNetwork,
        layers: Sequence[MappedLayer],
        chip: Chip,
        parallel: dict[str, int],
        style: Style,
    ) -> None:
        self.network, self.layers, self.chip, self.style = network, layers, chip, style
        self.parallel = parallel
        self.mapped = {layer.name: layer for layer in layers}
        self.nodes: list[Node] = []
        self.results: dict[str, list[tuple[range, str]]] = {}
        """Output channels of each layer, and the node that gives them."""
        self.forwarding = {
            layer.wired.residual: self._holder(layer)
            for layer in layers
            if layer.wired.residual is not None
        }

    def system(self, observed: bool) -> CoreSystem:
        for layer in self.layers:
            self._layer(layer)
        wired = self.layers[-1].wired
        results = tuple(self._taps(wired.name, range(wired.made.channels)))
        spec = CoreNetworkSpec(nodes=tuple(self.nodes), results=results, observed=observed)
        names = {name: tuple(node for _, node in result) for name, result in self.results.items()}
        return CoreSystem(spec, names, self.network, self.style)

    def _holder(self, layer: MappedLayer) -> str | None:
        """The layer that forwards the residual of another, if its controller meets all pixels."""
        # a layer cannot wait for what it forwards itself
        name = self.network.network.holders.get(layer.wired.residual or "")
        if name is None or name == layer.name:
            return None
        wired = self.mapped[name].wired
        whole = wired.kernel % 2 == 1 and wired.padding == wired.kernel // 2 and wired.stride == 1
        return name if whole and not isinstance(wired.layer, Pooling) else None

    def _layer(self, layer: MappedLayer) -> None:
        wired = layer.wired
        if layer.tile[1] != 1:
            raise UsageError(
                f"layer {layer.name!r} computes tiles of {layer.tile[1]} columns; controllers "
                "compute pixels of one column at once: map with tiles one column wide"
            )
        if wired.source is not None and self.network.made(wired.source).signed:
            raise UsageError(
                f"layer {wired.source!r} makes signed pixels, which only the last layer may"
            )
        if isinstance(wired.layer, Pooling):
            self._pool(layer)
            return
        sources = self._taps(wired.source, range(wired.given.channels))
        if isinstance(wired.layer, FullyConnected) and wired.given.height * wired.given.width > 1:
            sources = [self._average(layer, sources)]
        results = []
        numbers = iter(range(len(layer.cores)))
        for _, group in groupby(layer.cores, key=lambda core: core.outputs.start):
            parts = list(group)
            partial = ""  # the node before in the chain, whose sums this one goes on with
            for part in parts:
                name = layer.name
                if len(layer.cores) > 1:
                    name += f".{next(numbers)}"
                taps = _slice(sources, part.inputs)
                self.nodes.append(self._core(layer, part, name, taps, partial, part is parts[-1]))
                partial = name
            results.append((parts[-1].outputs, partial))
        self.results[layer.name] = results

    def _core(
        self,
        layer: MappedLayer,
        core: Core,
        name: str,
        sources: tuple[Tap, ...],
        partial: str,
        last: bool,
    ) -> Node:
        parameters = self.network.parameters[layer.name]
        flow = self._flow(layer, core, not isinstance(layer.wired.layer, FullyConnected))
        inputs = slice(core.inputs.start, core.inputs.stop)
        outputs = slice(core.outputs.start, core.outputs.stop)
        weights = parameters.weights[outputs, :, :, inputs]
        columns, rows = len(core.outputs), weights[0].size
        by_row = flow.order is Order.ROWS
        sum_bits = self.network.sum_bits(layer.name)
        crossbar = CrossbarSpec(
            rows=rows,
            columns=columns,
            windows=flow.parallel,
            counted=flow.counted,
            blocks=flow.kernel if by_row else 1,
            step=flow.stride * flow.channels * (1 if by_row else flow.kernel),
            input_bits=flow.bits,
            weight_bits=parameters.weight_bits,
            sum_bits=sum_bits,
            units=divisor(columns, self.style.columns_a_cycle),
            interval=self.style.timestep,
            replicated=self.style.replicated and flow.parallel > 1,
        )
        fields: dict[str, Any] = {
            "name": name,
            "sources": sources,
            "crossbar": crossbar,
            "weights": tuple(weights.reshape(-1).tolist()),
        }
        if not last and not partial:  # the chain begins: raw sums need no processor
            return Node(dataflow=flow, **fields)
        residual = layer.wired.residual if last else None
        added = () if residual is None else self._added(layer, residual, core.outputs)
        fields |= {"partial": partial, "residual": added}
        if last:
            fields["scale"] = tuple(parameters.scale[outputs].tolist())
            fields["offset"] = tuple(parameters.offset[outputs].tolist())
            processor = self._processor(parameters, columns, sum_bits)
        else:
            # within the chain a processor only adds: scale 1, offset 0, all bits of the sum
            fields["scale"], fields["offset"] = (1,) * columns, (0,) * columns
            processor = {
                "channels": columns,
                "sum_bits": sum_bits,
                "scale_bits": 2,
                "offset_bits": 1,
                "shift": 0,
                "relu": False,
                "bits": sum_bits,
                "signed": True,
                "units": divisor(columns, self.style.channels_a_cycle),
            }
        work = DigitalProcessorSpec.model_validate(
            {**processor, "partial": bool(partial), "residual": bool(added)}
        )
        spec = ImcCoreSpec(dataflow=flow, processor=work, in_flight=self.style.in_flight)
        return Node(core=spec, **fields)

    def _processor(
        self, parameters: LayerParameters, channels: int, sum_bits: int
    ) -> dict[str, Any]:
        return {
            "channels": channels,
            "sum_bits": sum_bits,
            "scale_bits": parameters.scale_bits,
            "offset_bits": parameters.offset_bits,
            "shift": parameters.shift,
            "relu": parameters.relu,
            "bits": parameters.bits,
            "signed": parameters.signed,
            "units": divisor(channels, self.style.channels_a_cycle),
        }

    def _flow(self, layer: MappedLayer, core: Core, windows: bool) -> DataflowControllerSpec:
        wired = layer.wired
        return DataflowControllerSpec(
            height=wired.given.height if windows else 1,
            width=wired.given.width if windows else 1,
            channels=len(core.inputs),
            bits=self.network.given(layer.name).bits,
            kernel=wired.kernel,
            stride=wired.stride,
            padding=wired.padding,
            order=self.style.order,
            mapping=core.memory.mapping,
            word_bits=self.chip.word_bits,
            parallel=self.parallel.get(layer.name, layer.tile[0]) if windows else 1,
            residual=layer.name in self.forwarding.values() and core.outputs.start == 0,
        )

    def _pool(self, layer: MappedLayer) -> None:
        wired, core = layer.wired, layer.cores[0]
        assert isinstance(wired.layer, Pooling)
        flow = self._flow(layer, core, windows=True).model_copy(update={"parallel": 1})
        pool = PixelPoolSpec(
            channels=flow.channels,
            units=divisor(flow.channels, self.style.channels_a_cycle),
            bits=flow.bits,
            pixels=flow.kernel**2,
            operation=wired.layer.operation,
        )
        sources = tuple(self._taps(wired.source, core.inputs))
        self.nodes.append(Node(name=layer.name, sources=sources, dataflow=flow, pool=pool))
        self.results[layer.name] = [(core.outputs, layer.name)]

    def _average(self, layer: MappedLayer, sources: list[Tap]) -> Tap:
        """The average of all pixels, before the fully connected layer."""
        given = layer.wired.given
        pool = PixelPoolSpec(
            channels=given.channels,
            pixels=1,
            tokens=given.height * given.width,
            units=divisor(given.channels, self.style.channels_a_cycle),
            bits=self.network.given(layer.name).bits,
            operation=Operation.AVERAGE,
        )
        name = f"{layer.name} average"
        self.nodes.append(Node(name=name, sources=tuple(sources), pool=pool))
        return Tap(node=name, channels=given.channels)

    def _added(self, layer: MappedLayer, residual: str, wanted: range) -> tuple[Tap, ...]:
        """The channels of a residual, from those that forward it or from those that make it."""
        holder = self.forwarding[residual]
        if holder is None:
            return tuple(self._taps(residual, wanted))
        cores = [core for core in self.mapped[holder].cores if core.outputs.start == 0]
        single = len(self.mapped[holder].cores) == 1
        taps = [
            Tap(
                node=holder if single else f"{holder}.{number}",
                channels=len(core.inputs),
                forwarded=True,
            )
            for number, core in enumerate(cores)
        ]
        return _slice(taps, wanted)

    def _taps(self, source: str | None, wanted: range) -> list[Tap]:
        """Channels of the pixels of a layer, or of the image."""
        if source is None:
            return [Tap(first=wanted.start, channels=len(wanted))]
        taps = [Tap(node=node, channels=len(outputs)) for outputs, node in self.results[source]]
        return list(_slice(taps, wanted))


def _slice(taps: Sequence[Tap], wanted: range) -> tuple[Tap, ...]:
    """The part of some channels side by side that is wanted."""
    slices, at = [], 0
    for tap in taps:
        first, last = max(wanted.start, at), min(wanted.stop, at + tap.channels)
        if first < last:
            slices.append(
                tap.model_copy(update={"first": tap.first + first - at, "channels": last - first})
            )
        at += tap.channels
    return tuple(slices)


def divisor(number: int, most: int) -> int:
    """The largest divisor of a number that is at most ``most``."""
    return max(part for part in range(1, min(number, most) + 1) if number % part == 0)
