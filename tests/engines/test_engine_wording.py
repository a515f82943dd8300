"""What the protocol and demand engines say to people has a Chinese sentence with the same parameters."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import triallink.engines

ENGINES = Path(triallink.engines.__file__).parent


def said(package: Path) -> set[str]:
    """Return the message ids a package marks with N_."""
    calls = (node for path in package.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    marked = (node for node in calls if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_")
    return {ast.literal_eval(node.args[0]) for node in marked}


@pytest.mark.parametrize("name", ["protocol", "demand"])
def test_every_sentence_has_its_chinese(name):
    with (ENGINES / name / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as stream:
        catalogue = {
            message.id: message.string for message in read_po(stream, locale="zh_Hans") if message.id
        }
    assert set(catalogue) == said(ENGINES / name)
    for english, chinese in catalogue.items():
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert set(re.findall(r"%\(\w+\)s", english)) == set(re.findall(r"%\(\w+\)s", chinese))
