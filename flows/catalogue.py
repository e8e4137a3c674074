"""Every macro, found by the places of its files: nothing is listed by hand."""

import difflib
import pkgutil
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

import neuroloom.golden
from neuroloom.flows.errors import UsageError
from neuroloom.golden.spec import Spec
from neuroloom.golden.wording import quoted

if TYPE_CHECKING:
    from neuroloom.hdl.component import Component
    from neuroloom.verif.companions import Companion
    from neuroloom.verif.formal import Properties
    from neuroloom.verif.stimulus import Stimulus


@dataclass(frozen=True)
class Macro:
    """A macro of the catalogue; its faces share ``path`` and ``stem``."""

    spec: type[Spec]
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

    def component(self, spec: Spec) -> "Component[Any]":
        """The hardware for ``spec``."""
        face: type[Component[Any]] = self._face("hdl", self.stem)
        return face(spec)

    def stimulus(self, spec: Spec) -> "Stimulus[Any]":
        """The stimulus for ``spec``."""
        return self.stimulus_type(spec)

    @property
    def stimulus_type(self) -> "type[Stimulus[Any]]":
        face: type[Stimulus[Any]] = self._face("verif", f"{self.stem}Stimulus")
        return face

    @property
    def standard(self) -> Spec | None:
        """The specification without any field given; None for a system that must be told all."""
        try:
            return self.spec()
        except ValidationError:
            return None

    def companions(self, spec: Spec, fixed: bool = True) -> "tuple[Companion, ...]":
        """Small specifications that show what ``spec`` alone does not; with ``fixed`` they share
        its enumerated and boolean values.
        """
        from neuroloom.flows.companions import companions_of

        return companions_of(spec, fixed)

    def small_companions(self, spec: Spec) -> "tuple[Companion, ...]":
        """Specifications small enough for proofs that show what ``spec`` does not."""
        from neuroloom.verif.formal import Proof, stated
        from neuroloom.verif.small_companions import small_companions

        def proof(one: Spec) -> Proof:
            return stated(self.properties(one), self.component(one))

        return small_companions(spec, self.stimulus_type, proof, self.properties_type.most_bits)

    @property
    def has_properties(self) -> bool:
        """Whether the macro has properties that can be proved."""
        return find_spec(f"neuroloom.verif.{self.path}_properties") is not None

    def properties(self, spec: Spec) -> "Properties[Any]":
        """What is proved of ``spec``; UsageError with the macros that have proofs."""
        return self.properties_type(spec, lambda: self.component(spec))

    @property
    def properties_type(self) -> "type[Properties[Any]]":
        if not self.has_properties:
            proved = ", ".join(each.name for each in macros().values() if each.has_properties)
            raise UsageError(
                f"{self.name} has no properties to prove; these have: {proved}. "
                f"The bench checks it: neuroloom verify {self.name}"
            )
        module = import_module(f"neuroloom.verif.{self.path}_properties")
        face: type[Properties[Any]] = getattr(module, f"{self.stem}Properties")
        return face

    def _face(self, folder: str, name: str) -> Any:
        return getattr(import_module(f"neuroloom.{folder}.{self.path}"), name)


@cache
def macros() -> dict[str, Macro]:
    """All macros by name, ordered by area and name; what must be told all its fields is none."""
    return {name: each for name, each in _designs().items() if each.standard is not None}


@cache
def _designs() -> dict[str, Macro]:
    """The macros, and the systems that flows put together."""
    found = [each for path in _paths() for each in _in_module(path)]
    return {macro.name: macro for macro in sorted(found, key=lambda each: (each.area, each.name))}


@cache
def _paths() -> tuple[str, ...]:
    """Paths of modules below golden that may have a Spec."""
    modules = pkgutil.walk_packages(neuroloom.golden.__path__, "neuroloom.golden.")
    paths = [module.name.removeprefix("neuroloom.golden.") for module in modules]
    return tuple(path for path in paths if "." in path)


@cache
def _in_module(path: str) -> tuple[Macro, ...]:
    module = import_module(f"neuroloom.golden.{path}")
    return tuple(
        Macro(value, path)
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Spec)
        and value.__module__ == module.__name__
    )


def macro(name: str) -> Macro:
    """The macro of that name; UsageError with the nearest name when there is none."""
    for path in _paths():  # where it is called like its module, no other one need be loaded
        if name in (path.rpartition(".")[2], path.replace(".", "_")):
            for each in _in_module(path):
                if each.name == name:
                    return each
    known = _designs()
    if name not in known:
        raise UsageError(f"no macro is called {quoted(name)}; {nearest(name, list(macros()))}")
    return known[name]


def macro_of(spec: Spec) -> Macro:
    """The macro, or the system, that a specification belongs to."""
    return macro(spec.macro)


def nearest(word: str, choices: list[str]) -> str:
    """A hint for a misspelt word: the nearest choice, or all of them."""
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(choices)}"
