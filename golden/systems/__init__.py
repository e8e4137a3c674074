"""Systems: whole networks and chips, which are no part of anything else."""
