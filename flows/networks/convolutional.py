"""A convolutional network as its layers: shapes, sources and residual paths."""

from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from neuroloom.flows.tools.frozen import Frozen
from neuroloom.golden.imc.pixel_pool import Operation
from neuroloom.golden.wording import quoted

MOST_PIXELS = 1 << 18
"""Most pixels of an image: timesteps of every one are kept."""


class Shape(NamedTuple):
    """Shape of a feature map."""

    height: int
    width: int
    channels: int

    def __str__(self) -> str:
        return f"{self.height}×{self.width}×{self.channels}"


class Image(Frozen):
    """What the network is shown."""

    height: int = Field(ge=1, le=1024, description="rows [pixel]")
    width: int = Field(ge=1, le=1024, description="columns [pixel]")
    channels: int = Field(ge=1, le=4096, description="channels of a pixel")


class _Named(Frozen):
    name: str = Field(min_length=1, max_length=40)
    source: str | None = Field(
        default=None, description="layer whose output it takes; the one before it, or the image"
    )


class _Weighted(_Named):
    channels: int = Field(ge=1, le=4096, description="output channels")


class Convolution(_Weighted):
    """A convolution, then batch normalization, a residual that is added, and ReLU."""

    kind: Literal["convolution"] = "convolution"
    kernel: int = Field(default=3, ge=1, le=15, description="rows and columns of the kernel")
    stride: int = Field(default=1, ge=1, le=8, description="pixels from patch to patch")
    padding: int = Field(default=0, ge=0, le=14, description="zero pixels around the input")
    residual: str | None = Field(default=None, description="layer whose output is added")


class Pooling(_Named):
    """The maximum or average of windows of each channel; it has no weights.

    Rows and columns that fill no window are left out. Zeros of padding are pixels too: an average
    counts them, and a maximum over them is that of the map, whose pixels are not negative.
    """

    kind: Literal["pooling"] = "pooling"
    operation: Operation = Field(default=Operation.MAX, description="max, average")
    kernel: int = Field(default=2, ge=1, le=7, description="rows and columns of a window")
    stride: int | None = Field(
        default=None, ge=1, le=8, description="pixels from window to window; as many as kernel"
    )
    padding: int = Field(default=0, ge=0, le=6, description="zero pixels around the input")


class FullyConnected(_Weighted):
    """The average of all pixels, then a matrix. The last layer.

    A matrix over all pixels is a convolution whose kernel is as large as the feature map.
    """

    kind: Literal["fully_connected"] = "fully_connected"


Layer = Annotated[Convolution | Pooling | FullyConnected, Field(discriminator="kind")]


class Wired(NamedTuple):
    """A layer with what it is given. ``source`` is None for the image."""

    layer: Layer
    source: str | None
    given: Shape
    made: Shape

    @property
    def name(self) -> str:
        return self.layer.name

    @property
    def windowed(self) -> bool:
        """Whether it takes windows of pixels, not all at once."""
        return not isinstance(self.layer, FullyConnected)

    @property
    def kernel(self) -> int:
        return 1 if isinstance(self.layer, FullyConnected) else self.layer.kernel

    @property
    def stride(self) -> int:
        if isinstance(self.layer, FullyConnected):
            return 1
        return self.layer.stride or self.layer.kernel

    @property
    def padding(self) -> int:
        return 0 if isinstance(self.layer, FullyConnected) else self.layer.padding

    @property
    def residual(self) -> str | None:
        return self.layer.residual if isinstance(self.layer, Convolution) else None

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns of the kernel matrix; none of a pooling layer."""
        if isinstance(self.layer, Pooling):
            return 0, 0
        return self.kernel**2 * self.given.channels, self.made.channels


class ConvolutionalNetwork(Frozen):
    """Layers in an order in which each comes after those it takes from.

    ValueError names the layer that does not fit.
    """

    name: str = Field(min_length=1, max_length=80)
    image: Image
    layers: tuple[Layer, ...] = Field(min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.image.height * self.image.width > MOST_PIXELS:
            raise ValueError(f"an image of more than {MOST_PIXELS} pixels is too large")
        unused = {wired.name for wired in self.wired[:-1]}
        for wired in self.wired:
            unused -= {wired.source, wired.residual}
        if unused:
            name = next(wired.name for wired in self.wired if wired.name in unused)
            raise ValueError(f"layer {name!r} is the source or residual of no other layer")
        return self

    @cached_property
    def wired(self) -> tuple[Wired, ...]:
        """All layers with the shapes of what they take and make."""
        shapes: dict[str, Shape] = {}
        found: list[Wired] = []
        image = Shape(self.image.height, self.image.width, self.image.channels)
        for layer in self.layers:
            if layer.name in shapes:
                raise ValueError(f"two layers are named {layer.name!r}")
            if found and isinstance(found[-1].layer, FullyConnected):
                raise ValueError(f"layer {found[-1].name!r} is fully connected and not the last")
            source = layer.source or (found[-1].name if found else None)
            if source is not None and source not in shapes:
                raise ValueError(
                    f"layer {layer.name!r}: its source {quoted(source)} is no layer before it"
                )
            entering = image if source is None else shapes[source]
            wired_layer = wire(layer, source, entering)
            _check_residual(wired_layer, shapes)
            shapes[layer.name] = wired_layer.made
            found.append(wired_layer)
        return tuple(found)

    def layer(self, name: str) -> Wired:
        """KeyError where there is none of that name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Wired]:
        return {wired.name: wired for wired in self.wired}

    @cached_property
    def holders(self) -> dict[str, str]:
        """The layer in whose input memory the output of a layer lies, where there is one."""
        last_uses: dict[str, str] = {}
        for wired in self.wired:
            # a kernel of one pixel frees a pixel at once: another layer keeps it longer
            known = last_uses.get(wired.source or "")
            if wired.source and (known is None or wired.kernel > self.layer(known).kernel):
                last_uses[wired.source] = wired.name
        return last_uses


def wire(layer: Layer, source: str | None, entering: Shape) -> Wired:
    """A layer with the shape that it makes of the given one. ValueError where it does not fit."""
    wired = Wired(layer, source, entering, Shape(1, 1, entering.channels))
    channels = entering.channels if isinstance(layer, Pooling) else layer.channels
    if not wired.windowed:
        return wired._replace(made=Shape(1, 1, channels))
    if wired.padding >= wired.kernel:
        raise ValueError(
            f"layer {wired.name!r}: padding={wired.padding} is not less than kernel={wired.kernel}"
        )
    sides = [side + 2 * wired.padding for side in (entering.height, entering.width)]
    if wired.kernel > min(sides):
        what = "padded input" if wired.padding else "input"
        raise ValueError(
            f"layer {wired.name!r}: kernel={wired.kernel} is more than the {min(sides)} pixels of "
            f"its {what} {entering}"
        )
    height, width = ((side - wired.kernel) // wired.stride + 1 for side in sides)
    return wired._replace(made=Shape(height, width, channels))


def _check_residual(wired: Wired, shapes: dict[str, Shape]) -> None:
    if wired.residual is None:
        return
    if wired.residual not in shapes:
        raise ValueError(
            f"layer {wired.name!r}: its residual {quoted(wired.residual)} is no layer before it"
        )
    if shapes[wired.residual] != wired.made:
        raise ValueError(
            f"layer {wired.name!r} makes {wired.made}, its residual {quoted(wired.residual)} "
            f"{shapes[wired.residual]}"
        )
