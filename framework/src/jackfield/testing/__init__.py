"""The testing kit for plugin authors."""
