"""What may be read of quality, one file per noun."""

from triallink.domains.quality.selectors.profiles import (
    HELD,
    credentials_of,
    own_professionals,
    own_site_profile,
    own_supplier_profile,
)
from triallink.domains.quality.selectors.qualification import (
    applications,
    audits,
    covers_work,
    findings,
    own_applications,
    present_qualification,
    qualifications,
    suspended_among,
    suspension_of,
    suspensions,
)
from triallink.domains.quality.standing import able_to_work, blocked_by

__all__ = [
    "HELD",
    "able_to_work",
    "applications",
    "audits",
    "blocked_by",
    "covers_work",
    "credentials_of",
    "findings",
    "own_applications",
    "own_professionals",
    "own_site_profile",
    "own_supplier_profile",
    "present_qualification",
    "qualifications",
    "suspended_among",
    "suspension_of",
    "suspensions",
]
