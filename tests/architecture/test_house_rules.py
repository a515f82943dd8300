"""Every rule of the house holds, and every rule bites: each is shown a tree that breaks it."""

from pathlib import Path

import pytest
from tools import house_rules

ROOT = Path(__file__).resolve().parents[2] / "src/triallink"

BREAKING = {
    "no_long_module": ("kernel/long.py", "x = 1\n" * 501),
    "no_empty_name": ("foundation/utils.py", "x = 1\n"),
    "the_fields_words": ("kernel/words.py", "def f(patient_id):\n    return patient_id\n"),
    "services_tell_the_truth": (
        "domains/studies/services.py",
        "@transaction.atomic\ndef close(*, by):\n"
        '    """Close.\n\n    Refuses: nothing.\n    Emits: Closed.\n    """\n'
        "    raise TooLate\n    record(Closed())\n",
    ),
    "engines_state_their_terms": (
        "engines/design/size.py",
        'def size(n):\n    """Return the size."""\n    if n < 0:\n        raise ValueError(n)\n',
    ),
    "a_domain_is_entered_by_its_public_files": (
        "domains/studies/selectors.py",
        "from triallink.domains.accounts._secret import x\n",
    ),
    "no_broad_except": ("foundation/swallow.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
    "foreign_keys_descend": (
        "domains/accounts/models.py",
        "from triallink.domains.studies.models import Study\n",
    ),
}
FAULTS_OF_A_SERVICE = {
    "positional": '@transaction.atomic\ndef f(a, *, by):\n    """D.\n\n    Refuses: nothing.\n    Emits: E.\n    """\n    record(E())\n',
    "no actor": '@transaction.atomic\ndef f(*, a):\n    """D.\n\n    Refuses: nothing.\n    Emits: E.\n    """\n    record(E())\n',
    "not atomic": 'def f(*, by):\n    """D.\n\n    Refuses: nothing.\n    Emits: E.\n    """\n    record(E())\n',
    "silent event": '@transaction.atomic\ndef f(*, by):\n    """D.\n\n    Refuses: nothing.\n    Emits: E.\n    """\n    record(Other())\n',
    "says nothing": "@transaction.atomic\ndef f(*, by):\n    record(E())\n",
}


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda rule: rule.__name__)
def test_the_tree_keeps_the_rule(rule):
    assert [str(violation) for violation in rule(ROOT)] == []


@pytest.mark.parametrize("rule", house_rules.RULES, ids=lambda rule: rule.__name__)
def test_the_rule_finds_a_tree_that_breaks_it(rule, tmp_path: Path):
    name, text = BREAKING[rule.__name__]
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert [violation.path for violation in rule(tmp_path)] == [Path(name)]


@pytest.mark.parametrize("fault", FAULTS_OF_A_SERVICE)
def test_every_fault_of_a_service_is_found(fault: str, tmp_path: Path):
    path = tmp_path / "domains/studies/services.py"
    path.parent.mkdir(parents=True)
    path.write_text(FAULTS_OF_A_SERVICE[fault])
    assert list(house_rules.services_tell_the_truth(tmp_path))
