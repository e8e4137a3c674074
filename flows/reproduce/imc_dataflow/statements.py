"""What is said of Dazzi et al. 2021 as a whole, claim by claim, and what is left out."""

from neuroloom.flows.reports.published import Judgement, LeftOut, PaperVerdict

LEFT_OUT = (
    LeftOut(
        what="Method 2 (tiles of two columns) in RTL",
        why="controllers read the patches of one column; such tiles are mapped, their rows and "
        "timesteps counted",
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
        what="TOPS/W and TOPS/mm² of whole cores",
        why="crossbars and converters are analog; here they are digital models",
    ),
    LeftOut(
        what="area and power of the SRAM (Tables 3 and 4)",
        why="no memory compiler of a node between those of our cells is at hand",
    ),
)
CLAIMS = (
    Judgement(
        claim="Replicas compute 4, 2 and 1 activations a timestep and speed ResNet-32 up by 3.1",
        verdict=PaperVerdict.AGREES,
        words="In RTL with a kernel for each of them in every crossbar, 1,024 and 256 timesteps "
        "from image to image, and no pixel ever waits. Such crossbars have up to 336 rows; into "
        "256 they fit with more cores and partial sums alone.",
    ),
    Judgement(
        claim="All data is delivered within one timestep, so that the pipeline never stalls",
        verdict=PaperVerdict.AGREES,
        words="In RTL as well, with a crossbar's operation every 50 cycles.",
    ),
    Judgement(
        claim="1,628 and 526 timesteps",
        verdict=PaperVerdict.TREND,
        words="One reading of a transfer gives 526 and 1,630, another 1,628 and 548; which one the "
        "paper's simulator has is not said.",
    ),
    Judgement(
        claim="1.008 TOPS of a crossbar with a timestep of 100 ns",
        verdict=PaperVerdict.DIFFERS,
        words="256×256 weights in 100 ns are 1.31 TOPS.",
    ),
)
