"""The documents are true: their links lead somewhere, what is generated is as it is committed."""

import re
from pathlib import Path

import pytest
from support.guides import files
from support.places import DOCS, ROOT

from neuroloom.flows.macros import index
from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.catalogue_page import catalogue_markdown
from neuroloom.flows.reproduce.listing import systems_markdown
from neuroloom.flows.reproduce.systems import systems

PAGES = sorted([ROOT / "README.md", *DOCS.glob("*.md"), DOCS / "results" / "README.md"])
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:href|src)=\"([^\"]+)\"")
NAMED = re.compile(r"`([a-z_]+(?:/[a-z_]+)+\.(?:py|md|json))`")
BASES = (ROOT, ROOT / "flows")
SCREEN, LINE, SHAPE = 45, 20, 880 / 1100
"""Lines of a screen, pixels of a line, and how high the picture is for its width."""


def anchors(page: Path) -> set[str]:
    """What a link may name behind its #, of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def dead(page: Path, text: str) -> list[str]:
    """Links of a page's text that lead nowhere."""
    found = []
    for words in LINK.findall(text):
        link = words[0] or words[1]
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not link.startswith("https://") and (
            not target.exists() or (anchor and anchor not in anchors(target))
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(page: Path) -> None:
    assert dead(page, page.read_text()) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_are_there(page: Path) -> None:
    """But those that a guide tells to write."""
    written = files(page.name).keys() if page.parent == DOCS else set()
    named = set(NAMED.findall(page.read_text())) - written
    assert {name for name in named if not any((at / name).exists() for at in BASES)} == set()


def test_a_dead_link_is_noticed() -> None:
    page = ROOT / "README.md"
    text = '[a](docs/no.md) [b](docs/architecture.md#areas) [c](#no) <img src="no.png">'
    assert dead(page, text) == ["docs/no.md", "#no", "no.png"]


def test_the_catalogue_is_as_its_command_writes_it() -> None:
    page = (DOCS / "catalogue.md").read_text()
    assert page == catalogue_markdown(), "write it: neuroloom list --markdown docs/catalogue.md"
    assert all(f"| `{name}` |" in page for name in macros())
    assert dead(DOCS / "catalogue.md", page) == []


def test_the_list_of_published_systems_is_as_its_command_writes_it() -> None:
    page = DOCS / "published-systems.md"
    command = "neuroloom reproduce --list --markdown docs/published-systems.md"
    assert page.read_text() == systems_markdown(DOCS), f"write it: {command}"
    assert command in page.read_text()
    for name in systems():
        (row,) = [
            line for line in page.read_text().splitlines() if line.startswith(f"| `{name}` |")
        ]
        assert (DOCS / "results" / name / "reproduction.md").is_file() == (name in row[9:])
    assert dead(page, page.read_text()) == []


def test_the_catalogue_says_more_than_the_list() -> None:
    entry = index.entries()["popcount"]
    assert entry.summary == macros()["popcount"].spec.summary
    assert entry.details.startswith(f"{entry.summary} of 1 … 4,096 bits; ")


def test_the_first_screen_of_the_readme_fits_a_screen() -> None:
    screen = (ROOT / "README.md").read_text().partition("\n## ")[0].splitlines()
    (width,) = re.findall(r'<img [^>]*width="(\d+)"', "\n".join(screen))
    assert len(screen) + int(width) * SHAPE / LINE <= SCREEN
    text = "\n".join(screen)
    assert text.count("\n    make ") == 2 and text.count("\n    neuroloom ") == 5


def test_the_readme_answers_where_things_are() -> None:
    text = (ROOT / "README.md").read_text()
    for word in ("**model**", "**proof**", "**wire**", "**printed figures**", "**bus**"):
        (row,) = [line for line in text.splitlines() if word in line and line.startswith("|")]
        assert LINK.search(row), word
    glossary = (DOCS / "glossary.md").read_text().splitlines()
    words = (
        "macro part stream token contract lag room companion landmark bench readiness standstill"
    )
    for word in (*words.split(), "golden model", "**wire**"):
        assert any(line.startswith(f"| {word} |") for line in glossary), word
