"""Analytic estimates of area, energy and delay, to stand beside synthesis."""
