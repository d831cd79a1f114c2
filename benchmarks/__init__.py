"""CPU benchmarks: medians, and ratios of things that are measured in one run."""
