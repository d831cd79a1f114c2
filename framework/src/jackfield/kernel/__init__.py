"""The composition root: from the configuration to opened capabilities and agents."""
