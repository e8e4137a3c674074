"""Networks as data, whoever trained them: layers, integers, files."""
