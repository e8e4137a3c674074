"""Networks trained elsewhere become specifications."""
