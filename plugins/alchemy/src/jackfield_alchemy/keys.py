"""Which key of the environment belongs to which host: it is sent to no other.

Source: spec/alchemy.md, 5.4 and 9.
"""

import os
from urllib.parse import urlsplit

from jackfield.contracts import Auth
from jackfield_openai.provider import env_auth

VARIABLES: dict[str, tuple[str, ...]] = {
    "api.anthropic.com": ("ANTHROPIC_OAUTH_TOKEN", "ANTHROPIC_API_KEY"),
    "api.openai.com": ("OPENAI_API_KEY",),
    "api.featherless.ai": ("FEATHERLESS_API_KEY",),
    "generativelanguage.googleapis.com": ("GEMINI_API_KEY",),
    "api.kimi.com": ("KIMI_API_KEY",),
    "api.groq.com": ("GROQ_API_KEY",),
    "api.cerebras.ai": ("CEREBRAS_API_KEY",),
    "api.x.ai": ("XAI_API_KEY",),
    "openrouter.ai": ("OPENROUTER_API_KEY",),
    "ai-gateway.vercel.sh": ("AI_GATEWAY_API_KEY",),
    "api.z.ai": ("ZAI_API_KEY",),
    "api.mistral.ai": ("MISTRAL_API_KEY",),
    "api.minimax.io": ("MINIMAX_API_KEY",),
    "api.minimax.chat": ("MINIMAX_CN_API_KEY",),
    "llm.chutes.ai": ("CHUTES_API_KEY",),
}
"""Environment variables by host; the first that is set counts."""


def default_auth(url: str) -> Auth | None:
    """Return the auth for a URL where none is named: the key of its host, if we know one."""
    variables = VARIABLES.get(urlsplit(url).hostname or "")
    if variables is None:
        return None
    return env_auth(next((name for name in variables if os.environ.get(name)), variables[-1]))
