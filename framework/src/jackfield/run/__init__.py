"""One run: its turns, the model calls and tool calls in them, and how it is aborted."""
