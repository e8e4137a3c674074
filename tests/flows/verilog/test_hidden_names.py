"""Nothing inside a part hides the instance of a part further out, of which linters warn."""

import re
from pathlib import Path

import pytest
from support.compositions import Drawn, adapter, words
from support.verilog import lint

from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.wires import Wire
from neuroloom.hdl.composition import component_of


def alone(name: str) -> Drawn:
    """An adapter of two numbers to one, as the part ``name``."""
    return Drawn(
        chosen=((name, adapter(2, 1)),),
        joined=(Wire("rows", f"{name}.packed"), Wire(f"{name}.repacked", "numbers")),
        opened=(("rows", words("rows", "in", 2)), ("numbers", words("numbers", "out", 1))),
        takes=(("rows", 1),),
        gives=(("numbers", 2),),
    )


def nested(outer: str, inner: str) -> Drawn:
    """The same, a composition being the part ``outer``."""
    whole = alone(inner)
    return whole.model_copy(
        update={
            "chosen": ((outer, whole),),
            "joined": (Wire("rows", f"{outer}.rows"), Wire(f"{outer}.numbers", "numbers")),
        }
    )


@pytest.mark.parametrize(
    "spec",
    [
        alone("held"),
        alone("token"),
        alone("n13"),
        nested("held", "adapter"),
        nested("held", "held"),
    ],
    ids=["register", "counter", "numbered", "two levels up", "both levels"],
)
def test_parts_may_be_called_like_signals_of_what_is_inside(spec: Drawn, tmp_path: Path) -> None:
    text = emit(spec, "top", component=component_of(spec)).verilog
    for name, _ in spec.chosen:
        assert re.search(rf"^    top\w* {name} \($", text, re.MULTILINE), "a part keeps its name"
    lint(text, "top", tmp_path)


def modules(spec: Drawn) -> str:
    """The text without its header."""
    text = emit(spec, "top", component=component_of(spec)).verilog
    return "".join(line for line in text.splitlines(True) if not line.startswith("//"))


def test_names_that_hide_nothing_are_as_they_are() -> None:
    plain = modules(alone("adapter"))
    assert plain.replace("adapter", "repacker") == modules(alone("repacker"))
    hiding = re.sub(r"\bheld_2\b", "held", modules(alone("held")))
    assert plain.replace("adapter", "held") == hiding
