"""The list of published systems as a page."""

from pathlib import Path

from neuroloom.flows.reproduce.systems import systems
from neuroloom.flows.tools.markdown import table

RESULTS = "results"
"""Folder beside the page in which the pages of figures lie."""
HEAD = """\
# Published systems

Written by `neuroloom reproduce --list --markdown docs/published-systems.md`. Each is rebuilt and
measured by `neuroloom reproduce SYSTEM`; its page has the paper's figures, ours beside them, and
why they differ. The paper's figures stand in `flows/reproduce/<system>/printed.py`.
"""
COLUMNS = ("system", "what it is", "paper", "needs", "its figures")


def systems_markdown(folder: Path) -> str:
    """The page, with links from ``folder`` to those pages of figures that lie there."""
    rows = []
    for name, system in systems().items():
        page = f"{RESULTS}/{name}/reproduction.md"
        link = f"[page]({page}), [data]({RESULTS}/{name}/reproduction.json)"
        needs = ", ".join(system.needs) or "nothing more"
        here = link if (folder / page).is_file() else ""
        rows.append((f"`{name}`", system.title, system.paper, needs, here))
    return "\n".join([HEAD, *table(COLUMNS, rows, numbers=())]) + "\n"
