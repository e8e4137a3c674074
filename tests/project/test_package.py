"""The wheel holds the whole package and works where the tree is not."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from support.places import ROOT

FOLDERS = ("golden", "hdl", "verif", "flows")


def run(*command: str | Path, folder: Path) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env=clean
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.flow
def test_the_wheel_works_in_a_new_environment(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for folder in FOLDERS:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tree / folder, ignore=ignore)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for layer in ("golden", "hdl", "verif"):  # an area that nothing in the tree tells of
        new = tree / layer / "optics" / "lenses"
        new.mkdir(parents=True)
        (new / "__init__.py").write_text('"""Lenses."""\n')
        (new / "table.json").write_text("[3]\n")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, tree, folder=tmp_path)
    (wheel,) = tmp_path.glob("neuroloom-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    files = {file for folder in FOLDERS for file in (tree / folder).rglob("*") if file.is_file()}
    own = {name for name in packed if ".dist-info/" not in name}
    assert own == {f"neuroloom/{file.relative_to(tree)}" for file in files}
    assert "neuroloom/verif/optics/lenses/table.json" in own

    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    # hardly any of the modules is loaded below: they need not all be compiled
    run(*pip, "install", "--quiet", "--no-compile", wheel, folder=tmp_path)
    neuroloom = tmp_path / "env" / "bin" / "neuroloom"
    run(neuroloom, "generate", "popcount", "width=20", "-o", "out", folder=tmp_path)
    assert "module popcount" in (tmp_path / "out" / "popcount.v").read_text()
    place = run(python, "-c", "import neuroloom.golden as g; print(g.__file__)", folder=tmp_path)
    assert str(tmp_path) in place
    read = (
        "import neuroloom.hdl.optics.lenses as l; print(open(l.__path__[0] + '/table.json').read())"
    )
    assert run(python, "-c", read, folder=tmp_path) == "[3]\n\n"
