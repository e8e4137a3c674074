"""Networks on hardware, a target each."""
