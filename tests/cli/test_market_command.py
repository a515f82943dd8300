"""`triallink market` and `triallink search`."""

import json

import pytest
from click.testing import CliRunner
from tests.domains.marketplace.directory_scene import build_directory

from triallink.cli.market import command as market
from triallink.cli.search import command as search


@pytest.fixture
def directory(fei, ben, gao, chen):
    return build_directory(fei, ben, gao, chen)


def run(command, *arguments):
    return CliRunner().invoke(command, arguments)


def test_search_answers_for_people_and_for_machines(directory, ada):
    result = run(market, "search", "oncology", "--as", ada.person.email)
    assert "Bluestone SMO 青石临床服务" in result.output
    assert "Riverside Hospital" in result.output
    assert "Lin Mei" not in result.output
    rows = json.loads(
        run(market, "search", "肿瘤", "--kind", "site", "--json", "--as", ada.person.email).output
    )
    assert [row["kind"] for row in rows] == ["site"]
    assert run(market, "search", "zebra", "--as", ada.person.email).output == "nothing found\n"


def test_indexes_are_rebuilt_by_name_and_an_unknown_name_is_a_usage_error(directory):
    assert "directory: 7 documents" in run(search, "rebuild", "directory").output
    result = run(search, "rebuild", "planets")
    assert result.exit_code == 2
    assert "there are: directory" in result.output
