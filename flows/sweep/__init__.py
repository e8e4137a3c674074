"""Sweeps: many specifications on many targets, each point computed once."""

from neuroloom.flows.sweep.run import sweep

__all__ = ["sweep"]
