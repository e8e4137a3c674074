"""Every macro, found by the places of its files: nothing is listed by hand."""

import sys
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import TYPE_CHECKING, Any

from neuroloom.flows.macros import outside
from neuroloom.flows.macros.index import Entry, entries, listed
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.wording import quoted

with suppress(UsageError):  # told when a macro is asked for
    outside.join()  # before hardware is imported, whose folders are looked at

if TYPE_CHECKING:
    from neuroloom.golden.spec import Spec
    from neuroloom.hdl.component import Component
    from neuroloom.verif.companions import Companion
    from neuroloom.verif.formal import Properties
    from neuroloom.verif.stimulus import Stimulus


NEAR = 3
"""Names at most that are told where there is none such."""


@dataclass(frozen=True)
class Macro:
    """A macro of the catalogue; its faces share ``path`` and ``stem``."""

    spec: "type[Spec]"
    path: str
    """Module path below golden, hdl and verif, such as ``arith.popcount``."""

    @property
    def name(self) -> str:
        return self.spec.macro

    @property
    def area(self) -> str:
        return self.path.split(".")[0]

    @property
    def stem(self) -> str:
        return self.spec.__name__.removesuffix("Spec")

    def component(self, spec: "Spec") -> "Component[Any]":
        """The hardware for ``spec``."""
        face: type[Component[Any]] = self._face("hdl", self.stem)
        return face(spec)

    def stimulus(self, spec: "Spec") -> "Stimulus[Any]":
        """The stimulus for ``spec``."""
        return self.stimulus_type(spec)

    @property
    def stimulus_type(self) -> "type[Stimulus[Any]]":
        face: type[Stimulus[Any]] = self._face("verif", f"{self.stem}Stimulus")
        return face

    @property
    def standard(self) -> "Spec | None":
        """The specification without any field given; None for a system that must be told all."""
        from pydantic import ValidationError

        try:
            return self.spec()
        except ValidationError:
            return None

    def companions(self, spec: "Spec", fixed: bool = True) -> "tuple[Companion, ...]":
        """Small specifications that show what ``spec`` alone does not; with ``fixed`` they share
        its enumerated and boolean values.
        """
        from neuroloom.flows.macros.companions import companions_of

        return companions_of(spec, fixed)

    def small_companions(self, spec: "Spec") -> "tuple[Companion, ...]":
        """Specifications small enough for proofs that show what ``spec`` does not."""
        from neuroloom.verif.formal import Proof
        from neuroloom.verif.small_companions import small_companions
        from neuroloom.verif.stream_protocol import stated

        def proof(one: "Spec") -> Proof:
            return stated(self.properties(one), self.component(one))

        return small_companions(spec, self.stimulus_type, proof, self.properties_type.most_bits)

    @property
    def has_properties(self) -> bool:
        """Whether the macro has properties that can be proved."""
        try:
            return find_spec(f"neuroloom.verif.{self.path}_properties") is not None
        except ModuleNotFoundError:  # there is no such area
            return False

    def properties(self, spec: "Spec") -> "Properties[Any]":
        """What is proved of ``spec``; UsageError with the macros that have proofs."""
        return self.properties_type(spec, lambda: self.component(spec))

    @property
    def properties_type(self) -> "type[Properties[Any]]":
        if not self.has_properties:
            proved = ", ".join(other.name for other in macros().values() if other.has_properties)
            raise UsageError(
                f"{self.name} has no properties to prove; these have: {proved}. "
                f"The bench checks it: neuroloom verify {self.name}"
            )
        face: type[Properties[Any]] = self._face("verif", f"{self.stem}Properties", "_properties")
        return face

    def _face(self, layer: str, name: str, suffix: str = "") -> Any:
        """A class of the macro; UsageError with the file that lacks it."""
        golden = Path(str(sys.modules[self.spec.__module__].__file__))
        parts = self.path.split(".")
        file = golden.parents[len(parts)].joinpath(layer, *parts)
        place = f"{file}{suffix}.py"
        try:
            module = _imported(f"neuroloom.{layer}.{self.path}{suffix}")
        except ModuleNotFoundError as error:
            if not f"neuroloom.{layer}.{self.path}{suffix}.".startswith(f"{error.name}."):
                raise
            raise UsageError(
                f"{self.name} lacks {place}, which holds the class {name}; {outside.GUIDE}"
            ) from None
        if not hasattr(module, name):
            raise UsageError(f"{self.name}: {place} holds no class {name}; {outside.GUIDE}")
        return getattr(module, name)


def _imported(name: str) -> ModuleType:
    """The module; UsageError where one outside the tree is wrong."""
    try:
        return import_module(name)
    except UsageError:
        raise
    except Exception as error:
        for frame in reversed(extract_tb(error.__traceback__)):
            if any(Path(frame.filename).is_relative_to(place) for place in outside.folders()):
                raise UsageError(
                    f"{frame.filename}, line {frame.lineno}: {type(error).__name__}: {error}"
                ) from error
        raise


def macros() -> dict[str, Macro]:
    """All macros by name, ordered by area and name; what must be told all its fields is none."""
    return {name: _macro(entry) for name, entry in listed().items()}


@cache
def _macro(entry: Entry) -> Macro:
    module = _imported(f"neuroloom.golden.{entry.path}")
    return Macro(getattr(module, entry.type_name), entry.path)


def macro(name: str) -> Macro:
    """The macro of that name, whose module alone is loaded; UsageError when there is none."""
    return _macro(entry(name))


def entry(name: str) -> Entry:
    """What the sources say of a macro; UsageError with the nearest name when there is none."""
    if name not in entries():
        raise UsageError(f"no macro is called {quoted(name)}; {_hint(name)}")
    return entries()[name]


def _hint(name: str) -> str:
    """The macros whose names are near or have a part of it, and what lists the others."""
    names = list(listed())
    parts = [part for part in name.split("_") if len(part) > 2]
    near = [known for known in names if any(part in known for part in parts)]
    near += [
        close for close in get_close_matches(name, names, NEAR, cutoff=0.5) if close not in near
    ]
    if not near:
        return "`neuroloom list` shows those there are"
    first, *more = map(repr, near[:NEAR])
    return f"did you mean {', '.join([first, *more[:-1]])}{f' or {more[-1]}' if more else ''}?"


def macro_of(spec: "Spec") -> Macro:
    """The macro, or the system, that a specification belongs to."""
    return macro(spec.macro)
