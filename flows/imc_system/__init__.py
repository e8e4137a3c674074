"""Networks of in-memory-computing cores as hardware: put together, simulated, compared."""
