"""Companions found once: looking for them elaborates the hardware a hundred times."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from neuroloom.flows.macros.by_code import text_by_code
from neuroloom.flows.macros.catalogue import macro_of
from neuroloom.golden.spec import Spec
from neuroloom.verif import companions as search
from neuroloom.verif.companions import Companion

CODE = ("neuroloom.golden", "neuroloom.hdl", "neuroloom.verif")
"""Packages that decide which companions there are."""
DOCUMENT = TypeAdapter(list[tuple[dict[str, object], tuple[str, ...]]])
"""Fields of each, and what it shows."""
SHOWN = 2
"""Entries that are told of what a companion shows; all of it stands in the JSON."""


def companions_of(spec: Spec, fixed: bool) -> tuple[Companion, ...]:
    """What :func:`~neuroloom.verif.companions.companions` finds, from the cache where the same
    code has found it before.
    """
    entry = macro_of(spec)

    def look() -> str:
        every = search.companions(spec, entry.stimulus_type, entry.component, fixed)
        fields = [(each.spec.model_dump(mode="json"), each.shows) for each in every]
        return DOCUMENT.dump_json(fields).decode()

    text = text_by_code(f"companions-{spec.macro}", CODE, spec, f"fixed {fixed}", look)
    return tuple(
        Companion(type(spec).model_validate(fields), shows)
        for fields, shows in DOCUMENT.validate_json(text)
    )


def some_shown(shows: Sequence[str]) -> str:
    """The first of what a companion shows, and how many more there are."""
    more = len(shows) - SHOWN
    return ", ".join(shows[:SHOWN]) + (f" and {more} more" if more > 0 else "")
