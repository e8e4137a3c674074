"""Published systems are found by their files, and the command knows what is found."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import run
from support.imports import imports
from support.places import RESULTS
from support.reproductions import reproduction, table_3

from neuroloom.flows import reproduce as package
from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable, Reproduction
from neuroloom.flows.reports.reproduction_page import markdown
from neuroloom.flows.reproduce import systems
from neuroloom.flows.reproduce.record import Progress, Rebuild, System

RECORDS = {"dataclasses.dataclass", "typing.NamedTuple", "neuroloom.flows.reports.figures.Printed"}
"""What the figures of a paper may be put into."""
MADE = """
from neuroloom.flows.reproduce.record import System

SYSTEM = System("made-up", "A made-up chip", "Nobody 2020", ("patience",), __name__)
"""
ROW = PublishedRow(name="cores", published=table_3(2), ours=measured(2))
TABLE = PublishedTable(
    title="Sizes", source="Table 1", published=("chip",), ours=("ours",), rows=(ROW,)
)


class Quick(System):
    """A system that is rebuilt at once."""

    @property
    def run(self) -> Rebuild:
        def rebuild(progress: Progress, mnist: Path | None) -> Reproduction:
            progress("all of it")
            methods = (f"images: {mnist.name if mnist else 'none'}",)
            made = self.made(mnist)
            return reproduction(
                system=self.name, title=self.title, made=made, tables=(TABLE,), methods=methods
            )

        return rebuild


def record(name: str, images: bool = False) -> System:
    return Quick(name, name.title(), "Nobody 2020", (), __name__, images)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"one": record("one"), "two": record("two", images=True)}
    monkeypatch.setattr("neuroloom.flows.commands.reproduce.systems", lambda: made)
    monkeypatch.setattr(systems, "systems", lambda: made)


def test_a_new_folder_is_a_new_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(systems.systems())
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "__init__.py").touch()
    (tmp_path / "made" / "system.py").write_text(MADE)
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    monkeypatch.setattr(systems, "FOLDERS", package.__path__)
    assert set(systems.systems.__wrapped__()) == {*before, "made-up"}


def test_every_system_has_its_folder_of_results() -> None:
    folders = {folder.name for folder in RESULTS.iterdir() if folder.is_dir()}
    assert set(systems.systems()) == folders


@pytest.mark.parametrize("name", systems.systems())
def test_the_committed_text_is_that_of_the_committed_data(name: str) -> None:
    found = Reproduction.model_validate_json((RESULTS / name / "reproduction.json").read_text())
    assert markdown(found) == (RESULTS / name / "reproduction.md").read_text()
    record = systems.system(name)
    assert (found.system, found.title, found.paper) == (record.name, record.title, record.paper)


@pytest.mark.parametrize("folder", [Path(path) for path in package.__path__])
def test_what_a_paper_prints_rests_on_nothing_of_ours(folder: Path) -> None:
    files = sorted(folder.glob("*/printed.py"))
    assert len(files) == len(systems.systems())
    for file in files:
        assert imports(file) <= RECORDS, file


def test_what_is_said_of_systems_loads_nothing_that_takes_long() -> None:
    program = (
        "import sys; from neuroloom.flows.reproduce.systems import systems; systems()\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert not loaded & {"numpy", "matplotlib", "amaranth", "cocotb", "pydantic"}


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys, "reproduce", "--list", "--json")
    listed = json.loads(text)
    del listed["provenance"]
    assert status == 0 and list(listed) == sorted(systems.systems())
    assert listed["bnn"]["images"] and not listed["cim-macro"]["images"]
    status, text, _ = run(capsys, "reproduce", "--list")
    assert status == 0
    assert all(name in text for name in systems.systems())


def test_the_list_as_markdown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "list.md"
    status, text, _ = run(capsys, "reproduce", "--list", "--markdown", str(file))
    assert status == 0 and text == f"written: {file}\n"
    assert "[page]" not in file.read_text()
    (tmp_path / "results" / "bnn").mkdir(parents=True)
    (tmp_path / "results" / "bnn" / "reproduction.md").write_text("")
    status, _, _ = run(capsys, "reproduce", "--list", "--json", "--markdown", str(file))
    links = "[page](results/bnn/reproduction.md), [data](results/bnn/reproduction.json)"
    assert status == 0 and file.read_text().count("[page]") == 1 and links in file.read_text()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "name one published system (bnn, cim-macro, imc-dataflow), or give --all or --list"),
        (("bnn", "--all"), "name one published system"),
        (("--all", "--list"), "name one published system"),
        (("--list", "-o", "x"), "--output is for what is rebuilt"),
        (("bnn", "--markdown", "x.md"), "give --list with it"),
        (("cim-macr",), "there is no published system 'cim-macr'; did you mean 'cim-macro'"),
        (("cim-macro", "--mnist", "."), "leave --mnist out"),
    ],
)
def test_words_that_do_not_go_together(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = run(capsys, "reproduce", *words)
    assert status == 2 and told in error


@pytest.mark.usefixtures("two")
def test_all_of_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    words = ("reproduce", "--all", "--mnist", str(images), "-o", str(tmp_path / "out"))
    status, text, _ = run(capsys, *words)
    assert status == 0 and "1 of 1 printed figure agrees within 5 %" in text
    for name, told in (("one", "images: none"), ("two", "images: images")):
        assert told in (tmp_path / "out" / name / "reproduction.md").read_text()
    status, text, _ = run(capsys, *words, "--json")
    document = json.loads(text)
    assert status == 0 and document["two"]["methods"] == ["images: images"]
    assert len(document["one"]["files"]) == 3
