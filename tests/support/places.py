"""Where things lie: the project, its documents, and data that may lie beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
DOCS = ROOT / "docs"
RESULTS = DOCS / "results"
SHARED = ROOT.parent / "shared"
"""Kits, data sets and damaged files for development; tests that need them are skipped without."""
