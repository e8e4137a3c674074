"""What every page must be: one file that loads nothing, well-formed, quiet in a browser."""

import html.parser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium to load the page")


class _Tags(html.parser.HTMLParser):
    VOID = ("meta", "link", "br")

    def __init__(self) -> None:
        super().__init__()
        self.loads: set[str] = set()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag != "script"
        for name, value in attrs:
            if name in ("src", "href", "srcset", "xlink:href"):
                self.loads.add(value or "")
            elif name == "id":
                self.ids.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


def check_page(text: str) -> None:
    """The page stands alone: every tag closed, every reference inside it, nothing loaded."""
    tags = _Tags()
    tags.feed(text)
    assert not tags.open
    inside = {load for load in tags.loads if load.startswith("#")}
    assert tags.loads - inside == {"data:,"}
    assert {load.removeprefix("#") for load in inside} <= set(tags.ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(tags.ids)
    assert not re.search(r"https?://|@import|url\((?!#)", text)
    assert not re.search(r"#0[1-3]0[1-3][0-9a-f]{2}\b", text)  # a colour that stands for another


def page_in_browser(file: Path, profile: Path, width: int = 1100) -> str:
    """The page's document in a headless browser, which must have nothing to complain about."""
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            f"--user-data-dir={profile}",
            "--enable-logging=stderr",
            f"--window-size={width},1500",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "CONSOLE" not in done.stderr
    return done.stdout
