"""The state machines of contracts as pictures, drawn from the tables the services ask (docs/guide/contracts-states.md)."""

from collections.abc import Iterable

from triallink.domains.contracts.models import (
    CONTRACT_STATES,
    DISPUTE_STATES,
    DISPUTE_TRANSITIONS,
    MILESTONE_STATES,
    MILESTONE_TRANSITIONS,
    TRANSITIONS,
)

HEADING = "# States of a contract\n\nDrawn from the code by `triallink contract states`; a test keeps this page up to date.\n"


def states_page() -> str:
    """Return the guide page with the state diagrams of contract, milestone and dispute."""
    parts = [
        HEADING,
        _diagram("Contract", "draft", CONTRACT_STATES, TRANSITIONS),
        _diagram("Milestone", "planned", MILESTONE_STATES, MILESTONE_TRANSITIONS),
        _diagram("Dispute", "open", DISPUTE_STATES, DISPUTE_TRANSITIONS),
    ]
    return "\n".join(parts)


def _diagram(title: str, first: str, names: dict[str, str], transitions: Iterable[tuple[str, str]]) -> str:
    order = list(names)
    steps = sorted(transitions, key=lambda step: (order.index(step[0]), order.index(step[1])))
    last = [state for state in order if state not in {before for before, _ in steps}]
    lines = [f"## {title}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{names[state]}" as {state}' for state in order]
    lines += [f"    [*] --> {first}"]
    lines += [f"    {before} --> {after}" for before, after in steps]
    lines += [f"    {state} --> [*]" for state in last]
    return "\n".join([*lines, "```", ""])
