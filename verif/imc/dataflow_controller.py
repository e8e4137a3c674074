"""Stimulus for ``dataflow_controller``."""

from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.ports import Traffic
from neuroloom.verif.imc.input_memory import (
    LONGEST,
    corner_images,
    pixels_of,
    random_fields,
    toggled,
)
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, random_tokens


class DataflowControllerStimulus(Stimulus[DataflowControllerSpec]):
    """Images of one pixel, of all but one, of numbered pixels; then random ones."""

    operations = 15

    def corners(self) -> Traffic:
        return pixels_of(self.spec, corner_images(self.spec))

    def random(self, rng: Rng, operations: int) -> Traffic:
        images = operations * self.spec.schedule.pixels
        return {"pixels": random_tokens(self.spec.input_streams[0], rng, images)}

    def coverage(self) -> list[Cover]:
        return [Cover("every bit of a patch's pixels was 0 and 1", self._toggled)]

    def _toggled(self, sent: Traffic, got: Traffic) -> bool:
        """Whether each bit was 0 and 1 in the last patch of an image, where that is not padding."""
        return toggled(self.spec, got["patches"]["values"], self.spec.patches)

    @classmethod
    def random_spec(cls, rng: Rng) -> DataflowControllerSpec:
        while True:
            fields = random_fields(rng)
            fits = fields["kernel"] % 2 == 1 and fields["padding"] == fields["kernel"] // 2
            fields["residual"] = bool(fits and rng.integers(3))
            spec = DataflowControllerSpec.model_validate(fields)
            if rng.integers(2):
                most = min(spec.schedule.windows_along, 64)
                fields["parallel"] = int(rng.integers(1, most + 1))
                spec = DataflowControllerSpec.model_validate(fields)
            if spec.contract.interval <= LONGEST:
                return spec
