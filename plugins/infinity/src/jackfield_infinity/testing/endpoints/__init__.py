"""The endpoints of the loopback service, one subject a file."""
