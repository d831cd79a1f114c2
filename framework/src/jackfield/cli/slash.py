"""The slash commands of a chat."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from jackfield.agent.agent import Agent
from jackfield.cli.interrupt import Loop
from jackfield.cli.lazy import unknown
from jackfield.cli.render import PlainView
from jackfield.cli.wording import cut
from jackfield.errors import OptionError
from jackfield.kernel.kernel import Kernel

_COMMAND = re.compile(r"/[a-z?]+(\s|$)")


def is_command(text: str) -> bool:
    """Say whether a message is for us; a path such as `/etc/hosts` is for the model."""
    return _COMMAND.match(text) is not None


class Slash:
    """Obeys `/help`, `/model`, `/tools`, `/reset`, `/save` and `/exit`."""

    def __init__(self, loop: Loop, kernel: Kernel, agent: Agent, view: PlainView) -> None:
        self._loop = loop
        self._kernel = kernel
        self._agent = agent
        self._view = view
        self._commands: dict[str, tuple[str, str, Callable[[str], bool]]] = {
            "/help": ("", "show this list", self._help),
            "/model": ("[PROVIDER:ID]", "show the model, or take another one", self._model),
            "/tools": ("", "list the agent's tools", self._tools),
            "/reset": ("", "forget the conversation", self._reset),
            "/save": ("FILE", "write the conversation to a new JSON file", self._save),
            "/exit": ("", "leave (also Ctrl-D)", self._exit),
        }

    def obey(self, text: str) -> bool:
        """Do what the command says; return whether the chat goes on.

        Raises:
            OptionError: There is no such command, or its argument is wrong.
        """
        name, _, argument = text.partition(" ")
        name = {"/quit": "/exit", "/?": "/help"}.get(name.strip(), name.strip())
        if name not in self._commands:
            raise OptionError(unknown("command", name, list(self._commands)), hint="Try /help.")
        return self._commands[name][2](argument.strip())

    def _help(self, _argument: str) -> bool:
        for name, (argument, summary, _) in self._commands.items():
            self._view.note(f"  {f'{name} {argument}':<22} {summary}", "plain")
        self._view.note(
            '  A line that ends in \\ goes on in the next one; """ opens and closes a block.', "dim"
        )
        return True

    def _model(self, argument: str) -> bool:
        if argument:
            provider, chosen = self._kernel.resolve_model(argument)
            self._agent.set_model(chosen)
            self._agent.stream_fn = provider.stream
        model = self._agent.state.model
        text = f"{model.provider}:{model.id}" if model is not None else "none"
        self._view.note(f"model: {text}", "plain")
        return True

    def _tools(self, _argument: str) -> bool:
        for tool in self._agent.state.tools:
            self._view.note(f"  {tool.name:<22} {cut(tool.description, 90)}", "plain")
        if not self._agent.state.tools:
            self._view.note("This agent has no tools.", "plain")
        return True

    def _reset(self, _argument: str) -> bool:
        self._agent.reset()
        self._view.note("The conversation is forgotten.", "plain")
        return True

    def _save(self, argument: str) -> bool:
        if not argument:
            raise OptionError("/save needs the name of a file.")
        messages = [message.to_dict() for message in self._agent.state.messages]
        path = Path(argument).expanduser()
        try:
            with path.open("x", encoding="utf-8") as file:
                json.dump({"messages": messages}, file, indent=2, default=repr)
                file.write("\n")
        except FileExistsError:
            raise OptionError(f"{path} exists; /save never overwrites a file.") from None
        except OSError as error:
            raise OptionError(f"Cannot write {path}: {error.strerror}.") from error
        self._view.note(f"Saved {len(messages)} messages to {path}.", "plain")
        return True

    def _exit(self, _argument: str) -> bool:
        return False
