"""Reports: what was measured, as pages that stand alone."""
