"""A run as JSON lines, for `jackfield run --json`."""

from jackfield.cli.json_text import line
from jackfield.cli.render import PlainView
from jackfield.events import AgentEvent


class JsonView(PlainView):
    """Shows a run as JSON lines on `out`; what ends it badly is a line on `err` as well."""

    def show(self, event: AgentEvent) -> None:
        """Write the event, now: who reads a pipe wants to see it happen."""
        self._put(line(event) + "\n")
        if event.type == "agent_end" and event.reason == "error":
            self.failure(self.explain() or "The run failed.")
