"""Commands are found by what their modules say, and stand in the help where they say."""

from pathlib import Path

from neuroloom.flows.commands.groups import FIRST, GROUP_OF, found, function
from neuroloom.flows.tools.provenance import ALL

COMMAND = '''"""Something that is done."""

PLACE = ("{group}", {number})


def {word}() -> None:
    """Does it."""
'''


def test_a_module_with_a_place_is_a_command(tmp_path: Path) -> None:
    places = {
        "last": ("A new group", 1),
        "second": ("Macros", 2),
        "two_words": ("Macros", 1),
        "import_": (FIRST[0], 9),
    }
    for word, (group, number) in places.items():
        text = COMMAND.format(group=group, number=number, word=word)
        (tmp_path / f"{word}.py").write_text(text)
    (tmp_path / "shared.py").write_text('"""Of several."""\n')
    assert list(found(tmp_path).items()) == [
        ("import", FIRST[0]),
        ("two-words", "Macros"),
        ("second", "Macros"),
        ("last", "A new group"),
    ]


def test_no_two_commands_have_one_place() -> None:
    folder = Path(function.__code__.co_filename).parent
    assert set(FIRST) <= set(GROUP_OF.values())
    texts = [line for file in folder.glob("*.py") for line in file.read_text().splitlines()]
    places = [line for line in texts if line.startswith("PLACE = (")]
    assert len(places) == len(set(places)) == len(GROUP_OF)


def test_whose_versions_results_name() -> None:
    from neuroloom.flows.commands import list_, results

    assert results.TOOLS == ALL
    assert not hasattr(list_, "TOOLS")
