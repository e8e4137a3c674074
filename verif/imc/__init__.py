"""In-memory-computing cores for convolutional networks: memory mapping and dataflow."""
