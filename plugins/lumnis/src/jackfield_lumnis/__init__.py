"""Lumnis: a client of the agent service, and its sockets for Jackfield.

Public names only: each is imported when it is used. Source: spec/lumnis.md, 6.5.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jackfield_lumnis import exceptions as exceptions
    from jackfield_lumnis import models as models
    from jackfield_lumnis import types as types
    from jackfield_lumnis.agent_config import AgentConfig as AgentConfig
    from jackfield_lumnis.agent_config import ModelOverrides as ModelOverrides
    from jackfield_lumnis.client import AsyncClient as AsyncClient
    from jackfield_lumnis.client import Client as Client
    from jackfield_lumnis.exceptions import AuthenticationError as AuthenticationError
    from jackfield_lumnis.exceptions import ErrorCode as ErrorCode
    from jackfield_lumnis.exceptions import FileAccessDeniedError as FileAccessDeniedError
    from jackfield_lumnis.exceptions import FileNotFoundError as FileNotFoundError  # noqa: A004
    from jackfield_lumnis.exceptions import FileOperationError as FileOperationError
    from jackfield_lumnis.exceptions import LocalFileNotSupported as LocalFileNotSupported
    from jackfield_lumnis.exceptions import LumnisAIError as LumnisAIError
    from jackfield_lumnis.exceptions import MissingUserId as MissingUserId
    from jackfield_lumnis.exceptions import NotFoundError as NotFoundError
    from jackfield_lumnis.exceptions import NotImplementedYetError as NotImplementedYetError
    from jackfield_lumnis.exceptions import RateLimitError as RateLimitError
    from jackfield_lumnis.exceptions import TenantScopeUserIdConflict as TenantScopeUserIdConflict
    from jackfield_lumnis.exceptions import TransportError as TransportError
    from jackfield_lumnis.exceptions import ValidationError as ValidationError
    from jackfield_lumnis.invoke.progress import ProgressTracker as ProgressTracker
    from jackfield_lumnis.invoke.progress import display_progress as display_progress
    from jackfield_lumnis.invoke.progress import format_progress_entry as format_progress_entry
    from jackfield_lumnis.model_names import AnthropicModels as AnthropicModels
    from jackfield_lumnis.model_names import DeepSeekModels as DeepSeekModels
    from jackfield_lumnis.model_names import GoogleModels as GoogleModels
    from jackfield_lumnis.model_names import Models as Models
    from jackfield_lumnis.model_names import OpenAIModels as OpenAIModels
    from jackfield_lumnis.models.file import FileChunk as FileChunk
    from jackfield_lumnis.models.file import FileMetadata as FileMetadata
    from jackfield_lumnis.models.file import FileSearchResponse as FileSearchResponse
    from jackfield_lumnis.models.file import FileSearchResult as FileSearchResult
    from jackfield_lumnis.models.message import Message as Message
    from jackfield_lumnis.models.progress import ProgressEntry as ProgressEntry
    from jackfield_lumnis.models.response import ProgressUpdate as ProgressUpdate
    from jackfield_lumnis.models.response import ResponseListResponse as ResponseListResponse
    from jackfield_lumnis.models.response import ResponseObject as ResponseObject
    from jackfield_lumnis.models.skill import SkillGuideline as SkillGuideline
    from jackfield_lumnis.models.skill import SkillGuidelineCreate as SkillGuidelineCreate
    from jackfield_lumnis.models.skill import (
        SkillGuidelineListResponse as SkillGuidelineListResponse,
    )
    from jackfield_lumnis.models.skill import SkillGuidelineUpdate as SkillGuidelineUpdate
    from jackfield_lumnis.models.thread import ThreadListResponse as ThreadListResponse
    from jackfield_lumnis.models.thread import ThreadObject as ThreadObject
    from jackfield_lumnis.types import AgentMode as AgentMode
    from jackfield_lumnis.types import ApiKeyMode as ApiKeyMode
    from jackfield_lumnis.types import ApiProvider as ApiProvider
    from jackfield_lumnis.types import ContentType as ContentType
    from jackfield_lumnis.types import DuplicateHandling as DuplicateHandling
    from jackfield_lumnis.types import FileScope as FileScope
    from jackfield_lumnis.types import ModelProvider as ModelProvider
    from jackfield_lumnis.types import ModelType as ModelType
    from jackfield_lumnis.types import ProcessingStatus as ProcessingStatus
    from jackfield_lumnis.types import Scope as Scope
    from jackfield_lumnis.version import __version__ as __version__

_ROOMS = {
    "jackfield_lumnis.agent_config": (
        "AgentConfig",
        "ModelOverrides",
    ),
    "jackfield_lumnis.client": (
        "AsyncClient",
        "Client",
    ),
    "jackfield_lumnis.exceptions": (
        "AuthenticationError",
        "ErrorCode",
        "FileAccessDeniedError",
        "FileNotFoundError",
        "FileOperationError",
        "LocalFileNotSupported",
        "LumnisAIError",
        "MissingUserId",
        "NotFoundError",
        "NotImplementedYetError",
        "RateLimitError",
        "TenantScopeUserIdConflict",
        "TransportError",
        "ValidationError",
    ),
    "jackfield_lumnis.invoke.progress": (
        "ProgressTracker",
        "display_progress",
        "format_progress_entry",
    ),
    "jackfield_lumnis.model_names": (
        "AnthropicModels",
        "DeepSeekModels",
        "GoogleModels",
        "Models",
        "OpenAIModels",
    ),
    "jackfield_lumnis.models.file": (
        "FileChunk",
        "FileMetadata",
        "FileSearchResponse",
        "FileSearchResult",
    ),
    "jackfield_lumnis.models.message": ("Message",),
    "jackfield_lumnis.models.progress": ("ProgressEntry",),
    "jackfield_lumnis.models.response": (
        "ProgressUpdate",
        "ResponseListResponse",
        "ResponseObject",
    ),
    "jackfield_lumnis.models.skill": (
        "SkillGuideline",
        "SkillGuidelineCreate",
        "SkillGuidelineListResponse",
        "SkillGuidelineUpdate",
    ),
    "jackfield_lumnis.models.thread": (
        "ThreadListResponse",
        "ThreadObject",
    ),
    "jackfield_lumnis.types": (
        "AgentMode",
        "ApiKeyMode",
        "ApiProvider",
        "ContentType",
        "DuplicateHandling",
        "FileScope",
        "ModelProvider",
        "ModelType",
        "ProcessingStatus",
        "Scope",
    ),
    "jackfield_lumnis.version": ("__version__",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}
_SUBMODULES = ("exceptions", "models", "types")

__all__ = sorted([*_ROOM_OF, *_SUBMODULES])


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return import_module(f"jackfield_lumnis.{name}")
    if name not in _ROOM_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name)
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
