"""How runs are configured, and names of models."""

import re

import pytest

from jackfield_lumnis import model_names
from jackfield_lumnis.agent_config import (
    AgentConfig,
    ModelOverrides,
    agent_config_body,
    model_overrides_body,
)
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.model_names import Models
from jackfield_lumnis.types import AgentMode, ModelType


def test_only_what_was_given_is_sent():
    assert AgentConfig().to_dict() == {}
    config = AgentConfig(
        agent_mode=AgentMode.SINGLE_AGENT, planner_model_name=None, new_key={"a": 1}
    )
    assert config.to_dict() == {"agent_mode": "single_agent", "new_key": {"a": 1}}
    assert AgentConfig(agent_mode="swarm").to_dict() == {"agent_mode": "swarm"}


def test_a_dictionary_is_sent_as_given():
    given = {"agent_mode": "single_agent", "x": None, "planner_model_type": ModelType.FAST_MODEL}
    assert agent_config_body(given) == given
    assert agent_config_body(given) is not given
    assert agent_config_body(None) is None
    assert agent_config_body(AgentConfig(skill_ids=["s"])) == {"skill_ids": ["s"]}
    with pytest.raises(ValidationError):
        agent_config_body("fast")


def test_presets_are_those_of_the_reference():
    assert AgentConfig.fast_execution().to_dict() == {
        "coordinator_model_name": "openai:gpt-4o-mini",
        "use_cognitive_tools": False,
        "enable_task_validation": False,
        "generate_comprehensive_output": False,
    }
    assert AgentConfig.deep_reasoning().to_dict() == {
        "planner_model_type": "REASONING_MODEL",
        "coordinator_model_name": "openai:o3",
        "use_cognitive_tools": True,
        "enable_task_validation": True,
        "generate_comprehensive_output": False,
    }
    assert AgentConfig.comprehensive_report().to_dict() == {
        "coordinator_model_type": "REASONING_MODEL",
        "use_cognitive_tools": True,
        "enable_task_validation": True,
        "generate_comprehensive_output": True,
    }
    assert AgentConfig.with_skills(["s-1"], agent_mode="auto").to_dict() == {
        "agent_mode": "auto",
        "skill_ids": ["s-1"],
    }


def test_overrides_know_their_keys():
    assert model_overrides_body({"smart_model": "p:m"}) == {"smart_model": "p:m"}
    assert model_overrides_body(ModelOverrides(fast_model=Models.O3)) == {"fast_model": "openai:o3"}
    assert model_overrides_body(None) is None
    for wrong in ({"huge_model": "p:m"}, {"smart_model": 7}, ["p:m"]):
        with pytest.raises(ValidationError):
            model_overrides_body(wrong)


def test_names_of_models_follow_one_rule():
    odd = {"CLAUDE_3_7_SONNET"}
    for model in Models:
        provider, name = model.value.split(":")
        assert provider
        if model.name not in odd and provider != "qwen":
            assert model.name == re.sub("[-.]", "_", name).upper()
    assert len(Models) == 78


@pytest.mark.parametrize(
    ("group", "mirror", "count"),
    [
        ("openai", "OpenAIModels", 21),
        ("google", "GoogleModels", 8),
        ("anthropic", "AnthropicModels", 10),
        ("deepseek", "DeepSeekModels", 5),
        ("qwen", None, 9),
        ("mistral", None, 7),
        ("llama", None, 8),
        ("microsoft", None, 4),
        ("cohere", None, 2),
        ("xai", None, 2),
        ("all", None, 78),
    ],
)
def test_groups_of_models_are_lists_of_names(group, mirror, count):
    found = getattr(Models, f"{group}_models")()
    assert len(found) == count
    assert all(type(name) is str for name in found)
    if mirror:
        members = {each.name: each.value for each in getattr(model_names, mirror)}
        assert members == {each.name: each.value for each in Models if each.value in found}
