"""How the agents of a run work, and with which models. Source: spec/lumnis.md, 3.2 and 3.7."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import Field

from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.given import Given, as_given
from jackfield_lumnis.types import AgentMode, ModelType

_FAST = "openai:gpt-4o-mini"
_DEEP = "openai:o3"


class AgentConfig(Given):
    """How the agents of a run work; what is not given is left to the tenant's settings.

    Attributes:
        orchestrator_model_type: Which of the tenant's models leads.
        planner_model_type: Which one plans.
        coordinator_model_type: Which one hands out the work.
        orchestrator_model_name: The leading model itself, `provider:model`.
        planner_model_name: The planning model itself.
        coordinator_model_name: The model itself that hands out the work.
        final_response_model_name: The model itself that writes the answer.
        fast_model_name: The model itself for small steps.
        use_cognitive_tools: Whether agents have tools for thinking.
        enable_task_validation: Whether results are checked.
        generate_comprehensive_output: Whether the answer is a long report.
        agent_mode: One agent or several.
        skill_ids: Skills that the agents follow.

    Raises:
        ValidationError: A value has the wrong type.
    """

    orchestrator_model_type: ModelType | str | None = Field(
        default=None, union_mode="left_to_right"
    )
    planner_model_type: ModelType | str | None = Field(default=None, union_mode="left_to_right")
    coordinator_model_type: ModelType | str | None = Field(default=None, union_mode="left_to_right")
    orchestrator_model_name: str | None = None
    planner_model_name: str | None = None
    coordinator_model_name: str | None = None
    final_response_model_name: str | None = None
    fast_model_name: str | None = None
    use_cognitive_tools: bool | None = None
    enable_task_validation: bool | None = None
    generate_comprehensive_output: bool | None = None
    agent_mode: AgentMode | str | None = Field(default=None, union_mode="left_to_right")
    skill_ids: list[str] | None = None

    @classmethod
    def fast_execution(cls) -> Self:
        """Return a config for quick answers."""
        return cls(
            coordinator_model_name=_FAST,
            use_cognitive_tools=False,
            enable_task_validation=False,
            generate_comprehensive_output=False,
        )

    @classmethod
    def deep_reasoning(cls) -> Self:
        """Return a config for hard questions."""
        return cls(
            coordinator_model_name=_DEEP,
            planner_model_type=ModelType.REASONING_MODEL,
            use_cognitive_tools=True,
            enable_task_validation=True,
            generate_comprehensive_output=False,
        )

    @classmethod
    def comprehensive_report(cls) -> Self:
        """Return a config for long reports."""
        return cls(
            coordinator_model_type=ModelType.REASONING_MODEL,
            use_cognitive_tools=True,
            enable_task_validation=True,
            generate_comprehensive_output=True,
        )

    @classmethod
    def with_skills(cls, skill_ids: Sequence[object], **others: Any) -> Self:
        """Return a config for agents that follow skills.

        Args:
            skill_ids: The service's ids of the skills.
            others: Further fields.
        """
        return cls(skill_ids=[str(each) for each in skill_ids], **others)


class ModelOverrides(Given, extra="forbid"):
    """Models of one run instead of the tenant's, each as `provider:model`.

    Attributes:
        cheap_model: For what should cost little.
        fast_model: For what should be quick.
        smart_model: For what is not easy.
        reasoning_model: For what is hard.
        vision_model: For pictures.

    Raises:
        ValidationError: There is no such model type, or a value is no string.
    """

    cheap_model: str | None = None
    fast_model: str | None = None
    smart_model: str | None = None
    reasoning_model: str | None = None
    vision_model: str | None = None


def agent_config_body(config: AgentConfig | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what is sent of an `agent_config`: a dictionary exactly as given.

    Raises:
        ValidationError: It is neither a config nor a dictionary.
    """
    if config is None:
        return None
    if isinstance(config, AgentConfig):
        return config.to_dict()
    if isinstance(config, Mapping):
        return dict(config)
    raise ValidationError(
        f"'agent_config' must be an AgentConfig or a dictionary, not {type(config).__name__}."
    )


def model_overrides_body(
    overrides: ModelOverrides | Mapping[str, Any] | None,
) -> dict[str, Any] | None:
    """Return what is sent of `model_overrides`.

    Raises:
        ValidationError: It is neither overrides nor a dictionary, or a key is unknown.
    """
    if overrides is None:
        return None
    return as_given(ModelOverrides, overrides, "model_overrides").to_dict()
