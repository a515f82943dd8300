"""The sources' terms in our few words: phase, study type, sex, timing."""

import re

# NCI codes of trial phases (CDISC controlled terminology, TPHASE response).
_PHASE_CODES = {
    "C54721": "0", "C15600": "1", "C15693": "1/2", "C198366": "1/2/3", "C15601": "2", "C49686": "2a",
    "C49688": "2b", "C15694": "2/3", "C198367": "2/3/4", "C15602": "3", "C49687": "3a", "C49689": "3b",
    "C217024": "3/4", "C15603": "4", "C47865": "5", "C48660": "n/a",
}  # fmt: skip
_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_PHASE_NUMBER = re.compile(r"(?<![A-Z0-9])(IV|V|I{1,3}|[0-5])([AB]?)(?![A-Z0-9])")


def phase_of(code: str, text: str) -> str:
    """Return the phase as in PHASES from an NCI code or a text ("Phase II/III", "PHASE1|PHASE2"), or ""."""
    if code in _PHASE_CODES:
        return _PHASE_CODES[code]
    upper = text.upper().replace("PHASE", " ").replace("_", " ")
    if "EARLY" in upper:
        # The registry's Early Phase 1 is the former phase 0.
        return "0"
    found = [_ROMAN.get(number, number) + letter.lower() for number, letter in _PHASE_NUMBER.findall(upper)]
    if found:
        joined = "/".join(sorted(set(found)))
        known = {*_PHASE_CODES.values()}
        return joined if joined in known else found[0]
    is_not_applicable = bool(re.search(r"\bN/?A\b|NOT APPLICABLE", upper))
    return "n/a" if is_not_applicable else ""


def study_type_of(text: str) -> str:
    """Return interventional, observational, expanded_access, or "" for anything else."""
    lower = text.lower().replace("_", " ")
    for word, kind in (
        ("expanded access", "expanded_access"),
        ("intervention", "interventional"),
        ("observation", "observational"),
        ("registry", "observational"),
    ):
        if word in lower:
            return kind
    return ""


def sex_of(texts: tuple[str, ...]) -> str:
    """Return any, female, male, or "" when nothing is stated."""
    words = {text.strip().lower() for text in texts if text.strip()}
    if words & {"both", "all", "any"} or {"male", "female"} <= words:
        return "any"
    if "female" in words:
        return "female"
    return "male" if "male" in words else ""


def title_kind_of(text: str) -> str:
    """Return official, brief, public, scientific, acronym or other for a title's term."""
    lower = text.lower()
    for kind in ("official", "brief", "public", "scientific", "acronym"):
        if kind in lower:
            return kind
    return "other"


def timing_kind_of(code: str, text: str) -> str:
    """Return before, after, fixed, or "" for an unknown timing type."""
    by_code = {"C201357": "before", "C201356": "after", "C201358": "fixed"}
    if code in by_code:
        return by_code[code]
    lower = text.lower()
    return next((kind for kind in ("before", "after", "fixed") if kind in lower), "")


def criterion_category_of(code: str, text: str) -> str:
    """Return inclusion, exclusion, or "" for an unknown category."""
    by_code = {"C25532": "inclusion", "C25370": "exclusion"}
    if code in by_code:
        return by_code[code]
    lower = text.lower()
    return next((kind for kind in ("inclusion", "exclusion") if kind in lower), "")
