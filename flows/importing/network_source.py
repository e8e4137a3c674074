"""Networks from any file that describes one."""

from pathlib import Path

from neuroloom.flows.importing import onnx_network
from neuroloom.flows.networks import convolutional_file, integer_network_file
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.networks.integer_network import IntegerNetwork
from neuroloom.flows.tools.errors import UsageError

READERS = {
    ".json": convolutional_file.load,
    ".npz": lambda file: integer_network_file.load(file).network,
    ".onnx": onnx_network.network_of,
}


def read_network(file: Path) -> ConvolutionalNetwork:
    """The layers of a network file, of an integer network or of an ONNX file.

    UsageError in one sentence when it is none of them or holds something else; ToolMissing where
    an ONNX file cannot be read without the package onnx.
    """
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise UsageError(
            f"{file} does not end in {', '.join(list(READERS)[:-1])} or {list(READERS)[-1]}, as "
            "the files of networks do"
        )
    return reader(file)


def read_integers(file: Path) -> IntegerNetwork:
    """The integers of a network, for its hardware. UsageError for a file that has none."""
    if file.suffix.lower() != ".npz":
        raise UsageError(
            f"hardware needs weights, which {file} does not give: the file of an integer network "
            "(.npz) has them, see docs/integer-cnn-format.md"
        )
    return integer_network_file.load(file)
