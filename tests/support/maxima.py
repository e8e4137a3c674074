"""Every number of every macro's default specification at the greatest value it may have."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from neuroloom.flows.macros.catalogue import Macro, macros
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.spec import Spec


def maxima() -> Iterator[tuple[Macro, str]]:
    """A macro and one field=value, nested fields by their path."""
    for macro in macros().values():
        for path, greatest in _greatest("", macro.spec()):
            yield macro, f"{path}={greatest}"


def _greatest(prefix: str, value: Any) -> Iterator[tuple[str, int]]:
    if isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _greatest(f"{prefix}{index}.", each)
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            limit = _limit(info)
            if limit is not None and info.annotation in (int, int | None):
                yield f"{prefix}{name}", limit
            else:
                yield from _greatest(f"{prefix}{name}.", getattr(value, name))


def _limit(info: FieldInfo) -> int | None:
    for bound in info.metadata:
        if getattr(bound, "le", None) is not None:
            return int(bound.le)
        if getattr(bound, "lt", None) is not None:
            return int(bound.lt) - 1
    return None


def specification(macro: Macro, override: str) -> Spec | None:
    """The default with one field changed; None where the fields do not go together."""
    try:
        return read_spec(macro, [override])
    except UsageError:
        return None
