"""Provider `scripted` as a capability whose answers stand in the configuration.

No distribution offers it; a test does, for itself and its subprocesses:

    installed_plugin(
        "jackfield-scripted",
        entry_points={"provider": {"scripted": "jackfield.testing.scripted_capability"}},
    )

    [providers.scripted]
    answers = [[{call = "clock.now"}], "It is noon."]
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from jackfield import hookimpl
from jackfield.testing.script import Call, Delay, Error, Step, Text, Thinking
from jackfield.testing.scripted import ScriptedProvider


class StepSettings(BaseModel):
    """One step of an answer: exactly one of the fields, `arguments` beside `call`."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(default=None, description="Text of the answer.")
    thinking: str | None = Field(default=None, description="Thinking of the model.")
    call: str | None = Field(default=None, description="Name of the tool to call.")
    arguments: dict[str, Any] = Field(default_factory=dict, description="Its arguments.")
    error: str | None = Field(default=None, description="The answer fails with this message.")
    delay_s: float | None = Field(default=None, description="Pause in seconds.")

    def step(self) -> Step:
        """Return the step for `ScriptedProvider`."""
        if self.call is not None:
            return Call(self.call, self.arguments)
        if self.thinking is not None:
            return Thinking(self.thinking)
        if self.error is not None:
            return Error(self.error)
        return Text(self.text or "") if self.delay_s is None else Delay(self.delay_s)


class ScriptedSettings(BaseModel):
    """What the scripted model says."""

    model_config = ConfigDict(extra="forbid")

    answers: list[str | list[str | StepSettings]] = Field(
        default_factory=list, description="One answer for each model call: a text, or steps."
    )
    default: str | None = Field(default=None, description="Answers the model calls after these.")
    batch: int = Field(default=1, ge=1, description="Events per network read.")


@hookimpl
def describe_settings() -> type[ScriptedSettings]:
    """Return the model of this provider's settings."""
    return ScriptedSettings


@hookimpl
def open_provider(name: str, settings: ScriptedSettings) -> ScriptedProvider:
    """Open a provider that says what the configuration says."""
    scripts: list[str | list[Step]] = [
        answer
        if isinstance(answer, str)
        else [step if isinstance(step, str) else step.step() for step in answer]
        for answer in settings.answers
    ]
    return ScriptedProvider(*scripts, name=name, default=settings.default, batch=settings.batch)
