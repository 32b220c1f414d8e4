"""How fast, always in ratios of one run: machines differ, and the same machine differs by the hour."""
