"""Closed lists of words that only the profiles use."""

from triallink.kernel.refusals import N_

SITE_GRADES = {
    "3A": N_("Grade 3A hospital"),
    "3B": N_("Grade 3B hospital"),
    "2A": N_("Grade 2A hospital"),
    "2B": N_("Grade 2B hospital"),
    "other": N_("Without grade"),
}
