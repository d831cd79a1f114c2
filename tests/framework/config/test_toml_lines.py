"""Finding keys in TOML texts: every key of the parsed data has a position that is right."""

import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackfield.config.toml_lines import key_path, positions

TEXT = '''\
# a comment with = and [brackets]
[agents.default]
model = "a:b"  # [not.a.table]
tools = [
  "one", # ]
  "two",
]
system_prompt = """
[fake]
key = 1
\\"""
"""
literal = \'\'\'
x = 2
\'\'\'

  [ providers . "my.fast" ]
use="openrouter"
retry.times = 3
inline = { a = 1, b = "}" }
[[tools.many.list]]
x = 1
'''


@pytest.mark.parametrize(
    ("path", "position"),
    [
        (("agents", "default"), (2, 2)),
        (("agents", "default", "model"), (3, 1)),
        (("agents", "default", "tools"), (4, 1)),
        (("agents", "default", "system_prompt"), (8, 1)),
        (("agents", "default", "literal"), (13, 1)),
        (("providers", "my.fast"), (17, 5)),
        (("providers", "my.fast", "use"), (18, 1)),
        (("providers", "my.fast", "retry", "times"), (19, 1)),
        (("providers", "my.fast", "inline"), (20, 1)),
        (("tools", "many", "list"), (21, 3)),
        (("tools", "many", "list", "x"), (22, 1)),
    ],
)
def test_position_of_key(path, position):
    assert positions(TEXT)[path] == position


def test_brackets_and_strings_open_no_table():
    assert not {path for path in positions(TEXT) if path[0] in {"fake", "not", "x"}}


def test_own_header_beats_the_header_of_a_table_inside():
    assert positions("[a.b]\nx = 1\n[a]\ny = 2\n")[("a",)] == (3, 2)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b-c.d_e", ("a", "b-c", "d_e")),
        ('a."b.c"', ("a", "b.c")),
        ("'x y'.z", ("x y", "z")),
    ],
)
def test_dotted_key_is_read_as_toml_does(text, path):
    assert key_path(text) == path


@pytest.mark.parametrize("text", ["", ".", "a..b", "a b", "a.", "=", "a = 1\nb"])
def test_text_that_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        key_path(text)


_NAMES = st.text(string.ascii_lowercase + "-_", min_size=1, max_size=6)
_VALUES = st.one_of(
    st.integers(-99, 99).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text('ab[]{}#=." \\\n', max_size=12).map(
        lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    ),
    st.text("ab[]{}#=.\n", max_size=12).map(lambda text: f'"""{text}"""'),
    st.text("ab[]{}#=.\n\\", max_size=12).map(lambda text: f"'''{text}'''"),
    st.just("[\n 1, # ]\n 2 ]"),
    st.just("{ a = '}' }"),
)


@given(st.dictionaries(_NAMES, st.dictionaries(_NAMES, _VALUES, max_size=4), max_size=4))
def test_every_key_stands_where_its_position_says(tables):
    lines = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {value}" for key, value in table.items()]
    text = "\n".join(lines) + "\n"
    tomllib.loads(text)
    found = positions(text)
    rows = text.split("\n")
    for name, table in tables.items():
        for key in table:
            line, column = found[(name, key)]
            assert rows[line - 1][column - 1 :].startswith(f"{key} =")
