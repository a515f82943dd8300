"""Where quality stands on the rails."""

from triallink.domains.quality.access import sees_all
from triallink.kernel.actor import Actor
from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, add, of_kind


def desk(actor: Actor) -> bool:
    """Let the operator's quality desk and its inspectors see the entry."""
    return sees_all(actor)


add(
    Entry(
        "organization",
        N_("Qualification"),
        "quality:own",
        icon="shield-check",
        order=40,
        rule=of_kind("cro", "smo", "site"),
    ),
    Entry(
        "organization",
        N_("Certification"),
        "quality:own-certification",
        icon="certificate",
        order=41,
        rule=of_kind("freelancer", "cro", "smo"),
    ),
    Entry("organization", N_("Process library"), "quality:library", icon="books", order=42),
    Entry("operator", N_("Credentials"), "quality:credential-list", icon="certificate", order=49, rule=desk),
    Entry("operator", N_("Certification"), "quality:person-list", icon="school", order=50, rule=desk),
    Entry(
        "operator", N_("Applications"), "quality:application-list", icon="shield-check", order=40, rule=desk
    ),
    Entry("operator", N_("Audits"), "quality:audit-list", icon="clipboard-list", order=42, rule=desk),
    Entry("operator", N_("Findings"), "quality:finding-list", icon="alert-circle", order=44, rule=desk),
    Entry("operator", N_("Qualification calendar"), "quality:calendar", icon="calendar", order=46, rule=desk),
    Entry("operator", N_("Suspensions"), "quality:suspension-list", icon="hand-stop", order=48, rule=desk),
)
