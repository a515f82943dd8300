"""Payment rules and required evidence in the reader's words."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from triallink.domains.contracts.evidence import Requirement, fact_kinds
from triallink.domains.contracts.payment_plan import ANY_MILESTONE, requirement_of
from triallink.kernel.money import Money


def rule_sentences(rules: Mapping[str, Any], currency: str) -> list[str]:
    """Return what stored payment rules say, one sentence each, in the reader's language."""
    return [*_rules(rules.get("rules", []), currency), *_limits(rules, currency)]


def requirement_words(data: Mapping[str, Any]) -> str:
    """Return what a requirement asks for: the kind of fact, its parameters, how many."""
    asked = Requirement.of(data)
    return f"{kind_words(asked)} × {asked.at_least}"


def kind_words(asked: Requirement) -> str:
    """Return the name of a kind of fact with its parameters; its code if its tool is not installed."""
    kind = next((one for one in fact_kinds() if one.kind == asked.kind), None)
    if kind is None:
        return asked.kind
    known = {parameter.name: parameter for parameter in kind.parameters}
    values = [
        gettext(known[name].choices[value]) if name in known and value in known[name].choices else str(value)
        for name, value in asked.parameters.items()
    ]
    return f"{gettext(kind.name)} ({', '.join(values)})" if values else gettext(kind.name)


def _rules(rules: list[Mapping[str, Any]], currency: str) -> Iterator[str]:
    for rule in rules:
        words = {"fact": _fact(rule["fact"])}
        if rule["kind"] == "fixed":
            yield gettext("%(fact)s: %(amount)s once.") % {
                **words,
                "amount": _money(rule["amount_minor"], currency),
            }
        elif rule["kind"] == "unit":
            yield _unit(rule, words, currency)
        elif rule["kind"] == "target":
            yield _target(rule, words, currency)
        else:
            yield _quality(rule)


def _unit(rule: Mapping[str, Any], words: dict[str, str], currency: str) -> str:
    said = gettext("%(fact)s: %(price)s each.") % {**words, "price": _money(rule["price_minor"], currency)}
    for tier in rule.get("tiers", ()):
        said += " " + gettext("Beyond %(above)s: %(price)s each.") % {
            "above": tier["above"],
            "price": _money(tier["price_minor"], currency),
        }
    if rule.get("cap_minor") is not None:
        said += " " + gettext("At most %(amount)s.") % {"amount": _money(rule["cap_minor"], currency)}
    if rule.get("floor_minor"):
        said += " " + gettext("At least %(amount)s.") % {"amount": _money(rule["floor_minor"], currency)}
    if rule.get("line"):
        said += " " + gettext("In place of the milestones of line %(line)s.") % {"line": rule["line"]}
    return said


def _target(rule: Mapping[str, Any], words: dict[str, str], currency: str) -> str:
    said = gettext("%(fact)s by %(day)s:") % {**words, "day": rule["by"]}
    for step in rule["steps"]:
        said += " " + gettext("at least %(count)s: %(amount)s.") % {
            "count": step["at_least"],
            "amount": _money(step["amount_minor"], currency),
        }
    if rule.get("missed_minor"):
        said += " " + gettext("Fewer: %(amount)s.") % {"amount": _money(rule["missed_minor"], currency)}
    return said


def _quality(rule: Mapping[str, Any]) -> str:
    said = gettext("From %(good)s %% accepted at first submission: %(bonus)s %% more.") % {
        "good": rule["good_percent"],
        "bonus": rule["bonus_percent"],
    }
    if rule.get("malus_percent"):
        said += " " + gettext("Below %(poor)s %%: %(malus)s %% less.") % {
            "poor": rule["poor_percent"],
            "malus": rule["malus_percent"],
        }
    return said


def _limits(rules: Mapping[str, Any], currency: str) -> Iterator[str]:
    if rules.get("cap_minor") is not None:
        yield gettext("Everything together at most %(amount)s.") % {
            "amount": _money(rules["cap_minor"], currency)
        }
    if rules.get("floor_minor"):
        yield gettext("Everything together at least %(amount)s.") % {
            "amount": _money(rules["floor_minor"], currency)
        }
    if rules.get("retention_percent"):
        yield gettext("%(percent)s %% of every payment is kept back until the contract closes.") % {
            "percent": rules["retention_percent"]
        }


def _fact(word: str) -> str:
    return gettext("Milestone accepted") if word == ANY_MILESTONE else kind_words(requirement_of(word))


def _money(minor: int, currency: str) -> str:
    return f"{currency} {Money(minor, currency).amount:,}"
