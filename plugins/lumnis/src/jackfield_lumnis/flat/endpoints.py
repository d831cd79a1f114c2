"""What both clients offer. Source: spec/lumnis.md, 6.2."""

from jackfield_httpx.service import D
from jackfield_lumnis.flat.people import People
from jackfield_lumnis.flat.runs import Runs
from jackfield_lumnis.flat.stored_files import StoredFiles
from jackfield_lumnis.flat.tools import Tools


class Endpoints(Runs[D], People[D], Tools[D], StoredFiles[D]):
    """All resources, and the methods that stand for theirs."""

    def __repr__(self) -> str:
        scoping = self.scoping
        user = f", user_id={scoping.user_id!r}" if scoping.user_id else ""
        return f"{type(self).__name__}({self.service.base_url!r}, scope={scoping.scope!s}{user})"
