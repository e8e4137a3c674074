"""Odd command lines: hostile words in the places of names, numbers, paths and fields."""

import io
import random
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from neuroloom.flows import cli
from support import hostile

WORDS = (
    "",
    " ",
    "-1",
    "0",
    "1",
    "2.5",
    "inf",
    "-inf",
    "nan",
    "1e400",
    "9" * 30,
    "1" * 5000,
    "x" * 300,
    "x" * 5000,
    "[bold]x[/]",
    "[/nothing]",
    "a/b",
    "../x",
    "/proc/self/mem",
    "/dev/null",
    ".",
    "\x1b[31m",
    "ü",
    "\udcff",
    "0x10",
    "1_0",
    "null",
    "true",
    "{",
    "[" * 60,
    "[" * 100_000,
    '{"a": 1, "a": 2}',
    "--",
    "-o",
    "=",
    "a=b",
    "a=b,c",
    "a\nb",
    "٣",
    "1,2,3",
    "name with space",
    'it\'s "$x";`',
)
ANY = "?"
"""Stands for one of the words, alone or inside of a word."""
LINES = """
?
? ?
list ?
targets ?
--version ?
show ?
show popcount width=?
show popcount ?=3
show popcount ?
show bnn_network layers.?.pe=?
show bnn_network layers.0.?=1
show lif --spec ?
show crossbar_chip chip=?
show crossbar_chip chip=?.json
show crossbar_chip core.?=?
show popcount width=? width=?
show cim_macro weight_bits=?
show mesh payload_bits=?
generate ? -o ?
generate popcount --name ? -o out
generate popcount --seed ? -o out
generate popcount -o ?
generate popcount width=3 --spec ? -o out
synth ?
synth popcount --target ?
synth popcount --clock ? --target none
synth popcount --seeds ? --target none
synth --verilog ? --top ?
synth popcount --liberty ?
verify popcount --simulator ?
verify popcount --seed ? --simulator none
verify popcount --operations ? --simulator none
verify popcount --points ? --simulator none
verify popcount --random ? --simulator none
verify popcount --keep ? --random 2 --simulator none
verify popcount --junit ? --simulator none
verify popcount --coverage ? --simulator none
sweep popcount width=? --target none
sweep popcount ? --target none
sweep popcount --points ? --target none
sweep popcount width=3,4 --per ?
simulate bnn_layer --traffic ?
simulate bnn_layer --traffic ?.npz --offer ?
simulate bnn_layer --setup ?
simulate ? --random ?
simulate bnn_layer --random ? --traffic x
map ?
map n.json --rows ?
map n.json --images ?
map n.json --parallel ?
map n.json --timestep ?
map n.json --widest ?
map n.npz --grid-columns ?
map n.npz --order ?
map n.json -o ?
import ?
import m.onnx --cycles ? -o x.toml
import m.onnx -o ?
import m.onnx -o ?.toml
import m.onnx --result ? -o x.toml
compare ? ?
compare r.json ?
compare r.json r.json -o ?
prove ?
prove popcount
prove arbiter --fault ?
reproduce ?
""".strip().splitlines()


def prepared(folder: Path) -> None:
    """The right files that lines name."""
    kinds = hostile.kinds()
    for name, kind in (
        ("n.json", "network JSON"),
        ("n.npz", "integer network"),
        ("m.onnx", "ONNX to import"),
        ("r.json", "report"),
    ):
        (folder / name).write_bytes(kinds[kind].whole[0])


def line(rng: random.Random) -> list[str]:
    """A command line."""
    words = rng.choice(LINES).split()
    return [word.replace(ANY, rng.choice(WORDS)) for word in words]


def called(words: Sequence[str]) -> tuple[object, str]:
    """Exit status of a command, and its standard error."""
    saved, sys.argv = sys.argv, ["neuroloom", *words]
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            cli.main()
        return 0, err.getvalue()
    except SystemExit as leave:
        return leave.code, err.getvalue()
    finally:
        sys.argv = saved
