"""Skills: guidelines that agents follow. Source: spec/lumnis.md, 2.10."""

from pydantic import Field

from jackfield_lumnis.models.given import Given
from jackfield_lumnis.models.record import Id, Record, Timestamp


class SkillGuideline(Record):
    """A skill.

    Attributes:
        id: The service's id.
        name: Its name.
        description: When it helps.
        content: The guideline itself.
        category: Where it belongs.
        version: Its version.
        tenant_id: The tenant.
        user_id: Whose it is; None for one of the tenant.
        is_active: Whether runs use it.
        created_at: When it was added.
        updated_at: When it was last changed.
    """

    id: Id
    name: str = ""
    description: str = ""
    content: str = ""
    category: str | None = None
    version: str = ""
    tenant_id: Id | None = None
    user_id: Id | None = None
    is_active: bool = True
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None


class SkillGuidelineList(Record):
    """A page of skills.

    Attributes:
        skills: The skills of the page.
        total: How many there are.
        page: Number of the page, from 1.
        page_size: How many skills a full page has.
    """

    skills: list[SkillGuideline]
    total: int = 0
    page: int = 1
    page_size: int = 50


SkillGuidelineListResponse = SkillGuidelineList
"""The name of the reference."""


class SkillGuidelineCreate(Given):
    """A new skill.

    Attributes:
        name: Up to 1000 characters.
        description: When it helps.
        content: The guideline itself.
        category: Up to 100 characters.
        version: Up to 20 characters.

    Raises:
        ValidationError: A value is missing or too long.
    """

    name: str = Field(max_length=1000)
    description: str
    content: str
    category: str | None = Field(default=None, max_length=100)
    version: str = Field(default="1.0.0", max_length=20)


class SkillGuidelineUpdate(Given):
    """What is to change of a skill: the fields that are given; None empties a field.

    Attributes:
        name: Up to 1000 characters.
        description: When it helps.
        content: The guideline itself.
        category: Up to 100 characters.
        version: Up to 20 characters.
        is_active: Whether runs use it.

    Raises:
        ValidationError: A value is too long.
    """

    name: str | None = Field(default=None, max_length=1000)
    description: str | None = None
    content: str | None = None
    category: str | None = Field(default=None, max_length=100)
    version: str | None = Field(default=None, max_length=20)
    is_active: bool | None = None
