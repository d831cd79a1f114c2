"""The pictures of the page in the documentation; JACKFIELD_TEST_PICTURES names their folder."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.page_server import PageServer, ask, last_answer

from jackfield.testing import Call, ScriptedProvider, Text, Thinking

WINDOWS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1200, "height": 800}},
    "dark": {"viewport": {"width": 1200, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "device_scale_factor": 2},
}
ANSWER = """There is enough for **three pots**:

| tea | grams | pots |
|---|---:|---:|
| Assam | 24 | 2 |
| Darjeeling | 12 | 1 |

The rest follows from `grams / 12`. Shall I order more?"""


@pytest.mark.parametrize("window", WINDOWS)
def test_picture(
    new_page: Callable[..., Page],
    server: PageServer,
    scripted: ScriptedProvider,
    tmp_path: Path,
    window: str,
) -> None:
    scripted.add(
        [Thinking("The shop knows what there is."), Call("shop_look", {"what": "tea"})],
        [Text(ANSWER)],
        [Call("shop_buy", {"what": "Darjeeling, 100 g"})],
    )
    page = new_page(server, **WINDOWS[window])
    ask(page, "How much tea is left?")
    expect(last_answer(page)).to_contain_text("Shall I order more?")
    ask(page, "Yes, of the Darjeeling.")
    expect(page.get_by_role("button", name="Approve")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    folder = Path(os.environ.get("JACKFIELD_TEST_PICTURES", tmp_path))
    picture = page.screenshot(path=folder / f"page-{window}.png", animations="disabled")
    assert picture.startswith(b"\x89PNG")
