"""The tool sets `clock` and `calculator`, as a model sees and calls them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield import ToolError
from jackfield.builtins.tools_clock import nearest_zones, zone
from jackfield.errors import SettingsError


def only(tools):
    [tool] = tools
    return tool


def test_calculator_offers_one_tool_with_a_described_argument(panel):
    tool = only(panel.open("tools", "calculator"))
    assert tool.name == "calculate"
    assert "arithmetic" in tool.description
    assert tool.parameters["required"] == ["expression"]
    assert tool("6 * 7") == 42


def test_clock_tells_time_and_weekday(panel):
    tool = only(panel.open("tools", "clock"))
    assert tool.name == "now"
    told = tool()
    moment = datetime.fromisoformat(told["time"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=5)
    assert told["timezone"] == "UTC"
    assert told["weekday"] == moment.strftime("%A")


def test_clock_knows_other_zones(panel):
    tool = only(panel.open("tools", "clock"))
    told = tool(timezone="Asia/Kolkata")
    assert datetime.fromisoformat(told["time"]).utcoffset() == timedelta(hours=5, minutes=30)


def test_clock_setting_is_the_default_zone(panel):
    tool = only(panel.open("tools", "clock", timezone="Asia/Tokyo"))
    assert tool.parameters["properties"]["timezone"]["default"] == "Asia/Tokyo"
    assert tool()["timezone"] == "Asia/Tokyo"


def test_clock_with_a_wrong_default_zone_is_a_settings_error(panel):
    with pytest.raises(SettingsError, match="Near names: Europe/Berlin"):
        panel.open("tools", "clock", timezone="Europe/Berlni")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Europe/Berlni", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Asia/Tokio", "Asia/Tokyo"),
    ],
)
def test_unknown_zones_get_the_nearest_names(name, near):
    with pytest.raises(ToolError, match=f"Near names: .*{near}"):
        zone(name)


@pytest.mark.parametrize(
    "name", ["", "Europe", "../../etc/passwd", "/etc/passwd", "a\x00b", "x" * 9999]
)
def test_what_is_no_zone_is_a_tool_error(name):
    with pytest.raises(ToolError, match="Use an IANA name") as caught:
        zone(name)
    assert len(str(caught.value)) < 300


@given(st.text(max_size=100))
def test_any_name_gives_a_zone_or_a_tool_error(name):
    try:
        zone(name)
    except ToolError:
        assert len(nearest_zones(name)) <= 3


@pytest.mark.parametrize("name", ["UTC", "utc", "Z"])
def test_utc_needs_no_zone_database(name):
    assert zone(name) is UTC
