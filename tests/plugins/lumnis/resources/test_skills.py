"""Skills: what is sent of new and of changed ones."""

import pytest

from jackfield.testing import Reply
from jackfield_lumnis.exceptions import ValidationError
from jackfield_lumnis.models.skill import SkillGuidelineCreate, SkillGuidelineUpdate

SKILL = {
    "id": "s-1",
    "name": "Sourcing",
    "description": "find people",
    "content": "steps",
    "version": "1.0.0",
    "user_id": "user-7",
}
NEW = {"name": "Sourcing", "description": "find people", "content": "steps"}


@pytest.mark.parametrize("data", [NEW, SkillGuidelineCreate(**NEW)], ids=["dict", "model"])
async def test_a_skill_is_added_with_its_version(api, data):
    skill = await api.call("skills.create", skill_data=data, user_id="user-7", answer=SKILL)
    assert (api.sent, api.body) == (
        "POST /v1/skills?user_id=user-7",
        {**NEW, "version": "1.0.0"},
    )
    assert (skill.id, skill.user_id, skill.is_active) == ("s-1", "user-7", True)


async def test_a_scoped_client_fills_in_its_user(scoped):
    await scoped.call("skills.create", skill_data=NEW, answer=SKILL)
    assert scoped.sent == "POST /v1/skills?user_id=user-123"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "n" * 1001}, {"category": "c" * 101}, {"version": "v" * 21}, {"content": None}],
)
async def test_what_does_not_fit_is_not_sent(api, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        await api.call("skills.create", skill_data={**NEW, **wrong})
    with pytest.raises(ValidationError):
        SkillGuidelineCreate(**NEW | wrong)
    with pytest.raises(ValidationError, match="dictionary"):
        await api.call("skills.create", skill_data="Sourcing")
    assert api.server.requests == []


async def test_skills_are_listed(api):
    answer = {"skills": [SKILL], "total": 1, "page": 1, "page_size": 50}
    await api.call("skills.list", answer=answer)
    assert api.sent == "GET /v1/skills?page=1&page_size=50&is_active=true"
    found = await api.call("skills.list", category="a b", is_active=None, page=2, answer=answer)
    assert api.sent == "GET /v1/skills?page=2&page_size=50&category=a%20b"
    assert found.skills[0].name == "Sourcing"


async def test_a_change_sends_what_is_given_and_null_for_none(api):
    updates = SkillGuidelineUpdate(category=None, is_active=False)
    await api.call("skills.update", "s-1", updates=updates, answer=SKILL)
    assert (api.sent, api.body) == (
        "PUT /v1/skills/s-1",
        {"category": None, "is_active": False},
    )
    await api.call("skills.update", "s-1", updates={"name": "New"}, answer=SKILL)
    assert api.body == {"name": "New"}


async def test_a_skill_is_looked_at_and_deleted(api):
    assert (await api.call("skills.get", "s 1", answer=SKILL)).content == "steps"
    assert api.sent == "GET /v1/skills/s%201"
    api.server.add(Reply(status=204))
    assert await api.call("skills.delete", "s-1") is None
