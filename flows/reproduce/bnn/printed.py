"""What Querlioz et al. 2019 print of binarized networks on differential resistive memory."""

PAPER = "Querlioz et al. 2019, BioCAS, doi:10.1109/BIOCAS.2019.8919010"
BLOCK_BITS = 1024
"""Bits of the test chip: Fig. 1."""
WRONG_PRODUCTS = 0.0
"""Share of products that the sense amplifiers get wrong [%]: section II."""
TOLERATED = 1e-3
"""Error rate of cells up to which accuracy does not suffer: section II."""
LOSS = 0.0
"""What accuracy loses up to that rate [points]: section II."""
