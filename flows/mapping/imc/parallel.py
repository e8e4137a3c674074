"""Pixels that layers compute in a timestep, as they are asked for in a line of text."""

from neuroloom.flows.mapping.imc.cores import paced
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import quoted

PACED = "paced"


def pixels_a_timestep(text: str, network: ConvolutionalNetwork) -> dict[str, int]:
    """Pixels a timestep by name of the layer, for
    :func:`~neuroloom.flows.mapping.imc.cores.map_network`.

    ``paced``, a number for all layers, of which a layer takes as many as a column of its output
    has, or ``NAME=N,...``. UsageError for anything else.
    """
    if text == PACED:
        return paced(network)
    if "=" not in text:
        number = _number(text, text)
        return {wired.name: min(number, wired.made.height) for wired in network.wired}
    numbers: dict[str, int] = {}
    for part in text.split(","):
        name, _, value = part.rpartition("=")
        if name in numbers:
            raise UsageError(f"--parallel names layer {quoted(name)} twice")
        numbers[name] = _number(value, part)
    return numbers


def _number(value: str, part: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > 9 or int(value) < 1:
        raise UsageError(
            f"--parallel {quoted(part)} is not {PACED}, a number of 1 or more, or NAME=N,NAME=N"
        )
    return int(value)
