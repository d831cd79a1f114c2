"""A plugin that offers one of everything and keeps a diary of what happens."""

import importlib
from types import ModuleType

import pytest

PANEL = '''
import asyncio
from pydantic import BaseModel
from jackfield import AgentTool, hookimpl, tool
from jackfield.testing.scripted import ScriptedProvider

diary = []
made = []

class Diarist:
    def __init__(self, kind, name, settings):
        self.kind, self.name, self.settings = kind, name, settings
        self.events = []
        diary.append(f"open {kind} {name}")
        made.append(self)

    async def aclose(self):
        diary.append(f"close {self.kind} {self.name}")
        if self.name.startswith("broken"):
            raise RuntimeError(f"{self.name} is stuck")

class EchoProvider(ScriptedProvider, Diarist):
    def __init__(self, name, settings):
        ScriptedProvider.__init__(self, name=name, default="hello")
        Diarist.__init__(self, "provider", name, settings)
    aclose = Diarist.aclose

class Sink(Diarist):
    async def handle(self, events):
        if self.name.startswith("bad"):
            raise OSError("disk is full")
        self.events.extend(events)

class Transport(Diarist):
    def stream(self, request):
        raise NotImplementedError

class Auth(Diarist):
    async def apply(self, request):
        return request
    async def refused(self, request, status):
        return False

class EchoSettings(BaseModel):
    fallback: str = ""
    auth: str = ""
    transport: str = ""
    code: str = ""
    port: int = 1

@hookimpl
def describe_settings(kind, name):
    return EchoSettings if kind == "provider" else None

@hookimpl
def open_provider(name, settings, kernel):
    if settings.fallback:
        kernel.provider(settings.fallback)
    if settings.auth:
        kernel.auth(settings.auth)
    if settings.transport:
        kernel.transport(settings.transport)
    return EchoProvider(name, settings)

@hookimpl
def open_sink(name, settings):
    return Sink("sink", name, settings)

@hookimpl
def open_transport(name, settings):
    return Transport("transport", name, settings)

@hookimpl
def open_auth(name, settings):
    return Auth("auth", name, settings)

@hookimpl
def open_tools(name):
    @tool
    def search(text: str) -> str:
        """Search for a text."""
        return text
    @tool
    def fetch(url: str) -> str:
        """Fetch an address."""
        return url
    diary.append(f"open tools {name}")
    return [search, fetch]
'''

OFFERS = {
    "provider": ["echo"],
    "sink": ["count"],
    "tools": ["web"],
    "transport": ["wire", "httpx"],
    "auth": ["badge"],
}

HOOKS = """
from jackfield import hookimpl

seen = []

@hookimpl
def on_event(event):
    seen.append(event.type)

@hookimpl
def transform_context(context):
    context.system_prompt += " (checked)"

@hookimpl
def should_stop_after_turn(new_messages):
    seen.append(len(new_messages))
    return False

@hookimpl
def before_tool_call(args, tool_call):
    seen.append((tool_call.name, args))

@hookimpl
async def after_tool_call(result):
    seen.append(result.tool_name)

@hookimpl(wrapper=True)
def open_provider(name):
    provider = yield
    provider.name = "wrapped"
    return provider
"""


@pytest.fixture
def panel(installed_plugin) -> ModuleType:
    """Install the plugin and give its module: `diary`, `made`."""
    installed_plugin("acme-panel", code=PANEL, entry_points=OFFERS)
    return importlib.import_module("acme_panel")


@pytest.fixture
def hooks(installed_plugin) -> ModuleType:
    """Install a hook plugin and give its module: `seen`."""
    installed_plugin("acme-hooks", code=HOOKS, entry_points={"hook": ["watch"]})
    return importlib.import_module("acme_hooks")
