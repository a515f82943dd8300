"""Which datasets a rule looks at."""

import re
from collections.abc import Callable

from triallink.engines.conformance.rules import Rule, Selection
from triallink.engines.conformance.study import Table

_ALL = "ALL"


def applies(rule: Rule, table: Table) -> bool:
    """Say whether a dataset is in the scope of a rule: its class, domain, name and entity.

    A class that cannot be told keeps a dataset out of a rule that includes classes, unless the rule names the domain.
    """
    scope = rule.scope
    if scope.entities.included or scope.entities.excluded:
        names = (table.name,)
        if not _selected(scope.entities, lambda word: word in names):
            return False
    if scope.include_split is False and table.is_split:
        return False
    in_domains = _selected(scope.domains, lambda word: _is_domain(word, table))
    if scope.include_split is True and table.is_split:
        in_domains = in_domains or not _excluded(scope.domains, lambda word: _is_domain(word, table))
    # A rule that names a domain of no known class means it.
    is_named = table.observation_class is None and any(
        word != _ALL and _is_domain(word, table) for word in scope.domains.included
    )
    return (
        in_domains
        and (is_named or _selected(scope.classes, lambda word: _is_class(word, table)))
        and _selected(scope.datasets, lambda word: word.upper() == table.name.upper())
    )


def _selected(selection: Selection, fits: Callable[[str], bool]) -> bool:
    included = not selection.included or _ALL in selection.included or any(map(fits, selection.included))
    return included and not _excluded(selection, fits)


def _excluded(selection: Selection, fits: Callable[[str], bool]) -> bool:
    return _ALL in selection.excluded or any(map(fits, selection.excluded))


def _is_domain(word: str, table: Table) -> bool:
    """Say whether a word of a scope means a dataset: a domain, a name, or a family such as SUPP-- and AP--."""
    name, domain, wanted = table.name.upper(), table.domain.upper(), word.upper()
    if wanted in (name, domain):
        return True
    if not wanted.endswith("--"):
        return False
    stem = wanted[:-2]
    if stem in ("SUPP", "SQ", "SUPPQUAL"):
        return table.is_supplemental
    return bool(re.fullmatch(rf"{re.escape(stem)}[A-Z0-9]{{2,}}", domain)) and domain != stem


def _is_class(word: str, table: Table) -> bool:
    observation_class = table.observation_class
    if observation_class is None:
        return False
    wanted = word.upper()
    # Findings About are Findings too.
    return observation_class == wanted or (observation_class == "FINDINGS ABOUT" and wanted == "FINDINGS")
