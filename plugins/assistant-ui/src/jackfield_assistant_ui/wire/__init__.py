"""The three protocols of assistant-ui, without I/O: bytes <-> events.

Source: spec/assistant-ui.md, c.
"""
