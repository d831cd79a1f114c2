"""`jackfield serve`: the configured agents behind the protocols of assistant-ui.

Source: spec/assistant-ui.md, c.
"""
