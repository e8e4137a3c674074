"""Files that describe a convolutional network: JSON with the fields of ``Network``."""

import json
from pathlib import Path

from pydantic import ValidationError

from neuroloom.flows.errors import UsageError
from neuroloom.flows.imc_mapping.network import Network
from neuroloom.flows.writing import written_aside

FORMAT = "neuroloom-cnn"
VERSION = 1


def save(network: Network, file: Path) -> None:
    """Write a network as JSON. UsageError when it cannot be written."""
    fields = {"format": FORMAT, "version": VERSION}
    fields |= network.model_dump(mode="json", exclude_none=True)
    try:
        with written_aside(file.parent) as aside:
            text = json.dumps(fields, indent=1, ensure_ascii=False)
            (aside / file.name).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the network {file}: {error.strerror}") from None


def load(file: Path) -> Network:
    """The network of a file. UsageError says in one sentence what is wrong with it."""
    try:
        fields = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the network {file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file} is not a network file: {error}") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{file} is not a network file: it does not hold an object")
    found = fields.pop("format", None), fields.pop("version", None)
    if found != (FORMAT, VERSION):
        raise UsageError(
            f"{file} is not a network file: format {found[0]!r}, version {found[1]!r}; "
            f"it takes format {FORMAT!r}, version {VERSION}"
        )
    try:
        return Network.model_validate(fields)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        raise UsageError(f"{file}: {place + ': ' if place else ''}{message}") from None
