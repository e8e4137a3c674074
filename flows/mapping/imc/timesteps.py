"""When every activation is computed: Algorithm 1 of Dazzi et al. 2021, core by core.

A core computes, or pools, a tile of neighbouring pixels in a timestep as soon as all their patches
and residuals are there. Tiles go down a column, then to the next one. Timesteps count from 1, in
which the first tile of the image arrives. Padding is there from the start and takes no time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroloom.flows.mapping.imc.cores import MappedLayer
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, Wired

Times = NDArray[np.int64]


@dataclass(frozen=True)
class TransferTiming:
    """What a transfer takes [timestep]; 0 is within the timestep of the computation."""

    delivery: int = 1
    """Timesteps of an activation to the next core."""
    partial_sum: int = 1
    """Timesteps of a partial sum to the core that adds its own."""


@dataclass(frozen=True)
class LayerPace:
    """How a layer computes: a tile of rows and columns a timestep, its sum over so many cores."""

    tile: tuple[int, int] = (1, 1)
    parts: int = 1
    whole: bool = True
    """A tile waits for all of its patches; otherwise as many pixels of a column as a tile has are
    computed in a timestep, each as soon as its own patch is there."""


@dataclass(frozen=True)
class LayerActivity:
    """A layer at work."""

    layer: str
    computed: Times
    """Timestep of every activation: (images, height, width)."""
    columns: int
    """Columns of the input memory with which no pixel is overwritten before its last use, that of
    the residual included."""
    waiting: int
    """Most residual pixels that wait in the core itself, since no input memory holds them."""

    def finished(self, image: int = 0) -> int:
        """Timestep of an image's last activation."""
        return int(self.computed[image].max())

    def progress(self, image: int = 0) -> Times:
        """Activations computed until the end of every timestep from 0 on."""
        return np.cumsum(np.bincount(self.computed[image].ravel()))


def paces(layers: Sequence[MappedLayer]) -> dict[str, LayerPace]:
    """Paces of mapped layers, by name."""
    return {layer.name: LayerPace(layer.tile, layer.parts) for layer in layers}


def simulate(
    network: ConvolutionalNetwork,
    pace: Mapping[str, LayerPace],
    timing: TransferTiming,
    images: int = 1,
) -> dict[str, LayerActivity]:
    """All layers by name. Images follow each other without a gap, in tiles of the first layer.

    KeyError for a layer without pace.
    """
    first = network.wired[0]
    image = np.zeros((images, first.given.height, first.given.width), np.int64)
    arrived: dict[str | None, Times] = {None: _in_order(image, pace[first.name])}
    computed: dict[str, Times] = {}
    for wired in network.wired:
        ready = _patches(wired, arrived[wired.source])
        late = (pace[wired.name].parts - 1) * timing.partial_sum
        if wired.residual is not None:
            delivered = computed[wired.residual] + timing.delivery
            if network.holders.get(wired.residual, wired.name) != wired.name:
                delivered = delivered + timing.delivery  # from the core whose memory holds it
            ready = np.maximum(ready, delivered - late)
        computed[wired.name] = _in_order(ready, pace[wired.name]) + late
        arrived[wired.name] = computed[wired.name] + timing.delivery
    return {
        wired.name: LayerActivity(
            wired.name,
            computed[wired.name],
            _columns(network, wired, arrived[wired.source], computed, timing),
            _waiting(network, wired, arrived, computed),
        )
        for wired in network.wired
    }


def _in_order(ready: Times, pace: LayerPace) -> Times:
    """Timestep of every pixel, in tiles or one by one."""
    if pace.whole:
        return _in_tiles(ready, pace.tile)
    most = pace.tile[0]
    times: list[int] = []
    for number, earliest in enumerate(ready.swapaxes(1, 2).ravel().tolist()):
        before = times[number - 1] if number else 1
        free = times[number - most] + 1 if number >= most else 1
        times.append(max(earliest, before, free))
    images, height, width = ready.shape
    return np.array(times, np.int64).reshape(images, width, height).swapaxes(1, 2)


def _in_tiles(ready: Times, tile: tuple[int, int]) -> Times:
    """Timestep of every pixel where one tile is computed a timestep, in order, when it is ready."""
    images, height, width = ready.shape
    rows, columns = -(-height // tile[0]), -(-width // tile[1])
    padded = np.zeros((images, rows * tile[0], columns * tile[1]), np.int64)
    padded[:, :height, :width] = ready
    tiles = padded.reshape(images, rows, tile[0], columns, tile[1]).max(axis=(2, 4))
    order = tiles.swapaxes(1, 2).ravel()
    numbers = np.arange(1, order.size + 1)
    times = numbers + np.maximum.accumulate(np.maximum(order - numbers, 0))
    patches: Times = times.reshape(images, columns, rows).swapaxes(1, 2)
    return patches.repeat(tile[0], axis=1).repeat(tile[1], axis=2)[:, :height, :width]


def _patches(wired: Wired, arrived: Times) -> Times:
    """Timestep from which on all pixels of every patch are there."""
    if not wired.windowed:
        whole: Times = arrived.max(axis=(1, 2), keepdims=True)
        return whole
    ready = np.zeros((len(arrived), wired.made.height, wired.made.width), np.int64)
    for view in _taps(_padded(arrived, wired.padding), wired):
        np.maximum(ready, view, out=ready)
    return ready


def _padded(times: Times, padding: int) -> Times:
    return np.pad(times, ((0, 0), (padding, padding), (padding, padding)))


def _taps(padded: Times, wired: Wired) -> list[Times]:
    """Views of a padded map: for each place of the kernel, the pixels that all patches have."""
    down, across = wired.stride * wired.made.height, wired.stride * wired.made.width
    return [
        padded[:, x : x + down : wired.stride, y : y + across : wired.stride]
        for x, y in np.ndindex(wired.kernel, wired.kernel)
    ]


def _columns(
    network: ConvolutionalNetwork,
    wired: Wired,
    arrived: Times,
    computed: dict[str, Times],
    timing: TransferTiming,
) -> int:
    if not wired.windowed:
        return 1  # the average is taken as pixels come
    used = _padded(arrived, wired.padding)
    for view in _taps(used, wired):
        np.maximum(view, computed[wired.name], out=view)
    inner = np.s_[:, wired.padding :, wired.padding :]
    used = used[inner][:, : wired.given.height, : wired.given.width].copy()
    if wired.source is not None and network.holders[wired.source] == wired.name:
        for other in network.wired:
            if other.residual == wired.source:
                np.maximum(used, computed[other.name] - timing.delivery, out=used)
    line = used.swapaxes(0, 1).reshape(wired.given.height, -1)  # columns of all images in a line
    stored = arrived.swapaxes(0, 1).reshape(wired.given.height, -1)
    # a column can be overwritten by the first one that comes after its last use
    places = np.arange(line.shape[1])
    later = [
        (np.searchsorted(came, last, side="right") - places).max()
        for came, last in zip(stored, line, strict=True)
    ]
    return max(1, int(max(later)))


def _waiting(
    network: ConvolutionalNetwork,
    wired: Wired,
    arrived: Mapping[str | None, Times],
    computed: dict[str, Times],
) -> int:
    if wired.residual is None or wired.residual in network.holders:
        return 0
    came = np.sort(arrived[wired.residual].ravel())
    went = np.sort(computed[wired.name].ravel())
    # a pixel that comes and goes in one timestep does not wait
    gone = np.searchsorted(went, came, side="right")
    return max(0, int((np.arange(1, came.size + 1) - gone).max()))
