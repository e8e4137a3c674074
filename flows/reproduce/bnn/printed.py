"""What Querlioz et al. 2019 print of binarized networks on differential resistive memory."""

from neuroloom.flows.reports.figures import Printed

PAPER = "Querlioz et al. 2019, BioCAS, doi:10.1109/BIOCAS.2019.8919010"
BLOCK_KILOBITS = Printed(1, "Section II, paragraph 2")
"""Size of the in-memory computing block of the test chip [Kibit]."""
TOLERATED = Printed(1e-3, "Section II, paragraph 2")
"""Bit error rate that has no impact, which the paper takes from its reference 22."""
