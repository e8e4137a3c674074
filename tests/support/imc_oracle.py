"""Algorithm 1 of Dazzi et al. 2021 walked one timestep after the other, core by core."""

from neuroloom.flows.mapping.imc.timesteps import LayerPace, TransferTiming
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork, FullyConnected, Wired

Pixel = tuple[int, int, int]
"""Image, row, column."""


def given(height: int, width: int, pace: LayerPace, images: int) -> list[list[Pixel]]:
    """Pixels that are computed at once at most: tiles, or one by one."""
    return tiles(height, width, pace.tile if pace.whole else (1, 1), images)


def tiles(height: int, width: int, tile: tuple[int, int], images: int) -> list[list[Pixel]]:
    """Pixels of each tile, tiles down a column first."""
    return [
        [
            (image, x, y)
            for x in range(row, min(row + tile[0], height))
            for y in range(column, min(column + tile[1], width))
        ]
        for image in range(images)
        for column in range(0, width, tile[1])
        for row in range(0, height, tile[0])
    ]


def patch(each: Wired, pixel: Pixel) -> list[Pixel]:
    """Pixels of the input that an output needs."""
    image, u, v = pixel
    layer = each.layer
    if isinstance(layer, FullyConnected):
        return [(image, x, y) for x in range(each.given.height) for y in range(each.given.width)]
    stride = layer.stride or layer.kernel
    corner = u * stride - layer.padding, v * stride - layer.padding
    return [
        (image, x, y)
        for x in range(corner[0], corner[0] + layer.kernel)
        for y in range(corner[1], corner[1] + layer.kernel)
        if 0 <= x < each.given.height and 0 <= y < each.given.width
    ]


def walk(
    network: ConvolutionalNetwork, pace: dict[str, LayerPace], timing: TransferTiming, images: int
) -> dict[str, dict[Pixel, int]]:
    """Timestep at which every activation is computed, by layer."""
    first = network.wired[0]
    arriving = given(first.given.height, first.given.width, pace[first.name], images)
    at_once = {name: 1 if each.whole else each.tile[0] for name, each in pace.items()}
    image = {
        pixel: 1 + number // at_once[first.name]
        for number, some in enumerate(arriving)
        for pixel in some
    }
    waiting = {
        each.name: given(each.made.height, each.made.width, pace[each.name], images)
        for each in network.wired
    }
    done: dict[str, dict[Pixel, int]] = {each.name: {} for each in network.wired}
    now = 0
    while any(waiting.values()):
        now += 1
        assert now < 100_000
        turns = [layer for layer in network.wired for _ in range(at_once[layer.name])]
        for each in turns:
            if not waiting[each.name]:
                continue
            delay = 0 if each.source is None else timing.delivery
            came = image if each.source is None else done[each.source]
            late = (pace[each.name].parts - 1) * timing.partial_sum
            wanted = waiting[each.name][0]
            needed = {pixel for output in wanted for pixel in patch(each, output)}
            ready = all(came.get(pixel, now + 1) + delay <= now for pixel in needed)
            if each.residual is not None:
                own = network.holders.get(each.residual, each.name) == each.name
                hops = 1 if own else 2
                ready &= all(
                    done[each.residual].get(output, now + late + 1) + hops * timing.delivery
                    <= now + late
                    for output in wanted
                )
            if ready:
                done[each.name] |= dict.fromkeys(waiting[each.name].pop(0), now + late)
    return done
