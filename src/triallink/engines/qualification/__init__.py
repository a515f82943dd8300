"""Who may sell: scope, audit findings, knowledge test, level, expiry; rules on plain values."""

from triallink.engines.qualification.credentials import (
    BLOCKING_KINDS,
    REMINDER_DAYS,
    Held,
    expired_kinds,
    reminder_due,
)
from triallink.engines.qualification.findings import GRADES, FindingFact, decision_blockers, requalify_months
from triallink.engines.qualification.knowledge import (
    KNOWLEDGE_RULES,
    Drawn,
    KnowledgeRules,
    by_topic,
    draw_questions,
    next_attempt_at,
    score_test,
)
from triallink.engines.qualification.levels import (
    LEVEL_RULES,
    PERMITTED,
    ProfessionalFacts,
    level_lacks,
    level_of,
)
from triallink.engines.qualification.scope import ScopeBlock, covers

__all__ = [
    "BLOCKING_KINDS",
    "GRADES",
    "KNOWLEDGE_RULES",
    "LEVEL_RULES",
    "PERMITTED",
    "REMINDER_DAYS",
    "Drawn",
    "FindingFact",
    "Held",
    "KnowledgeRules",
    "ProfessionalFacts",
    "ScopeBlock",
    "by_topic",
    "covers",
    "decision_blockers",
    "draw_questions",
    "expired_kinds",
    "level_lacks",
    "level_of",
    "next_attempt_at",
    "reminder_due",
    "requalify_months",
    "score_test",
]
