"""Files that describe a convolutional network: JSON with the fields of ``ConvolutionalNetwork``."""

import json
from pathlib import Path

from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.tools.errors import UsageError, reason
from neuroloom.flows.tools.reading.refusal import check_format, reading
from neuroloom.flows.tools.reading.text import read_text
from neuroloom.flows.tools.writing import write_text
from neuroloom.golden.documents import parse_json

FORMAT = "neuroloom-cnn"
VERSION = 1


def save(network: ConvolutionalNetwork, file: Path) -> None:
    """Write a network as JSON. UsageError when it cannot be written."""
    fields = {"format": FORMAT, "version": VERSION}
    fields |= network.model_dump(mode="json", exclude_none=True)
    try:
        write_text(file, json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(f"cannot write the network {file}: {reason(error)}") from None


def load(file: Path) -> ConvolutionalNetwork:
    """The network of a file. UsageError says in one sentence what is wrong with it."""
    with reading(file, "the network", "is not a network file"):
        fields = parse_json(read_text(file))
        if not isinstance(fields, dict):
            raise ValueError("it does not hold an object")
        check_format(fields, FORMAT, VERSION)
    with reading(file, "the network"):
        return ConvolutionalNetwork.model_validate_json(json.dumps(fields), strict=True)
