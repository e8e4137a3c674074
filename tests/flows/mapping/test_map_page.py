"""The files and the page of a mapping: what they show, alone and in a browser."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.pages import check_page, needs_browser, page_in_browser

from neuroloom.flows.mapping.imc import study
from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.networks.resnet import resnet
from neuroloom.flows.reports import mapping_page
from neuroloom.flows.reports.mapping_tables import activity_plot


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Text of the files of ResNet-32, by name."""
    folder = tmp_path_factory.mktemp("page") / "new"
    found = study.study(resnet(), Chip(), images=2)
    files = mapping_page.write_mapping_page(found, folder)
    assert sorted(folder.iterdir()) == sorted(files)
    return {file.name: file.read_text() for file in files}


def test_the_files(page: dict[str, str]) -> None:
    assert list(page) == [
        "mapping.html",
        "mapping.json",
        "mapping.md",
        "grid.svg",
        "activations.svg",
    ]
    grid = ElementTree.fromstring(page["grid.svg"])
    texts = [each.text for each in grid.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count("21.5%") == 19 and "partial sum: 9" in texts
    assert "layer FC" in page["activations.svg"]
    text = page["mapping.md"]
    assert "| 31 | 30 + 29 | 8×8×56 | 3×3 | 2 | 2×1 | 1×1 | 252 | 56 | 21.5 % | 4.48 |" in text
    assert "| 23 | 8×8×56 | 1,190 | 1,550 | 64 | 3 | 3 | 16 |" in text
    assert "| 2 … 11 | PLIP | 16 | 96 | 1,536 | 3 | 1 | KLIP and IWAP: the same addresses |" in text
    assert json.loads(page["mapping.json"])["latency"] == 1630


def test_the_page(page: dict[str, str]) -> None:
    html = page["mapping.html"]
    check_page(html)
    assert "43 cores on a grid" in html and "<dd>1,630 <small>timesteps</small></dd>" in html
    assert html.count('<tr><th scope="row">31</th>') == 2


@needs_browser
@pytest.mark.flow
def test_the_page_in_a_browser(page: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "mapping.html"
    file.write_text(page["mapping.html"])
    assert "ResNet-32 on in-memory-computing cores" in page_in_browser(file, tmp_path / "profile")


def test_curves_end_where_layers_do() -> None:
    found = study.study(resnet(), Chip(), images=1)
    curves = {curve.name: curve for curve in activity_plot(found).curves}
    assert list(curves) == [f"layer {name}" for name in ("1", "7", "13", "19", "25", "FC")]
    for layer in found.figures.layers:
        if f"layer {layer.name}" in curves:
            curve = curves[f"layer {layer.name}"]
            assert (curve.x[0], curve.x[-1]) == (layer.first - 1, layer.last)
            assert (curve.y[0], curve.y[-1]) == (0, 100)
            assert list(curve.y) == sorted(curve.y)
