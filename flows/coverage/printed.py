"""How much of the Verilog was reached, in the terminal."""

from rich.text import Text

from neuroloom.flows.coverage.code_coverage import CodeCoverage
from neuroloom.flows.tools.terminal import out, table


def print_code_coverage(coverage: CodeCoverage) -> None:
    """How much of the Verilog was reached, then what was not, a line each."""
    cells = []
    for kind in ("line", "branch", "toggle"):
        reached, total = coverage.count(kind)
        cells.append(f"{reached:,} of {total:,} ({coverage.percent(kind):.1f} %)")
    columns = (">specifications", ">lines", ">branches", ">toggles")
    title = f"code coverage of {coverage.macro}"
    out.print(table(columns, [(coverage.specifications, *cells)], title))
    for sentence in coverage.sentences():
        out.print(Text(f"unreached: {sentence}"), soft_wrap=True)
