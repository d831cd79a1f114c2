"""From events to the bytes of the three protocols, without I/O.

Each module has a class `Encoder`; `encode_all` writes a batch of events in one piece.
Source: spec/assistant-ui.md, c.1 to c.3.
"""
