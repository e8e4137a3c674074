"""ResNet-32 on in-memory-computing cores: every figure of the paper beside ours."""

import json
from collections.abc import Iterator

import pytest
from support.command_line import run
from support.pages import check_page, needs_browser

from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.reports.paired import Agreement
from neuroloom.flows.reports.published import (
    UNEXPLAINED,
    Curve,
    PaperVerdict,
    Plot,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.reports.reproduction_page import write_reproduction_page
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow import rebuild as imc_dataflow
from neuroloom.flows.reproduce.imc_dataflow.cores_table import straddling
from neuroloom.flows.reproduce.imc_dataflow.hardware import Hardware
from neuroloom.flows.reproduce.imc_dataflow.lags import Latencies
from neuroloom.flows.reproduce.imc_dataflow.mapping_table import TABLE_1
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.memory_mapping import Mapping

SILICON = PublishedTable(title="cells", source="", ours=(), rows=())
CHAINED = Hardware(
    (PublishedTable(title="chained", source="", ours=(), rows=()),),
    (
        Plot(
            name="activations",
            title="Activations",
            x_label="time [timestep]",
            y_label="activations [-]",
            curves=(Curve(name="layer 31", x=(0, 1), y=(0, 64)),),
            decades=False,
        ),
    ),
    ("in RTL",),
    (),
    Latencies({"single": 1635.4, "4/2/1": 531.7}, {"single": 1660.9, "4/2/1": 556.4}, (6, 16), 50),
)


@pytest.fixture(scope="module", autouse=True)
def without_hardware() -> Iterator[None]:
    """Cores in RTL and controllers in cells take minutes; they have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imc_dataflow, "silicon_tables", lambda *_: ((SILICON,), "in cells"))
        patch.setattr(imc_dataflow, "hardware", lambda *_: CHAINED)
        yield


@pytest.fixture(scope="module")
def found(without_hardware: None) -> Reproduction:
    return imc_dataflow.reproduce(lambda _: None)


def test_hardware_and_silicon_are_in_it(found: Reproduction) -> None:
    assert found.tables[-2:] == (*CHAINED.tables, SILICON)
    assert found.methods[-2:] == ("in RTL", "in cells")
    assert found.plots[-1] == CHAINED.plots[0]


def table(found: Reproduction, title: str) -> PublishedTable:
    return next(each for each in found.tables if each.title == title)


def rows(found: Reproduction, title: str) -> dict[str, PublishedRow]:
    return {f"{row.name} [{row.unit}]": row for row in table(found, title).rows}


def test_table_1_is_there_cell_by_cell(found: Reproduction) -> None:
    tables = [each for each in found.tables if each.source == "Table 1"]
    assert len(tables) == 3
    shown = [row for each in tables for row in each.rows]
    values = [
        value
        for row in TABLE_1
        for value in (float(row.kilobytes), float(row.empty), *row.reads, *row.writes)
    ]
    assert [row.published[0] for row in shown] == values
    # what the rounding of the print does not explain
    odd = {row.name: row for row in shown if row.why == UNEXPLAINED or "81.1" in row.why}
    assert odd.keys() == {"PLIP: empty", "KLIP: memory"}
    assert odd["PLIP: empty"].ours == pytest.approx((81.25, 81.09), abs=5e-3)
    assert odd["KLIP: memory"].ours == pytest.approx((1.44, 1.428))


def test_whole_words_are_not_rounded_to_the_decimals_of_the_paper(found: Reproduction) -> None:
    last = table(found, "Input memory: 56 channels, 8 rows, words of 128 bits")
    klip = {row.name: row for row in last.rows}["KLIP: memory"]
    assert klip.published == (1.4,) and klip.ours == pytest.approx((1.408, 1.4))


def test_replicas(found: Reproduction) -> None:
    replicas = rows(found, "Replicas of a kernel in a crossbar")
    assert replicas["rows of 20 replicas, ΔW = 1 []"].ours == (1056,)
    assert replicas["rows of 20 replicas, ΔW = 5 []"].ours == (672,)
    aspect = found.plots[0]
    assert [curve.name for curve in aspect.curves] == [f"ΔW = {width}" for width in (1, 2, 3, 5)]
    assert all(curve.y[0] == 9 for curve in aspect.curves)
    assert aspect.curves[0].y[19] == 1056 / 320
    assert found.plots[1].curves[3].y[19] == 672


def test_table_2(found: Reproduction) -> None:
    layers = table(found, "Layers of ResNet-32").rows
    differing = {row.name: row.ours for row in layers if row.ours != row.published}
    assert differing == {
        "12": (2, 128, 28, 144),
        "22": (2, 224, 56, 252),
        "23/31": (1, 448, 56, 504),
        "FC": (None, 448, 10, 56),
    }
    assert {row.name for row in layers if row.why} == set(differing)


def test_cores(found: Reproduction) -> None:
    single = {row.name: row.ours for row in table(found, "Cores with one kernel each").rows}
    assert sum(measured[0] or 0 for measured in single.values()) == 43
    # 288 bytes, a row in up to two words and a pixel in as many: as the paper stores it
    assert single["1, IWAP"][5:] == (4, 288)
    assert single["23/31, PLIP"][:4] == (18, 1, 252, 56)
    assert single["23/31, PLIP"][4] == pytest.approx(100 * 252 * 56 / 65536)
    chip = {row.name: row.ours[0] for row in table(found, "Cores, links and memories").rows}
    assert chip == {
        "cores": 43,
        "cores by Table 2 as printed": 44,
        "cores, 4/2/1, Method 1": 62,
        "cores, 4/2/1, Methods 1 and 2": 52,
        "bandwidth": pytest.approx(4.48),
        "bandwidth, 4/2/1": pytest.approx(5.12),
        "input memory of layer 1": 288 / 1024,
        "input memory of all other layers, the largest": 1.5,
        "columns of the image that the largest memory holds, single": 3,
        "columns of the image that the largest memory holds, Method 1": 3,
        "columns of the image that the largest memory holds, Methods 1 and 2": 6,
    }
    shown = table(found, "Cores, links and memories")
    compared = {row.name: shown.pairs(row)[0] for row in shown.rows}
    # the paper against itself, and a figure that it does not print for 4/2/1
    assert compared["cores by Table 2 as printed"] is compared["bandwidth, 4/2/1"] is None
    whys = {row.name: row.why for row in shown.rows}
    memories = whys["input memory of all other layers, the largest"]
    assert "768 bytes of 23 to 31, 512 bytes of RS1 and RS2, 64 bytes of FC" in memories
    assert "layer 12 would need 3 KB" in memories
    last = whys["columns of the image that the largest memory holds, Methods 1 and 2"]
    assert "up to 3 KB, not the 1.5 KB" in last


def test_latency_and_throughput(found: Reproduction) -> None:
    every = rows(found, "Latency and throughput")
    assert every["latency [timestep]"].ours == (1661, 1621, 1630)
    assert every["latency, 4/2/1 [timestep]"].ours == (557, 517, 526)
    assert every["latency, 4/2/1, Method 1 [timestep]"].ours == (576, 517, 545)
    assert every["latency, 4/2/1, Methods 1 and 2 [timestep]"].ours == (645, 596, 614)
    # counted from layer 1's first output, the first column has the paper's figure exactly
    assert every["latency from layer 1's first output [timestep]"].ours == (1628, 1588, 1597)
    assert every["latency from layer 1's first output, 4/2/1 [timestep]"].ours == (548, 508, 517)
    assert every["latency, 4/2/1, pixel by pixel [timestep]"].ours == (545, 505, 514)
    assert every["latency [µs]"].ours[2] == pytest.approx(163.0)
    period = Chip().timestep
    assert every["throughput of 100 images [image/s]"].ours[2] == pytest.approx(
        100 / ((1630 + 99 * 1024) * period)
    )
    fast = every["throughput of 100 images, 4/2/1 [image/s]"]
    assert fast.ours[2] == pytest.approx(100 / ((526 + 99 * 256) * period))
    assert fast.published == (38600,)
    assert every["latency, layer 22 split [timestep]"].ours == (1662, 1621, 1631)
    assert every["latency, 4/2/1, layer 22 split [timestep]"].ours == (558, 517, 527)
    assert every["speed-up, Method 1 [×]"].ours[2] == 1630 / 545
    shown = table(found, "Latency and throughput")
    for name, row in every.items():
        pair = shown.pairs(row)[0]
        if pair is not None:
            # a timestep for each delivery, not the reading that comes nearest
            assert pair.ours is row.ours[0], name
            assert pair.ratio == pytest.approx(1, abs=0.06), name


def test_pixels_that_straddle_two_words() -> None:
    """Three bytes in words of 16: two of sixteen begin too late; KLIP keeps a row in a word."""
    layer = {"height": 32, "width": 32, "channels": 3, "bits": 8, "kernel": 3, "word_bits": 128}
    for mapping, pixels in ((Mapping.IWAP, 2 * 1024 // 16), (Mapping.KLIP, 0)):
        flow = DataflowControllerSpec.model_validate({**layer, "mapping": mapping})
        assert straddling(flow) == pixels


def test_operations_a_second(found: Reproduction) -> None:
    shown = table(found, "Operations a second")
    crossbar, whole = shown.rows
    assert crossbar.ours == pytest.approx((1.31072,)) and crossbar.published == (1.008,)
    assert whole.ours == pytest.approx((2 * 58_700_336 * 9650 / 1e12,))
    assert not any(any(shown.pairs(row)) for row in shown.rows)


def test_figures_that_count(found: Reproduction) -> None:
    """Each printed figure once, with ours of the same quantity."""
    compared = list(found.compared())
    cells = [(pair.theirs.place, float(pair.theirs)) for _, pair in compared]
    assert len(set(cells)) == len(cells)
    of_table_2 = [pair for shown, pair in compared if shown.source == "Table 2"]
    # eight strides, nine numbers of rows, and the bits of layers 12 and 22
    assert len(of_table_2) == 8 + 9 + 2
    wrong = sorted(
        pair.theirs.place for pair in of_table_2 if pair.agreement is not Agreement.AGREES
    )
    assert wrong == [
        "Table 2, 12, pixel_bits",
        "Table 2, 12, rows",
        "Table 2, 22, pixel_bits",
        "Table 2, 22, rows",
        "Table 2, 23/31, stride",
    ]


def test_claims_rest_on_what_was_found(found: Reproduction) -> None:
    told = {each.claim: each for each in found.claims}
    speed_up, links, stalls, latency, operations = told.values()
    assert "In RTL 3.08, and 2.99" in speed_up.words
    assert "2.99 with 62 cores (Method 1) and 2.65 with 52 cores (Methods 1" in speed_up.words
    assert links.verdict is PaperVerdict.DIFFERS and "5.12 Gbit/s against 4.48" in links.words
    assert "6–16 of 50 cycles" in stalls.words and "1,661 and 556.4" in stalls.words
    for figures in ("1,661 and 557", "1,630 and 526", "1,628 and 548"):
        assert figures in latency.words
    assert operations.verdict is PaperVerdict.UNCLEAR
    assert "within 2 % with crossbars that answer in 6–16 of 50 cycles" in found.verdict.words
    assert "2 % and 6 % above" in found.verdict.words


def test_choices_say_what_others_give(found: Reproduction) -> None:
    told = {each.name: f"{each.taken} {each.otherwise}" for each in found.choices}
    wanted = {
        "from where the latency counts": ("1,628 and 548", "1,597 and 517"),
        "what 4, 2 and 1 activations a timestep are": ("517 and 526", "505 and 514"),
        "images of the batch of 9,650 images a second": (
            "6,020 to 6,169",
            "49 or 50: 9,643 to 9,653",
            "9,766",
        ),
        "input channels and splits of layers 12 and 22": ("44 cores", "1,631 and 527"),
        "pixels of the image that arrive in a timestep at 4/2/1": ("557", "one: 1,348", "9,735"),
        "which operations 1.008 TOPS are": ("1.31", "1.13"),
        "number of replicas whose aspect ratio stays around 2 by Method 2": ("2.10", "1.75"),
    }
    for name, figures in wanted.items():
        assert all(each in told[name] for each in figures), told[name]


def test_printed_layers_are_those_of_the_article() -> None:
    names = [name for each in printed.TABLE_2 for name in each.names]
    assert len(names) == len(set(names)) == 34
    for each in printed.TABLE_2:
        assert each.pixel_bits == 8 * each.inputs
        assert each.columns == each.outputs
        assert each.rows in (each.inputs, 9 * each.inputs)


@pytest.fixture(scope="module")
def files(found: Reproduction, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Text of each file by name."""
    folder = tmp_path_factory.mktemp("page")
    written = write_reproduction_page(found, folder)
    assert sorted(folder.iterdir()) == sorted(written)
    return {file.name: file.read_text() for file in written}


def test_files_and_drawing(files: dict[str, str]) -> None:
    assert files["grid.svg"].startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox')
    assert "![Cores on the grid](grid.svg)" in files["reproduction.md"]
    assert "layer 31" in files["activations.svg"]


@needs_browser
def test_the_page(files: dict[str, str]) -> None:
    assert "43 cores on a grid" in files["reproduction.html"]
    assert "--series-0: #14619c" in files["reproduction.html"]  # curves have their colours
    check_page(files["reproduction.html"])


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "BATCH", 2)
    status, text, _ = run(capsys, "reproduce", "imc-dataflow", "--json")
    assert status == 0
    told = json.loads(text)
    assert told["system"] == "imc-dataflow"
    latency = next(each for each in told["tables"] if each["title"] == "Latency and throughput")
    assert [each["value"] for each in latency["rows"][0]["ours"]] == [1661, 1621, 1630]
