"""Operations a second of Dazzi et al. 2021: what the printed figure may count."""

from neuroloom.flows.mapping.imc.cores import Chip
from neuroloom.flows.networks.convolutional import ConvolutionalNetwork
from neuroloom.flows.reports.figures import Figures, formula
from neuroloom.flows.reports.published import OpenChoice, PublishedRow, PublishedTable
from neuroloom.flows.reproduce.imc_dataflow import printed

NOT_SAID = "the paper does not say which operations it counts, nor in what time"
CORE = (
    "the 10.5 TOPS/W and 1.59 TOPS/mm² that stand beside it are those of the HERMES core, a "
    "crossbar of 256×256 phase-change devices in 14 nm (Khaddam-Aljameh et al. 2022), so that "
    "1.008 TOPS is likely that core's, too"
)


def multiplications(network: ConvolutionalNetwork) -> int:
    """Products of an image, all layers."""
    return sum(
        each.made.height * each.made.width * each.matrix[0] * each.matrix[1]
        for each in network.wired
    )


def _tops(network: ConvolutionalNetwork, chip: Chip) -> tuple[float, float]:
    """Operations of a crossbar, and of the network at the printed throughput [TOPS]."""
    crossbar = 2 * chip.rows * chip.columns / chip.timestep / 1e12
    return crossbar, 2 * multiplications(network) * float(printed.THROUGHPUT) / 1e12


def operations_table(network: ConvolutionalNetwork, chip: Chip) -> PublishedTable:
    """Operations a second (section 3.2) by two readings."""
    crossbar, whole = _tops(network, chip)
    rate = f"{printed.THROUGHPUT:,g} images a second"

    def row(name: str, ours: Figures) -> PublishedRow:
        return PublishedRow(
            name=name, unit="TOPS", published=(printed.TOPS,), ours=ours, no_ratio=NOT_SAID
        )

    return PublishedTable(
        title="Operations a second",
        source="Section 3.2",
        published=("paper",),
        ours=("ours",),
        rows=(
            row(
                f"a crossbar: {chip.rows}×{chip.columns} products and sums in a timestep of 100 ns",
                formula(crossbar),
            ),
            row(
                f"the whole network: {multiplications(network):,} products and sums an image, "
                f"{rate}",
                formula(whole, circular="the printed throughput"),
            ),
        ),
        note=f"The paper says that its implementation provides {printed.TOPS:g} TOPS; {CORE}.",
    )


def operations_choice(network: ConvolutionalNetwork, chip: Chip) -> OpenChoice:
    """What the printed figure counts."""
    crossbar, whole = _tops(network, chip)
    return OpenChoice(
        name=f"which operations {printed.TOPS:g} TOPS are",
        taken="none: it is not compared",
        otherwise=f"a crossbar each 100 ns: {crossbar:.2f} TOPS; the network at "
        f"{printed.THROUGHPUT:,g} images a second: {whole:.2f} TOPS",
    )
