"""The list of models, in whatever form."""

import pytest

from jackfield import ProviderError
from jackfield_openai.models import read_models


def test_models_of_openai():
    [model] = read_models({"data": [{"id": "m", "object": "model", "owned_by": "o"}]}, "p")
    assert (model.id, model.context_tokens, model.details) == ("m", None, {"owned_by": "o"})


@pytest.mark.parametrize(
    ("item", "tokens"),
    [
        ({"max_model_len": 4096}, 4096),  # vLLM
        ({"context_length": 8192}, 8192),
        ({"meta": {"n_ctx": 2048, "n_ctx_train": 8192}}, 2048),  # llama.cpp
        ({"meta": {"n_ctx_train": 8192}}, 8192),
        ({"context_window": True, "meta": None}, None),
        ({"context_length": "8k"}, None),
    ],
)
def test_context_size_is_found(item, tokens):
    assert read_models({"data": [{"id": "m", **item}]}, "p")[0].context_tokens == tokens


def test_list_without_an_object_around_it():
    assert [model.id for model in read_models([{"id": "a", "name": "A"}], "p")] == ["a"]


def test_nameless_and_double_entries_are_left_out():
    found = read_models({"models": [{"id": "a"}, {"id": ""}, {}, "x", {"id": "a"}]}, "p")
    assert [model.id for model in found] == ["a"]


@pytest.mark.parametrize("body", [{}, {"data": {}}, "x", None])
def test_something_else_is_an_error(body):
    with pytest.raises(ProviderError, match="base_url"):
        read_models(body, "p")
