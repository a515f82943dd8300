"""The state diagrams in the guide are those of the code, and no state is a dead letter."""

from pathlib import Path

import pytest

from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    DISPUTE_STATES,
    DISPUTE_TRANSITIONS,
    MILESTONE_STATES,
    MILESTONE_TRANSITIONS,
    TRANSITIONS,
)
from triallink.domains.contracts.states import states_page

PAGE = Path(__file__).resolve().parents[3] / "docs/guide/contracts-states.md"
MACHINES = {
    "contract": ("draft", CONTRACT_STATES, TRANSITIONS),
    "milestone": ("planned", MILESTONE_STATES, MILESTONE_TRANSITIONS),
    "dispute": ("open", DISPUTE_STATES, DISPUTE_TRANSITIONS),
}


def test_the_guide_draws_the_machines_of_the_code():
    assert PAGE.read_text(encoding="utf-8") == states_page(), "run `triallink contract states --write`"


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_is_reached_from_the_first(name: str):
    first, states, transitions = MACHINES[name]
    reached = {first}
    for _ in states:
        reached |= {after for before, after in transitions if before in reached}
    assert reached == set(states)
