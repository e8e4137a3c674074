"""Querlioz et al. 2019: binarized networks on differential resistive memory."""
