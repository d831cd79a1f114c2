"""Searching what the service knows, and research. Source: spec/infinity.md, 2.4 and 2.6."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from jackfield_httpx.service import D, Plan, endpoint
from jackfield_infinity.endpoints.resource import InfinityResource
from jackfield_infinity.profiles import deployed_search, published, research
from jackfield_infinity.profiles.candidate import Research, Search
from jackfield_infinity.types import KnowledgeSearchResponse, ResearchResponse


class Knowledge(InfinityResource[D]):
    """Wisdom, patterns and gotchas; and research on what is not among them."""

    @endpoint
    def search_knowledge(
        self,
        /,
        query: str,
        limit: int | None = None,
        filters: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Plan[KnowledgeSearchResponse]:
        """Return what the service knows about something.

        Args:
            query: What to look for.
            limit: How many results at most.
            filters: `type` (`wisdom`, `pattern`, `gotcha`), `domain`, `tags`.
            fields: Others, which are sent as they are.

        Raises:
            InfinityAssistantError: The service refused or failed; it cannot filter by that.
        """
        wanted = Search(query, limit, filters, fields)
        ways = {
            "published": self.way("POST /knowledge/search", partial(published.search, wanted)),
            "deployed": self.way("POST /search", partial(deployed_search.search, wanted)),
        }
        return self.routed("search_knowledge", ways)

    @endpoint
    def research(
        self, /, query: str, depth: str | None = None, sources: int | None = None, **fields: Any
    ) -> Plan[ResearchResponse]:
        """Have the service look into something.

        Args:
            query: The subject.
            depth: `shallow`, `medium` or `deep`; or a mode of the service: `quick`,
                `standard`, `comprehensive`. What is deeper takes longer: mind the timeout.
            sources: How many results at most.
            fields: Others, which are sent as they are.

        Raises:
            InfinityAssistantError: The service refused or failed.
        """
        wanted = Research(query, depth, sources, fields)
        is_published = self.service.profile == "published"
        make = research.published if is_published else research.merged
        way = self.way("POST /research", partial(make, wanted))
        # One request serves all services: there is a choice in name only.
        return self.routed("research", {"published" if is_published else "deployed": way})
