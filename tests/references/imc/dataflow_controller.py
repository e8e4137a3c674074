"""Patches of an image, pixel by pixel."""

from typing import Any

from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.input_memory import Order
from references.imc.input_memory import Image, images, pixel
from references.plain import Lists

KIND = "plain integers"


class Patches:
    """What one run gives."""

    def __init__(self, spec: DataflowControllerSpec) -> None:
        self.spec = spec
        self.tokens: dict[str, list[Any]] = {"values": [], "windows": [], "last": []}
        self.middles: list[list[int]] = []

    def take(self, image: Image) -> None:
        spec = self.spec
        across = range(-spec.padding, len(image) + spec.padding - spec.kernel + 1, spec.stride)
        along = range(-spec.padding, len(image[0]) + spec.padding - spec.kernel + 1, spec.stride)
        for line in across:
            complete = 0
            while complete < len(along):
                new = min(spec.parallel, len(along) - complete)
                complete += new
                places = range(along[complete - spec.parallel], along[complete - 1] + spec.kernel)
                self.tokens["values"].append(self.patch(image, line, places))
                self.tokens["windows"].append(new)
                self.tokens["last"].append(int(line == across[-1] and complete == len(along)))
            centre = spec.kernel // 2
            self.middles += [pixel(spec, image, line + centre, at + centre) for at in along]

    def patch(self, image: Image, line: int, places: range) -> list[int]:
        """As rows and columns of the image, whichever its lines are."""
        lines = range(line, line + self.spec.kernel)
        if self.spec.order is Order.ROWS:
            order = [(across, along) for across in lines for along in places]
        else:
            order = [(across, along) for along in places for across in lines]
        return [value for at in order for value in pixel(self.spec, image, *at)]


def expected(spec: DataflowControllerSpec, _: Lists, sent: Lists) -> Lists:
    run = Patches(spec)
    for image in images(spec, sent["pixels"]["values"]):
        run.take(image)
    if set(run.tokens["windows"]) == {spec.parallel}:
        del run.tokens["windows"]
    forwarded = {"residual": {"values": run.middles}} if spec.residual else {}
    return {"patches": run.tokens, **forwarded}
