"""Sizes beyond which no hardware is made: refused before any work, with what to lower."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from neuroloom.flows.tools.errors import UsageError

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec

MAX_PORT_BITS = (1 << 16) - 1
"""Wider signals cannot be described."""
CLOCK_AND_RESET = 2
Path = tuple[str, ...]


def port_bits(spec: "Spec") -> int:
    """Bits of all ports of the module."""
    streams = sum(
        len(stream.controls) + sum(field.port_bits for field in stream.fields)
        for stream in spec.streams
    )
    return CLOCK_AND_RESET + streams


def refuse_oversize(spec: "Spec") -> None:
    """UsageError when the module would have more port bits than can be described, with the number
    to lower: of those above their defaults, or else of all, the one that saves the most.
    """
    bits = port_bits(spec)
    if bits <= MAX_PORT_BITS:
        return
    usual = dict(_numbers((), type(spec)().model_dump()))
    numbers = dict(_numbers((), spec.model_dump()))
    raised = {path: value for path, value in numbers.items() if value > usual.get(path, value)}
    for candidates in (raised, numbers):
        sizes = {path: _halved(spec, path, value) for path, value in candidates.items()}
        path = min(sizes, key=lambda size: sizes[size], default=())
        if path and sizes[path] < bits:
            advice = f"lower {'.'.join(path)}={numbers[path]}"
            break
    else:
        advice = "choose less parallelism"
    raise UsageError(
        f"{spec.macro} would have {bits} port bits, more than the {MAX_PORT_BITS} that can be "
        f"described: {advice}"
    )


def _numbers(path: Path, fields: dict[str, Any]) -> Iterator[tuple[Path, int]]:
    """Every number and where it stands."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _numbers((*path, name), value)
        elif type(value) is int and value > 1:
            yield (*path, name), value


def _halved(spec: "Spec", path: Path, value: int) -> int:
    """Port bits with a number halved; no fewer where that is not valid."""
    fields = spec.model_dump()
    inside = fields
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value // 2
    try:
        return port_bits(type(spec).model_validate(fields))
    except ValueError:
        return port_bits(spec)
