"""YAML of flow and workspace files: no surprises, no aliases, no unstorable characters."""

import pytest

from shared.flows.yaml_tree import YamlUnreadable, read_tree


def test_yes_no_dates_and_leading_zeros_are_texts() -> None:
    text = "{a: yes, b: no, c: 08:30, d: 007, e: 2026-03-14, f: 1_000, g: 0x1F, h: on, Yes: 1, 1: x, i: 12, j: 1.5,"
    text += " k: true, l: ~}"
    assert read_tree(text).value == {
        "a": "yes", "b": "no", "c": "08:30", "d": "007", "e": "2026-03-14", "f": "1_000", "g": "0x1F", "h": "on",
        "Yes": 1, "1": "x", "i": 12, "j": 1.5, "k": True, "l": None,
    }  # fmt: skip


def test_aliases_are_refused() -> None:
    with pytest.raises(YamlUnreadable):
        read_tree("a: &a [x,x]\nb: [*a,*a]")
    with pytest.raises(YamlUnreadable):
        read_tree("x" * 200_000)
    with pytest.raises(YamlUnreadable):
        read_tree("{a: " * 60 + "1" + "}" * 60)


ESCAPES = ["\\UFFFFFFFF", "\\U00110000", "\\ud800", "\\uDFFF", "\\0", "\\x00", "\\e[2J", "\\a", "\\x9b", "\\uFFFF"]


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("place", ['a: "x{}"', '"x{}": a', 'a: [{{b: "{}"}}]', 'a: !!int "{}"'])
def test_escaped_unstorable_character_is_refused(escape: str, place: str) -> None:
    with pytest.raises(YamlUnreadable) as raised:
        read_tree(place.format(escape))
    assert raised.value.line == 1


def test_huge_yaml_version_is_refused() -> None:
    with pytest.raises(YamlUnreadable, match="too large"):
        read_tree(f"%YAML 1.{'9' * 5000}\n---\na: 1")


def test_tag_does_not_convert_a_value() -> None:
    with pytest.raises(YamlUnreadable):
        read_tree("a: !!bool never")
    assert read_tree("a: !!bool 'True'").value == {"a": True}
