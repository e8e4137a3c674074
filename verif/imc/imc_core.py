"""Stimulus for ``imc_core``."""

from collections.abc import Collection

import numpy as np

from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.ports import Traffic
from neuroloom.verif.imc.dataflow_controller import DataflowControllerStimulus
from neuroloom.verif.imc.digital_processor import DigitalProcessorStimulus
from neuroloom.verif.landmarks import Landmark, told
from neuroloom.verif.stimulus import Cover, Rng, Stimulus

LONGEST = 80
"""Cycles that an image of a random specification takes at most."""


class ImcCoreStimulus(Stimulus[ImcCoreSpec]):
    """The pixels of the controller's stimulus with sums of the processor's."""

    operations = 10

    def __init__(self, spec: ImcCoreSpec) -> None:
        super().__init__(spec)
        self._flow = DataflowControllerStimulus(spec.dataflow)
        self._work = DigitalProcessorStimulus(spec.processor)

    def setup(self, rng: Rng) -> Traffic | None:
        none = np.zeros((0, self.spec.dataflow.channels), np.int64)
        return {"pixels": {"values": none}, **(self._work.setup(rng) or {})}

    def corners(self) -> Traffic:
        pixels = self._flow.corners()
        windows = self.spec.dataflow.windows
        images = len(pixels["pixels"]["values"]) // self.spec.dataflow.schedule.pixels
        corners = self._work.corners()
        return {
            **pixels,
            **{
                name: {
                    "values": np.resize(
                        tokens["values"], (images * windows, self.spec.processor.channels)
                    )
                }
                for name, tokens in corners.items()
            },
        }

    def random(self, rng: Rng, operations: int) -> Traffic:
        pixels = self._flow.random(rng, operations)
        return {**pixels, **self._work.random(rng, operations * self.spec.dataflow.windows)}

    def landmarks(self) -> Collection[Landmark]:
        return told(self.spec.model(), {**self.corners(), "coefficients": self._work.aiming})

    def coverage(self) -> list[Cover]:
        def both_signs(sent: Traffic, _: Traffic) -> bool:
            sums = sent["sums"]["values"]
            return bool(sums.min() < 0 < sums.max())

        return [*self._flow.coverage(), Cover("sums below and above zero", both_signs)]

    @classmethod
    def random_spec(cls, rng: Rng) -> ImcCoreSpec:
        while True:
            spec = ImcCoreSpec(
                dataflow=DataflowControllerStimulus.random_spec(rng),
                processor=DigitalProcessorStimulus.random_spec(rng),
                in_flight=int(rng.integers(1, 5)),
            )
            if spec.contract.interval <= LONGEST:
                return spec
