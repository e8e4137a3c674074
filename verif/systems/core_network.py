"""Stimulus for ``core_network``."""

import numpy as np

from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.ports import Traffic
from neuroloom.golden.systems.core_network import CoreNetworkSpec
from neuroloom.golden.systems.network_node import Node, Tap
from neuroloom.verif.imc.dataflow_controller import DataflowControllerStimulus
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


class CoreNetworkStimulus(Stimulus[CoreNetworkSpec]):
    """A dark image and a bright one, then random ones. Nothing is promised of cycles."""

    operations = 12

    def corners(self) -> Traffic:
        field = self.spec.input_streams[0].fields[0]
        shape = field.shape(self.spec.pixels)
        ends = [np.full(shape, value, np.int64) for value in (field.minimum, field.maximum)]
        return {"pixels": {"values": np.concatenate(ends)}}

    def random(self, rng: Rng, operations: int) -> Traffic:
        pixels = operations * self.spec.pixels
        return {"pixels": random_tokens(self.spec.input_streams[0], rng, pixels)}

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        return self.random(rng, 0)

    def coverage(self) -> list[Cover]:
        return [Cover("results differ", lambda _, got: np.ptp(got["results"]["values"]) > 0)]

    @classmethod
    def random_spec(cls, rng: Rng) -> CoreNetworkSpec:
        """Sums of a crossbar behind its controller; cores and pools come from networks."""
        flow = DataflowControllerStimulus.random_spec(rng)
        flow = flow.model_copy(update={"residual": False})
        by_row = flow.order == "rows"
        crossbar = CrossbarSpec(
            rows=flow.kernel**2 * flow.channels,
            columns=2,
            windows=flow.parallel,
            counted=flow.counted,
            blocks=flow.kernel if by_row else 1,
            step=flow.stride * flow.channels * (1 if by_row else flow.kernel),
            input_bits=flow.bits,
            weight_bits=3,
            replicated=bool(rng.integers(2)),
        )
        weights = rng.integers(-4, 4, crossbar.rows * 2).tolist()
        node = Node(
            name="sums",
            sources=(Tap(channels=flow.channels),),
            dataflow=flow,
            crossbar=crossbar,
            weights=tuple(weights),
        )
        return CoreNetworkSpec(nodes=(node,), results=(Tap(node="sums", channels=2),))
