"""Text that cannot be kept is found wherever it hides."""

import pytest

from triallink.kernel.text import UnstorableText, refuse_unstorable, unstorable_place


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "北\udfff"])
def test_nul_and_half_a_pair_are_refused_and_the_place_is_named(text: str):
    assert unstorable_place({"lines": [{"note": "fine"}, {"note": text}]}, "") == "lines[1].note"
    with pytest.raises(UnstorableText) as refused:
        refuse_unstorable({text: "key"}, "body")
    assert refused.value.params == {"place": "body"}


@pytest.mark.parametrize("value", ["", "北京", "😀", "\x1f\t\n", {"a": [1, None, 2.5, True, b"\0"]}])
def test_everything_else_passes(value: object):
    assert unstorable_place(value, "") is None


def test_depth_is_no_defence():
    value: object = "\0"
    for _ in range(50_000):
        value = [value]
    assert unstorable_place(value, "") is not None
