"""Lu et al. 2021: the digital periphery of a macro of resistive memory."""
