"""Settings are checked with the plugin's model, and told without the values."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from jackfield.errors import SettingsError
from jackfield.plugins.settings import checked_settings, mask, settings_problems


class Retry(BaseModel):
    model_config = ConfigDict(extra="allow")
    attempts: int = 2


class Settings(BaseModel):
    model_config = ConfigDict(extra="ignore")
    base_url: str
    mode: Literal["fast", "slow"] = "fast"
    count: Annotated[int, Field(ge=1)] = 1
    api_key: SecretStr = SecretStr("")
    retry: Retry | None = None
    rules: list[Retry] = []
    shown: str = Field(default="", alias="display")

    @field_validator("api_key")
    @classmethod
    def _check_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value().startswith("bad"):
            raise ValueError(f"the key {value.get_secret_value()} is refused")
        return value


def problems(**settings):
    return settings_problems(Settings, {"base_url": "x", **settings}, "providers.fast")


def test_right_settings_become_the_model():
    settings = {"base_url": "u", "count": "3", "display": "d", "retry": {"attempts": 1}}
    value = checked_settings(Settings, settings, "p")
    assert (value.count, value.shown, value.retry.attempts) == (3, "d", 1)


def test_missing_setting_has_its_dotted_key():
    [problem] = settings_problems(Settings, {}, "providers.fast")
    assert problem.key == "providers.fast.base_url"
    assert str(problem) == "providers.fast.base_url is missing."


def test_unknown_key_is_refused_though_the_model_ignores_it():
    [problem] = problems(base_ulr="x")
    assert problem.key == "providers.fast.base_ulr"
    assert problem.nearest == ["base_url"]
    assert "Did you mean 'base_url'?" in str(problem)
    assert "display" in problem.expected


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"retry": {"atempts": 1}}, "providers.fast.retry.atempts"),
        ({"rules": [{}, {"atempts": 1}]}, "providers.fast.rules[1].atempts"),
    ],
    ids=["optional model", "list of models"],
)
def test_unknown_key_deep_inside_is_refused_with_the_nearest(settings, key):
    [problem] = problems(**settings)
    assert problem.key == key
    assert problem.nearest == ["attempts"]


def test_wrong_type_says_what_is_expected():
    [problem] = problems(count="many")
    assert str(problem).startswith("providers.fast.count: expected a valid integer")
    [problem] = problems(count=0)
    assert problem.expected == "greater than or equal to 1"


def test_wrong_choice_has_the_nearest():
    [problem] = problems(mode="fats")
    assert problem.expected == "'fast' or 'slow'"
    assert problem.nearest == ["fast"]


def test_every_problem_is_found_and_the_first_is_raised():
    settings = {"count": 0, "mode": 1, "zzz": 1, "base_url": "x"}
    assert len(settings_problems(Settings, settings, "p")) == 3
    with pytest.raises(SettingsError, match=r"Also wrong: .*p\.zzz") as caught:
        checked_settings(Settings, settings, "p")
    assert caught.value.exit_code == 2


def test_secret_is_in_no_error_and_no_cause():
    settings = {"base_url": "x", "api_key": "bad-sesame-123"}
    with pytest.raises(SettingsError) as caught:
        checked_settings(Settings, settings, "p")
    assert "sesame" not in str(caught.value)
    assert "the key ******** is refused" in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_wrong_type_of_a_secret_does_not_show_it():
    [problem] = problems(api_key=["sesame-123"])
    assert "sesame" not in str(problem) + problem.expected + str(problem.nearest)


def test_rule_of_the_whole_model_has_the_place_as_key():
    class Pair(BaseModel):
        a: int = 0

        @model_validator(mode="after")
        def _check(self) -> "Pair":
            raise ValueError("a and b exclude each other")

    [problem] = settings_problems(Pair, {}, "tools.pair")
    assert str(problem) == "tools.pair: a and b exclude each other."


def test_model_without_settings_says_so():
    class Empty(BaseModel):
        pass

    [problem] = settings_problems(Empty, {"x": 1}, "tools.clock")
    assert "No setting is known here." in str(problem)


def test_mask_hides_secrets_at_every_depth():
    settings = {
        "url": "keep-this",
        "headers": {"x-any": "hidden-1"},
        "auth": [{"client_secret": "hidden-2"}, {"token": SecretStr("hidden-3")}],
        "password": "abc",
    }
    masked = mask("keep-this hidden-1 hidden-2 hidden-3 abc", settings)
    assert masked == "keep-this ******** ******** ******** abc"
