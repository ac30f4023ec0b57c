"""The pure core: values in, decisions out. No clock, disk, network, terminal or randomness."""
