"""The page, if it is built: files that are known when the server starts, and a strict policy."""

import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jackfield_assistant_ui.serve.refusal import NOT_FOUND
from jackfield_assistant_ui.serve.reply import plain_reply

FOLDER = Path(__file__).parents[1] / "static"
"""Where the page is built to."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script, no other host."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_MISSING = (
    "The page is not part of this installation. The API is at /api/chat and /assistant; "
    "python plugins/assistant-ui/web/build.py builds the page."
)
_FOR_EVER = "public, max-age=31536000, immutable"  # names of assets have a hash of their content
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class Page:
    """The files of the page, read once; nothing else of the disk can be asked for.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    @property
    def is_built(self) -> bool:
        """Whether there is a page."""
        return "index.html" in self._files

    def routes(self) -> list[Route]:
        """Return the routes; they take every address that is not the API's."""
        return [Route("/{path:path}", self._file, methods=["GET"])]

    async def _file(self, request: Request) -> Response:
        name = request.path_params["path"] or "index.html"
        path = self._files.get(name)
        if path is None:
            if name == "index.html":
                return plain_reply(_MISSING, 404)
            return plain_reply(NOT_FOUND, 404)
        headers = dict(_HEADERS)
        headers["cache-control"] = _FOR_EVER if name.startswith("assets/") else "no-cache"
        kind = (
            _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        )
        return Response(path.read_bytes(), headers=headers, media_type=kind)
