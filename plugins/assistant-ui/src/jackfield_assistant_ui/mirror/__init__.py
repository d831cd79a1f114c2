"""The event sink: a run -> commands, which wait in a file until a server has taken them."""
