"""Streamed answers: bytes -> frames -> chunks. Without I/O."""
