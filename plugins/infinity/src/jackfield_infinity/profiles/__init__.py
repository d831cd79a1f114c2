"""Requests as they are documented, and as the service takes them. Without I/O."""
