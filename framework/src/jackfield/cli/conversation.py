"""An interactive chat: reads messages, answers them, and obeys the slash commands."""

import sys

from jackfield.agent.agent import Agent
from jackfield.cli.agent_choice import AgentChoice
from jackfield.cli.agents import ask, opened_agent
from jackfield.cli.call import Call
from jackfield.cli.failure import describe
from jackfield.cli.history import History, history_path, line_editor
from jackfield.cli.interrupt import Loop
from jackfield.cli.line_input import Keyboard
from jackfield.cli.render import PlainView
from jackfield.cli.slash import Slash, is_command
from jackfield.errors import JackfieldError
from jackfield.kernel.kernel import Kernel

WELCOME = "/help lists the commands, Ctrl-C aborts an answer, Ctrl-D leaves."
HINT = "Press Ctrl-C again, or Ctrl-D, to leave."


def talk(call: Call, choice: AgentChoice, view: PlainView) -> int:
    """Hold a conversation at the terminal; return the exit code."""
    with opened_agent(call, choice, view) as (loop, kernel, agent):
        keyboard = Keyboard(History(history_path(), line_editor()), sys.stdout, sys.stderr)
        return Conversation(loop, kernel, agent, view, keyboard).hold()


class Conversation:
    """One interactive chat.

    Args:
        loop: Runs the answers.
        kernel: Finds other models.
        agent: Answers; the view is subscribed to it.
        view: Shows everything.
        keyboard: Gives the messages.
    """

    def __init__(
        self, loop: Loop, kernel: Kernel, agent: Agent, view: PlainView, keyboard: Keyboard
    ) -> None:
        self._loop = loop
        self._kernel = kernel
        self._agent = agent
        self._view = view
        self._keyboard = keyboard
        self._slash = Slash(loop, kernel, agent, view)

    def hold(self) -> int:
        """Talk until the user leaves; return the exit code."""
        self._view.note(WELCOME)
        while True:
            try:
                text = self._read()
            except EOFError:
                self._view.note("")
                return 0
            if text and not self._obey(text):
                return 0

    def _read(self) -> str:
        """Return the next message; the first Ctrl-C at a prompt only gives a hint.

        Raises:
            KeyboardInterrupt: The second one in a row.
        """
        try:
            return self._keyboard.read()
        except KeyboardInterrupt:
            self._view.note(f"\n{HINT}")
        return self._keyboard.read()

    def _obey(self, text: str) -> bool:
        """Answer or obey one message; return whether the chat goes on."""
        try:
            if is_command(text):
                return self._slash.obey(text)
            ask(self._loop, self._kernel, self._agent, text)
        except JackfieldError as error:
            for line in describe(error):
                self._view.line(line)
        if self._view.broken is not None:
            raise self._view.broken
        return True
