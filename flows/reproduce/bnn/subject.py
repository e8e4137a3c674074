"""A trained network and the images that it is judged by."""

from typing import NamedTuple

from neuroloom.flows.networks.binarized import BinarizedLayer, Bits
from neuroloom.flows.training.recipes import scores
from neuroloom.golden.ports import Integers


class Subject(NamedTuple):
    """A network and the images it is judged by."""

    name: str
    layers: list[BinarizedLayer]
    bits: Bits | Integers
    labels: Integers
    adapted: bool = False
    """Whether its training knew of errors."""


def accuracy(layers: list[BinarizedLayer], subject: Subject) -> float:
    """[%]; the lowest index wins a tie."""
    found = scores(layers, subject.bits).argmax(axis=1)
    return 100 * float((found == subject.labels).mean())
