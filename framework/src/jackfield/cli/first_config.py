"""The file that `jackfield config init` writes."""

FIRST_CONFIG = """\
# Jackfield: agents and their plugins.
#   jackfield config validate   finds mistakes in this file
#   jackfield config schema     its JSON Schema, for editors
#   jackfield plugins list      what is installed

[agents.default]
# provider:model id. `jackfield models` lists what your providers offer.
# model = "openrouter:anthropic/claude-sonnet-4.5"
system_prompt = "You are a helpful assistant."
# tools = ["clock", "calculator"]    # want a stronger model than the embedded one
# sinks = ["trace"]
max_turns = 20

# Settings of a provider. A second, differently configured one takes `use = "openrouter"`.
# [providers.openrouter]
# auth = "work-key"

# Keys are never written into this file: it says where they are.
# [auth.work-key]
# use = "env"                        # or: keyring, file, command
# variable = "OPENROUTER_API_KEY"

# Everything that happens, one file for each run.
# [sinks.trace]
# use = "jsonl"
# path = "runs/{run_id}.jsonl"
"""
