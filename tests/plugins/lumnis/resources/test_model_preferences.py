"""Which model is used for what."""

import pytest

from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.preference import ModelPreference
from jackfield_lumnis.types import ModelProvider, ModelType

ANSWER = {
    "tenant_id": "n-1",
    "preferences": [
        {"model_type": "FAST_MODEL", "provider": "openai", "model_name": "gpt-4o-mini"},
        {"model_type": "TINY_MODEL", "provider": "meta", "model_name": "llama"},
    ],
    "defaults_applied": None,
}


async def test_preferences_are_listed(api):
    found = await api.call("model_preferences.list", answer=ANSWER)
    assert api.sent == "GET /v1/model-preferences?include_defaults=true"
    known, unknown = found.preferences
    assert known.provider is ModelProvider.OPENAI
    assert known.model_type is ModelType.FAST_MODEL
    assert (unknown.provider, unknown.model_type) == ("meta", "TINY_MODEL")
    assert found.defaults_applied == []


async def test_preferences_are_chosen_and_stay_as_they_were(api):
    model = ModelPreference(model_type="?", provider="openai", model_name="o3")
    choice = {"provider": "qwen", "model_name": "qwq"}
    await api.call(
        "model_preferences.update_bulk",
        {ModelType.SMART_MODEL: model, "FAST_MODEL": choice},
        answer=ANSWER,
    )
    assert api.sent == "PUT /v1/model-preferences"
    assert api.body == {
        "preferences": {
            "SMART_MODEL": {
                "provider": "openai",
                "model_name": "o3",
                "model_type": "SMART_MODEL",
            },
            "FAST_MODEL": {"provider": "qwen", "model_name": "qwq", "model_type": "FAST_MODEL"},
        }
    }
    assert model.model_type == "?"
    assert choice == {"provider": "qwen", "model_name": "qwq"}


@pytest.mark.parametrize(
    "wrong", ["x", {"FAST_MODEL": "openai:o3"}, {"FAST_MODEL": {"provider": "openai"}}]
)
async def test_what_is_no_preference_is_not_sent(api, wrong):
    with pytest.raises(ValidationError):
        await api.call("model_preferences.update_bulk", wrong)
    assert api.server.requests == []
