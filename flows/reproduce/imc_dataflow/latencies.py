"""Latencies and throughput of Dazzi et al. 2021 by the event model, and what it leaves open."""

from collections.abc import Callable, Mapping
from functools import partial

from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.mapping.imc.timesteps import LayerActivity, TransferTiming
from neuroloom.flows.reports.figures import Printed, formula, model
from neuroloom.flows.reports.published import UNEXPLAINED, OpenChoice, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed

SINGLE, REPLICATED = "single", "4/2/1"
"""Speeds: a pixel a timestep, and as many as each group of layers computes."""
TIMINGS = {
    "all transfers +1": TransferTiming(delivery=1, partial_sum=1),
    "none": TransferTiming(delivery=0, partial_sum=0),
    "partial sums +1": TransferTiming(delivery=0, partial_sum=1),
}
"""Timesteps from a computation to that of the next core at the earliest, by column."""
FIRST, LAST = "1", "FC"
PIXELS = f"{REPLICATED}, pixel by pixel"
Runs = Mapping[str, Mapping[str, Mapping[str, LayerActivity]]]
"""Layers at work by speed, timing and name."""

LATENCY_WHY = (
    "The image takes 1,024 timesteps and each 3×3 layer of stride 1 adds a column and a pixel "
    "(11·33, 9·17, 9·9): 1,621. The nine partial sums of layers 23 to 31 add 9, a timestep "
    "for each delivery adds 31. The paper's figure is 2 less than 1,630; it says nothing that "
    "would explain them, and with 4/2/1 there is no such difference: unexplained"
)
FIRST_WHY = (
    "all transfers +1 counted from layer 1's first output gives 1,628 exactly, and 548 for the 526 "
    "of 4/2/1: no reading gives both of the printed figures"
)
PIXELS_WHY = (
    "as many pixels of a column as before, but each as soon as its own patch is there, not tiles "
    "whose patches are all there: Algorithm 1 says neither"
)
REPLICATED_WHY = (
    "tiles of 4, 2 and 1 pixels of a column with the single replica's splits, as if larger "
    "crossbars held the replicas: 256 for the image, 11·9, 9·9, 9·9, and 9 partial sums"
)
MAPPED_WHY = {
    "Method 1": "replicas in crossbars of 256 rows: 19 more layers are split over rows, which "
    "adds a partial sum each",
    "Methods 1 and 2": "replicas in crossbars of 256 rows: layers 2 to 11 fit as tiles of 2×2 "
    "pixels, a pair of columns at a time, 17 timesteps behind the layer before rather than "
    "9; nine more layers are split",
}


def open_choices(runs: Runs, chip: Chip) -> tuple[OpenChoice, ...]:
    """What the paper leaves open of its timesteps, with what other readings give."""

    def both(column: str, first: bool = False, fast: str = REPLICATED) -> str:
        count = from_first if first else latency
        return f"{count(runs, SINGLE, column):,} and {count(runs, fast, column):,}"

    def pair(speed: str) -> str:
        nothing, partial_sums = (latency(runs, speed, column) for column in list(TIMINGS)[1:])
        return f"{nothing:,} and {partial_sums:,} timesteps with none and with partial sums +1"

    every, none, partial_sums = TIMINGS
    one = [1 / (latency(runs, SINGLE, column) * chip.timestep) for column in TIMINGS]
    image = runs[SINGLE][none][FIRST].computed[0].size
    endless = 1 / (image * chip.timestep)
    return (
        OpenChoice(
            name="what a transfer to the next core takes",
            taken=f"nothing within a timestep, a timestep where partial sums are added: "
            f"{both(partial_sums)} timesteps",
            otherwise=f"nothing at all: {both(none)}; a timestep each: {both(every)}",
        ),
        OpenChoice(
            name="from where the latency counts",
            taken="from the image's first pixel",
            otherwise=f"from layer 1's first output: {both(every, first=True)} timesteps with all "
            f"transfers +1, {both(partial_sums, first=True)} with partial sums +1",
        ),
        OpenChoice(
            name="what 4, 2 and 1 activations a timestep are",
            taken="tiles of a column, computed when all of their patches are there, as replicas "
            f"that share a patch do: {pair(REPLICATED)}",
            otherwise=f"each pixel when its own patch is there: {pair(PIXELS)}",
        ),
        OpenChoice(
            name="images of the batch of 9,650 images a second",
            taken=f"{printed.BATCH:g}, as the paper has for 4/2/1",
            otherwise=f"one: {min(one):,.0f} to {max(one):,.0f} images a second; without end: "
            f"{endless:,.0f}",
        ),
    )


def latency(runs: Runs, speed: str, column: str) -> int:
    """Timestep of the first image's last activation."""
    return runs[speed][column][LAST].finished()


def from_first(runs: Runs, speed: str, column: str) -> int:
    """The same, counted from layer 1's first activation."""
    return latency(runs, speed, column) - int(runs[speed][column][FIRST].computed[0].min()) + 1


def operations_table(chip: Chip) -> PublishedTable:
    """Operations a second of a crossbar (section 3.2) beside its timestep (section 3.1.3)."""
    operations = 2 * chip.rows * chip.columns
    return PublishedTable(
        title="Operations a second of a crossbar",
        source="Section 3.2",
        published=("paper",),
        ours=("ours",),
        rows=(
            PublishedRow(
                name=f"{chip.rows}×{chip.columns} multiplications and additions in a timestep",
                unit="TOPS",
                published=(printed.TOPS,),
                ours=formula(operations / chip.timestep / 1e12),
                why=f"1.008 TOPS are such an operation every "
                f"{operations / printed.TOPS / 1000:.0f} ns, not every 100 ns: {UNEXPLAINED}",
            ),
        ),
    )


def latency_table(runs: Runs, chip: Chip) -> PublishedTable:
    """Latency and throughput by speed and timing."""

    def throughput(speed: str, column: str) -> float:
        end = runs[speed][column][LAST].finished(int(printed.BATCH) - 1)
        return printed.BATCH / (end * chip.timestep)

    def row(
        name: str,
        unit: str,
        published: Printed | None,
        value: Callable[[str], float],
        why: str = "",
    ) -> PublishedRow:
        ours = model(*(value(column) for column in TIMINGS))
        return PublishedRow(name=name, unit=unit, published=(published,), ours=ours, why=why)

    def of_batch(speed: str, published: Printed, why: str) -> PublishedRow:
        name = f"throughput of {printed.BATCH:g} images"
        if speed != SINGLE:
            name += f", {speed}"
        return row(name, "image/s", published, partial(throughput, speed), why)

    return PublishedTable(
        title="Latency and throughput",
        source="Sections 3.1.3 and 3.1.4",
        published=("paper",),
        ours=tuple(TIMINGS),
        rows=(
            row(
                "latency", "timestep", printed.LATENCY, partial(latency, runs, SINGLE), LATENCY_WHY
            ),
            row(
                "latency",
                "µs",
                printed.LATENCY_US,
                lambda column: latency(runs, SINGLE, column) * chip.timestep * 1e6,
                "161.8 µs are 1,618 timesteps, not the 1,628 printed beside them",
            ),
            row(
                "latency, 4/2/1",
                "timestep",
                printed.LATENCY_REPLICATED,
                partial(latency, runs, REPLICATED),
                REPLICATED_WHY,
            ),
            row(
                "speed-up by 4/2/1",
                "×",
                printed.SPEED_UP,
                lambda column: latency(runs, SINGLE, column) / latency(runs, REPLICATED, column),
            ),
            *(
                row(
                    f"latency, 4/2/1, {speed}", "timestep", None, partial(latency, runs, speed), why
                )
                for speed, why in MAPPED_WHY.items()
            ),
            *(
                row(f"latency from layer 1's first output{end}", "timestep", None, value, FIRST_WHY)
                for end, value in (
                    ("", partial(from_first, runs, SINGLE)),
                    (", 4/2/1", partial(from_first, runs, REPLICATED)),
                )
            ),
            row(
                "latency, 4/2/1, pixel by pixel",
                "timestep",
                None,
                partial(latency, runs, PIXELS),
                PIXELS_WHY,
            ),
            of_batch(
                SINGLE,
                printed.THROUGHPUT,
                "printed is a quarter of 38,600, whose batch is taken for it, too; 99 images of "
                "1,024 timesteps follow the first",
            ),
            of_batch(
                REPLICATED,
                printed.THROUGHPUT_REPLICATED,
                "printed is cut to three digits; 99 images of 256 timesteps follow the first",
            ),
        ),
        note="Columns: what a transfer to the next core adds. The paper says that a delivery takes "
        "place within a timestep, and not when partial sums are added; the last column is the "
        "reading that its figures fit.",
    )
