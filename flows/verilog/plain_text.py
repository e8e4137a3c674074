"""Texts of specifications as ASCII, the only letters that every vendor's tool reads."""

import unicodedata
from typing import Any

SPELT = {
    "·": "*",
    "×": "x",
    "÷": "/",
    "±": "+/-",
    "−": "-",
    "–": "-",
    "—": "-",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "→": "->",
    "←": "<-",
    "∞": "inf",
    "²": "^2",
    "³": "^3",
    "°": " degrees ",
    "Δ": "delta ",
    "Σ": "sum ",
    "σ": "sigma",
    "µ": "u",
    "μ": "u",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}
"""What stands for the letters of units and formulas."""
_TABLE = str.maketrans(SPELT)


def plain(text: str) -> str:
    """``text`` in ASCII: signs spelt, accents off, anything else by its number."""
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFKD", text.translate(_TABLE))
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return kept.encode("ascii", "backslashreplace").decode("ascii")


def plain_value(value: Any) -> Any:
    """The same for what a template prints."""
    return plain(value) if isinstance(value, str) else value
