"""A Lumnis service in the test's own process: `LumnisServer`, and the runs that it plays."""

from jackfield_lumnis.testing.asked import error_reply as error_reply
from jackfield_lumnis.testing.runs import Run as Run
from jackfield_lumnis.testing.runs import Step as Step
from jackfield_lumnis.testing.runs import entry as entry
from jackfield_lumnis.testing.runs import tool_call as tool_call
from jackfield_lumnis.testing.server import LumnisServer as LumnisServer

__all__ = ["LumnisServer", "Run", "Step", "entry", "error_reply", "tool_call"]
