"""The smallest specification that still shows a failure, found by trying smaller ones.

Every step changes one field towards what is simplest, and what must change with it: a choice to
its default or to one declared before it, a number to its least value, a list to fewer entries. A
number and lists as long as it says, and lists of equal length, change together. What the Spec
refuses is passed over and costs nothing.
"""

import json
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neuroloom.golden.spec import Spec
from neuroloom.golden.unused import is_unused, unused_fields

S = TypeVar("S", bound=Spec)
Path = tuple[str | int, ...]
Fields = dict[str, Any]
TRIES = 100


def shrink(spec: S, fails: Callable[[S], bool], tries: int = TRIES) -> S:
    """The smallest specification found that ``fails``; ``spec`` itself when none smaller does.

    ``spec`` is taken to fail. ``fails`` is asked ``tries`` times at most, and never twice of the
    same specification. The same specification and answers give the same result.
    """
    search = _Search(spec, fails, tries)
    before = None
    while search.best != before:
        before = search.best
        search.forget_unused()
        for path in list(_paths(search.best)):
            search.simplify(path)
    return search.best


class _Search(Generic[S]):
    """The smallest specification so far, and what was asked."""

    def __init__(self, spec: S, fails: Callable[[S], bool], tries: int) -> None:
        self.best = spec
        self._fails = fails
        self._left = tries
        self._asked = {spec: True}

    def forget_unused(self) -> None:
        """Take the fields that do nothing at their defaults."""
        fields, defaults = _dumped(self.best), type(self.best).model_fields
        for path in unused_fields(self.best):
            info = defaults.get(path)
            if info is not None and not info.is_required():
                fields.pop(path, None)
        self._try(fields)

    def simplify(self, path: Path) -> None:
        """Take the field at ``path`` as simple as it still fails with."""
        info, value = _at(self.best, path)
        if info is None or is_unused(".".join(map(str, path)), unused_fields(self.best)):
            return
        if _default(info) is None and value is not None and self._try(_with(self.best, path, None)):
            return
        if isinstance(value, tuple):
            self._shorten(path)
        elif isinstance(value, int) and not isinstance(value, bool):
            self._lessen(path, info, value)
        else:
            for simpler in _simpler(info, value):
                if self._try(_with(self.best, path, simpler)):
                    return

    def _lessen(self, path: Path, info: FieldInfo, value: int) -> None:
        """A number at its least, or as little above what no longer fails as halving finds."""
        lower = _least(info)
        if self._number(path, value, lower):
            return
        while abs(value - lower) > 1:
            middle = (lower + value) // 2
            if self._number(path, value, middle):
                value = middle
            else:
                lower = middle

    def _number(self, path: Path, value: int, less: int) -> bool:
        if abs(less) >= abs(value):
            return False
        alone = _with(self.best, path, less)
        table = _inside(alone, path[:-1])
        entries = (
            {}
            if not isinstance(table, dict)
            else {
                name: items[:less]
                for name, items in table.items()
                if isinstance(items, list) and len(items) == value
            }
        )
        if not entries:
            return self._try(alone)
        together = _with(self.best, path, less)
        _inside(together, path[:-1]).update(entries)
        return self._try(alone, together)

    def _shorten(self, path: Path) -> None:
        """A list without its second half, quarter after quarter, and so on to single entries."""
        chunk = len(_at(self.best, path)[1])
        while chunk:
            end = len(_at(self.best, path)[1])
            while end > 0:
                if self._cut(path, max(0, end - chunk), end):
                    end = min(end, len(_at(self.best, path)[1]))
                end -= chunk
            chunk //= 2

    def _cut(self, path: Path, begin: int, end: int) -> bool:
        alone, together = _dumped(self.best), _dumped(self.best)
        length = len(_inside(alone, path))
        del _inside(alone, path)[begin:end]
        table = _inside(together, path[:-1])
        if not isinstance(table, dict):
            return self._try(alone)
        for name, items in table.items():
            if isinstance(items, list) and len(items) == length:
                del items[begin:end]
            elif items == length and not isinstance(items, bool):
                table[name] = length - (end - begin)
        return self._try(alone, together)

    def _try(self, *variants: Fields) -> bool:
        """Whether the first variant that the Spec allows fails; it is then the smallest so far."""
        for fields in variants:
            try:
                spec = type(self.best).model_validate_json(json.dumps(fields))
            except ValidationError:
                continue
            if spec == self.best:
                return False
            if spec not in self._asked:
                if not self._left:
                    return False
                self._left -= 1
                self._asked[spec] = self._fails(spec)
            if self._asked[spec]:
                self.best = spec
            return self._asked[spec]
        return False


def _paths(model: BaseModel, path: Path = ()) -> Iterator[Path]:
    """Every field, those inside of others after them, and each number in a list of numbers."""
    for name in type(model).model_fields:
        value, place = getattr(model, name), (*path, name)
        yield place
        if isinstance(value, BaseModel):
            yield from _paths(value, place)
        for number, entry in enumerate(value if isinstance(value, tuple) else ()):
            if isinstance(entry, BaseModel):
                yield from _paths(entry, (*place, number))
            else:
                yield (*place, number)


def _at(model: BaseModel, path: Path) -> tuple[FieldInfo | None, Any]:
    """The field at a path and its value; None for one that is not there any more."""
    info: FieldInfo | None = None
    value: Any = model
    for step in path:
        if isinstance(value, BaseModel) and step in type(value).model_fields:
            info, value = type(value).model_fields[str(step)], getattr(value, str(step))
        elif isinstance(value, tuple) and isinstance(step, int) and step < len(value):
            info, value = FieldInfo(), value[step]
        else:
            return None, None
    return info, value


def _simpler(info: FieldInfo, value: Any) -> Iterator[Any]:
    """What is simpler than a choice or a value of any other kind, simplest first, as JSON."""
    default = _default(info)
    if isinstance(value, Enum):
        kinds = list(type(value))
        first = [default] if isinstance(default, type(value)) else []
        ordered = [*first, *(kind for kind in kinds if kind not in first)]
        yield from (kind.value for kind in ordered[: ordered.index(value)])
    elif value != default and default is not ... and not isinstance(default, BaseModel):
        yield default


def _default(info: FieldInfo) -> Any:
    """The default of a field; an ellipsis where there is none."""
    return ... if info.is_required() else info.get_default(call_default_factory=True)


def _least(info: FieldInfo) -> int:
    """The least value that the field's own bounds allow, 0 where they allow that."""
    for bound in info.metadata:
        for name, more in (("ge", 0), ("gt", 1)):
            least = getattr(bound, name, None)
            if isinstance(least, int) and least + more > 0:
                return least + more
    return 0


def _dumped(model: BaseModel) -> Fields:
    return model.model_dump(mode="json", exclude_none=True)


def _with(model: BaseModel, path: Path, value: Any) -> Fields:
    fields = _dumped(model)
    _inside(fields, path[:-1])[path[-1]] = value
    return fields


def _inside(fields: Any, path: Path) -> Any:
    """What lies at a path of a JSON document."""
    for step in path:
        fields = fields[step]
    return fields
