"""What tests share: drawn inputs, oracles of parts, broken hardware, and how commands are run."""
