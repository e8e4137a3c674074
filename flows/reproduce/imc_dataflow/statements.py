"""What is said of Dazzi et al. 2021 as a whole, claim by claim, and what is left out."""

from collections.abc import Mapping
from math import ceil

from neuroloom.flows.reports.published import Judgement, LeftOut, PaperVerdict
from neuroloom.flows.reproduce.imc_dataflow import printed
from neuroloom.flows.reproduce.imc_dataflow.lags import Latencies
from neuroloom.flows.reproduce.imc_dataflow.latencies import (
    EVERY,
    PARTIAL_SUMS,
    REPLICATED,
    SINGLE,
    Runs,
    both,
    speed_up,
)

LEFT_OUT = (
    LeftOut(
        what="Method 2 (tiles of two columns) in RTL",
        why="controllers read the patches of one column; such tiles are mapped, their rows and "
        "timesteps counted",
    ),
    LeftOut(
        what="communication fabric between cores (sections 2.1, 3.1.3 and 3.2)",
        why="the paper takes it from Dazzi et al. 2019; our cores are wired by streams of their "
        "own, one for each link",
    ),
    LeftOut(
        what="worked example of the dataflow (section 2.4.3, Fig. 8)",
        why="its state variables are not shown here; a test of the controller holds the first "
        "output against it",
    ),
    LeftOut(
        what="93.7 % accuracy on CIFAR-10 (section 3.1)",
        why="it is another paper's training for noisy crossbars; ours have random weights here, "
        "and a smaller network is trained on digits",
    ),
    LeftOut(
        what="comparisons with other chips (section 3.2)",
        why="they rest on figures of other papers",
    ),
    LeftOut(
        what="links between cores: their power and energy a bit (Table 3)",
        why="they depend on the length of wires in a layout, which is not made here",
    ),
    LeftOut(
        what="TOPS/W and TOPS/mm² (section 3.2)",
        why="crossbars and converters are analog; here they are digital models",
    ),
    LeftOut(
        what="area and power of the SRAM (Tables 3 and 4)",
        why="no memory compiler of a node between those of our cells is at hand",
    ),
)
PRINTED = {SINGLE: printed.LATENCY, REPLICATED: printed.LATENCY_REPLICATED}


def verdict(found: Latencies) -> Judgement:
    """The paper as a whole, with the latencies in RTL."""
    off = max(abs(found.found[name] / latency - 1) for name, latency in PRINTED.items())
    more = (found.whole[name] / latency - 1 for name, latency in PRINTED.items())
    whole = " and ".join(f"{100 * share:.0f} %" for share in more)
    return Judgement(
        verdict=PaperVerdict.TREND,
        words="Cores and throughput are those printed; rows too, except in two rows of Table 2 "
        f"that contradict their neighbours; latencies in RTL are within {ceil(100 * off)} % with "
        f"crossbars that answer in {_answers(found)}, {whole} above with ones that "
        "take the whole timestep. Area and power are of another node and of a controller for one "
        "layer.",
    )


def _answers(found: Latencies) -> str:
    least, most = found.answers
    return f"{least}–{most} of {found.timestep} cycles"


def claims(
    runs: Runs, found: Latencies, bandwidths: tuple[float, float], cores: Mapping[str, int]
) -> tuple[Judgement, ...]:
    """What the paper claims. ``bandwidths`` at one pixel a timestep and at 4/2/1 [Gbit/s];
    ``cores`` of the replicas in crossbars of the paper's size, by method."""
    rtl, whole = (each[SINGLE] / each[REPLICATED] for each in (found.found, found.whole))
    by_method = " and ".join(
        f"{speed_up(runs, method, PARTIAL_SUMS):.2f} with {count} cores ({method})"
        for method, count in cores.items()
    )
    return (
        Judgement(
            claim="Replicas compute 4, 2 and 1 activations a timestep and speed ResNet-32 up by "
            f"{printed.SPEED_UP:g}, as long as the kernels fit on the crossbars",
            verdict=PaperVerdict.TREND,
            words=f"In RTL {rtl:.2f}, and {whole:.2f} where crossbars take the whole timestep, but "
            "with crossbars of up to 336 rows: into 256 the replicas of layers 2 to 11 and 13 to "
            f"21 do not fit. Split over crossbars of 256 rows they give {by_method}, by the event "
            "model with partial sums +1.",
        ),
        Judgement(
            claim="The speed-up uses the same hardware communication requirements",
            verdict=PaperVerdict.DIFFERS,
            words=f"{bandwidths[1]:.2f} Gbit/s against {bandwidths[0]:.2f}: four pixels of 16 "
            "channels are more than one of 56. The argument holds for 16, 32 and 64 channels.",
        ),
        Judgement(
            claim="All data is delivered within one timestep, so that the pipeline never stalls",
            verdict=PaperVerdict.TREND,
            words="In RTL images follow each other without a gap. But cores are wired by streams "
            f"of their own, not by the paper's fabric, and crossbars answer in {_answers(found)}, "
            "so that a pixel can pass several cores in one. With whole timesteps latencies are "
            f"{found.whole[SINGLE]:,.0f} and {found.whole[REPLICATED]:,.1f}.",
        ),
        Judgement(
            claim=f"{printed.LATENCY:,g} and {printed.LATENCY_REPLICATED:g} timesteps",
            verdict=PaperVerdict.TREND,
            words=f"With a timestep for each delivery {both(runs, EVERY)}, with one for partial "
            f"sums alone {both(runs, PARTIAL_SUMS)}; counted from layer 1's first output the "
            f"former are {both(runs, EVERY, first=True)}. Which reading the paper's simulator has "
            "is not said, and none of those tried gives both.",
        ),
        Judgement(
            claim=f"{printed.TOPS:g} TOPS",
            verdict=PaperVerdict.UNCLEAR,
            words="What it counts is not said. A crossbar in 100 ns and the network at its "
            "throughput are both more; beside it stand figures of another core.",
        ),
    )
