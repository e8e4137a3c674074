"""The documents are true: their code runs, their links lead somewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.places import ROOT

BLOCK = re.compile(r"^## \d+\. [^\n]*`([^`]+)`\n+```python\n(.*?)```", re.S | re.M)


@pytest.mark.flow
def test_the_macro_of_the_guide_works_when_its_files_are_put_in_place(tmp_path: Path) -> None:
    package = tmp_path / "neuroloom"
    for folder in ("golden", "hdl", "verif", "flows"):
        shutil.copytree(ROOT / folder, package / folder)
    files = BLOCK.findall((ROOT / "docs" / "adding-a-macro.md").read_text())
    assert len(files) == 5
    for name, text in files:
        file = tmp_path / name if name.startswith("tests/") else package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    check = (
        "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f)]\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "from neuroloom.flows.macros.catalogue import macros\n"
        "from neuroloom.flows.formal.prove import faults, prove\n"
        "from neuroloom.flows.simulation.simulators import SimulatorName\n"
        "from neuroloom.flows.verify import verify\n"
        "import numpy as np\n"
        "macro = macros()['running_max']\n"
        f"assert macro.spec.__module__ and {str(tmp_path)!r} in sys.modules["
        "macro.spec.__module__].__file__\n"
        "for seed in range(5):\n"
        "    spec = macro.stimulus_type.random_spec(np.random.default_rng(seed))\n"
        "    result = verify(spec, (1, 2), simulator=SimulatorName.AMARANTH)\n"
        "    assert result.passed, result.as_dict()\n"
        "for spec in macro.properties_type.small_specs():\n"
        "    assert prove(spec).proved\n"
        "    assert not any(prove(spec, fault=each.name).passed for each in faults(spec))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["README.md", "docs/architecture.md", "docs/adding-a-macro.md"])
def test_links_lead_to_files(name: str) -> None:
    file = ROOT / name
    for link in re.findall(r"\]\(([^)#]+)\)", file.read_text()):
        assert link.startswith("https://") or (file.parent / link).exists(), link


def test_the_readme_lists_every_macro() -> None:
    from neuroloom.flows.macros.catalogue import macros

    text = (ROOT / "README.md").read_text()
    assert all(f"| `{name}` |" in text for name in macros())
