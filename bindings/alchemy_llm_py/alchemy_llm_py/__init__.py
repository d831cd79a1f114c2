"""Python module over the Rust crate alchemy-llm: streams of chat completions.

The code is in `_native`, which is compiled; `__init__.pyi` describes it.
"""

from alchemy_llm_py._native import (
    ALCHEMY_LLM_VERSION,
    DONE,
    ERROR,
    RECORD_TYPES,
    START,
    TEXT_DELTA,
    TEXT_END,
    TEXT_START,
    THINKING_DELTA,
    THINKING_END,
    THINKING_START,
    TOOL_CALL_DELTA,
    TOOL_CALL_END,
    TOOL_CALL_START,
    OpenAICompletionsStream,
    Wakeup,
    __version__,
    collect_openai_completions,
    open_stream,
    openai_completions_stream,
)

__all__ = [
    "ALCHEMY_LLM_VERSION",
    "DONE",
    "ERROR",
    "RECORD_TYPES",
    "START",
    "TEXT_DELTA",
    "TEXT_END",
    "TEXT_START",
    "THINKING_DELTA",
    "THINKING_END",
    "THINKING_START",
    "TOOL_CALL_DELTA",
    "TOOL_CALL_END",
    "TOOL_CALL_START",
    "OpenAICompletionsStream",
    "Wakeup",
    "__version__",
    "collect_openai_completions",
    "open_stream",
    "openai_completions_stream",
]
