"""Skills: guidelines that agents follow. Source: spec/lumnis.md, 2.10."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jackfield_httpx.service import Call, D, endpoint
from jackfield_lumnis.models.given import as_given
from jackfield_lumnis.models.skill import (
    SkillGuideline,
    SkillGuidelineCreate,
    SkillGuidelineList,
    SkillGuidelineUpdate,
)
from jackfield_lumnis.scoping import ScopedResource, UserId


class Skills(ScopedResource[D]):
    """The guidelines that agents follow."""

    @endpoint
    def create(
        self, *, skill_data: SkillGuidelineCreate | Mapping[str, Any], user_id: UserId = None
    ) -> Call[SkillGuideline]:
        """Add a skill.

        Args:
            skill_data: What it says.
            user_id: Whose it is; None for one of the tenant, or of the user of the client.

        Raises:
            ValidationError: A value is missing or too long.
        """
        skill = as_given(SkillGuidelineCreate, skill_data, "skill_data")
        return self.call(
            "POST",
            "/v1/skills",
            query={"user_id": self.scoping.default_user(user_id)},
            json=skill.model_dump(mode="json", exclude_none=True),
            read=SkillGuideline.parse,
        )

    @endpoint
    def list(
        self,
        *,
        category: str | None = None,
        is_active: bool | None = True,
        page: int = 1,
        page_size: int = 50,
    ) -> Call[SkillGuidelineList]:
        """Return a page of the skills.

        Args:
            category: Only those that belong there.
            is_active: Only those that are used, or are not; None for all.
            page: Number of the page, from 1.
            page_size: How many skills.
        """
        query = {
            "page": page,
            "page_size": page_size,
            "category": category,
            "is_active": is_active,
        }
        return self.call("GET", "/v1/skills", query=query, read=SkillGuidelineList.parse)

    @endpoint
    def get(self, skill_id: str | UUID) -> Call[SkillGuideline]:
        """Return a skill.

        Args:
            skill_id: The service's id.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("GET", "/v1/skills/{}", skill_id, read=SkillGuideline.parse)

    @endpoint
    def update(
        self, skill_id: str | UUID, *, updates: SkillGuidelineUpdate | Mapping[str, Any]
    ) -> Call[SkillGuideline]:
        """Change a skill.

        Args:
            skill_id: The service's id.
            updates: What is to change; None empties a field.

        Raises:
            NotFoundError: There is no such skill.
            ValidationError: A value is too long.
        """
        changes = as_given(SkillGuidelineUpdate, updates, "updates")
        body = changes.model_dump(mode="json", exclude_unset=True)
        return self.call("PUT", "/v1/skills/{}", skill_id, json=body, read=SkillGuideline.parse)

    @endpoint
    def delete(self, skill_id: str | UUID) -> Call[None]:
        """Delete a skill.

        Args:
            skill_id: The service's id.

        Raises:
            NotFoundError: There is none.
        """
        return self.call("DELETE", "/v1/skills/{}", skill_id)
