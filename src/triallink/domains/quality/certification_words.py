"""Words of certification that only people read: what a level lacks, and what it may do."""

from collections.abc import Iterable

from django.utils.translation import gettext, override

from triallink.kernel.refusals import N_

LACKS = {
    "gcp": N_("a verified GCP certificate"),
    "test": N_("a passed knowledge test with enough right answers"),
    "months": N_("more months of verified experience"),
    "studies": N_("more verified studies"),
    "references": N_("more referees who confirm"),
}
PERMISSIONS = {
    "routine_visits_supervised": N_("Routine visits beside a senior"),
    "data_entry": N_("Data entry and queries"),
    "document_filing": N_("Filing of documents"),
    "remote_review": N_("Remote review of data"),
    "routine_visits_alone": N_("Routine visits alone"),
    "initiation_visits": N_("Initiation visits"),
    "close_out_visits": N_("Close-out visits"),
    "urgent_cover": N_("Urgent cover at a hospital"),
    "phase1_studies": N_("Phase 1 studies"),
    "co_monitoring": N_("Co-monitoring of others"),
    "for_cause_visits": N_("For-cause visits"),
    "mentoring": N_("Training of juniors"),
}
TOPICS = {
    "principles": N_("Principles and responsibilities"),
    "consent": N_("Informed consent"),
    "safety": N_("Safety reporting"),
    "product": N_("Investigational product"),
    "records": N_("Essential records and source data"),
    "monitoring": N_("Monitoring and quality"),
    "data": N_("Data governance and systems"),
    "ethics": N_("Ethics committee and authorities"),
}


def in_both(sentences: Iterable[str], joint: str = ", ") -> dict[str, str]:
    """Return marked words joined, in both languages, for a sentence whose reader is not known yet."""
    words = list(sentences)
    found = {}
    for side, language in (("en", "en"), ("zh", "zh-hans")):
        with override(language):
            found[side] = joint.join(gettext(one) for one in words)
    return found
