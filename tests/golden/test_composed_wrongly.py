"""Compositions that their author wrote wrongly: one sentence each, with part and stream."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from support.compositions import Drawn, adapter, words

from neuroloom.golden.events.event_fifo import EventFifoSpec, WhenFull
from neuroloom.golden.ports import Field, Stream
from neuroloom.golden.wires import Constant, Lanes, Wire
from neuroloom.golden.wiring import TAKEN
from neuroloom.golden.wiring_checks import MOST_PLACES
from neuroloom.hdl.composition import Composed

PLAIN = {
    "chosen": (("a", adapter(4, 1)),),
    "opened": (("wide", "a.packed"), ("narrow", "a.repacked")),
}
TWO: dict[str, Any] = {
    "chosen": (("a", adapter(4, 1)), ("b", adapter(1, 4))),
    "opened": (("wide", "a.packed"), ("again", "b.repacked")),
}
BETWEEN = Wire("a.repacked", "b.packed")
LOSSY = EventFifoSpec(bits=6, when_full=WhenFull.DROP)


def called(name: str) -> dict[str, Any]:
    return {"opened": ((name, "a.packed"), ("narrow", "a.repacked"))}


def constant(**tokens: Any) -> dict[str, Any]:
    loaded = (Constant("a.packed", tokens),)
    return {"opened": (("narrow", "a.repacked"),), "loaded": loaded}


def placed(places: Any) -> dict[str, Any]:
    return {**TWO, "joined": (Wire("a.repacked", "b.packed", places=places),)}


def test_the_plain_one_is_right() -> None:
    assert [stream.name for stream in Drawn.model_validate(PLAIN).streams] == ["wide", "narrow"]
    Drawn.model_validate({**TWO, "joined": (BETWEEN,)})
    Drawn.model_validate(placed(MOST_PLACES))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (placed(-1), f"a queue has 0 to {MOST_PLACES} places, not -1"),
        (placed(2.5), "places, not 2.5"),
        (placed(MOST_PLACES + 1), f"places, not {MOST_PLACES + 1}"),
        (called("valid-1"), "a stream or field is called 'valid-1': letters from a to z"),
        (called("b\u00e9"), "a stream or field is called 'b\u00e9'"),
        (called("parts"), "a stream is called 'parts': its hardware has that name itself"),
        ({"takes": (("x", 1),)}, "the contract consumes 'x', which is no input; there are wide"),
        ({"takes": (("narrow", 1),)}, "the contract consumes 'narrow', which is no input"),
        ({"gives": (("x", 1),)}, "the contract produces 'x', which is no output; there are narrow"),
        ({"gives": (("narrow", 0),)}, "the contract produces nothing"),
        (constant(dat=np.zeros((1, 4))), "the fields data, not ['dat']"),
        (constant(data=np.zeros((1, 4)), more=np.zeros(1)), "not ['data', 'more']"),
        ({"chosen": (("a", 5),)}, "part 'a' is no specification but 5"),
        ({"chosen": (("a", EventFifoSpec),)}, "part 'a' is no specification but <class"),
        ({"chosen": ((1, adapter(4, 1)),)}, "parts maps names to what they stand for"),
        ({"joined": ("a.packed",)}, "wires is a tuple of Wire"),
        ({"loaded": ("a.packed",)}, "constants is a tuple of Constant"),
        ({"opened": (("wide", 5),)}, "stream 'wide' is no end of a part, stream or program but 5"),
        (
            {**TWO, "joined": (Wire("a.repacked", "b.packed", fields={"data": 1.5}),)},  # type: ignore[dict-item]
            "field 'data' gets a field, bits or a whole number, not 1.5",
        ),
        ({**TWO, "joined": (Wire((), "b.packed"),)}, "no lanes are named"),
        (
            {**TWO, "joined": (BETWEEN, Wire((Lanes("a.repacked"),), "b.packed"))},
            "b.packed is driven by 2 wires or constants: a.repacked → b.packed; lanes 0 to 0 of "
            "a.repacked → b.packed",
        ),
        (
            {**TWO, "joined": (BETWEEN, Wire("a.repacked", "b.packed", by_hand=True))},
            "b.packed is driven by 2 wires or constants",
        ),
        (
            {
                "chosen": (("a", LOSSY), ("b", adapter(1, 1))),
                "joined": (Wire("a.read", "b.packed", fields=("event",)),),
                "opened": (("wide", "a.write"), ("again", "b.repacked")),
            },
            "which tokens a.read gives depends on time, so that what follows does, too",
        ),
    ],
)
def test_one_sentence_tells_what_is_wrong(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Drawn.model_validate({**PLAIN, **fields})
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("valid",), "stream 'i' has a field 'valid', as a port of its handshake is called"),
        (("x", "x"), "stream 'i' has two fields 'x'"),
        (("a b",), "a stream or field is called 'a b'"),
        (("",), "a stream or field is called ''"),
    ],
)
def test_fields_make_ports(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Stream("i", "in", tuple(Field(name, 1, "-") for name in names), "-")


def test_two_ports_of_one_name() -> None:
    wide = words("wide", "in", 4)
    clash = Stream("wide_data", "in", (Field("x", 6, "-", lanes=4),), "-")
    longer = Stream("wide", "in", (*wide.fields, Field("data_ready", 1, "-")), "-")
    with pytest.raises(ValidationError, match="two streams have a port 'wide_data_ready'"):
        Drawn.model_validate(
            {
                "chosen": (("a", adapter(4, 1)), ("b", adapter(4, 1))),
                "joined": (
                    Wire("wide", "a.packed", fields=("data",)),
                    Wire("wide_data", "b.packed", fields=("x",)),
                ),
                "opened": (
                    *(("wide", longer), ("wide_data", clash)),
                    *(("one", "a.repacked"), ("two", "b.repacked")),
                ),
            }
        )


def test_names_that_hardware_has_are_known() -> None:
    assert {name for name in dir(Composed) if not name.startswith("_")} | {"spec"} == TAKEN
