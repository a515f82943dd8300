"""What may be read of quality, one file per noun."""

from triallink.domains.quality.selectors.certification import (
    candidates,
    credentials,
    expiring_credentials,
    facts_of,
    may_do,
    own_record,
    passed_test,
    present_certificate,
)
from triallink.domains.quality.selectors.library import (
    templates,
    version_in_force,
)
from triallink.domains.quality.selectors.plan_library import PlanLibrary, plan_library, with_library
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
    qualified_scopes,
    suspendable,
    suspended_among,
    suspension_of,
    suspensions,
)
from triallink.domains.quality.standing import able_to_work, blocked_by

__all__ = [
    "HELD",
    "PlanLibrary",
    "able_to_work",
    "applications",
    "audits",
    "blocked_by",
    "candidates",
    "covers_work",
    "credentials",
    "credentials_of",
    "expiring_credentials",
    "facts_of",
    "findings",
    "may_do",
    "own_applications",
    "own_professionals",
    "own_record",
    "own_site_profile",
    "own_supplier_profile",
    "passed_test",
    "plan_library",
    "present_certificate",
    "present_qualification",
    "qualifications",
    "qualified_scopes",
    "suspendable",
    "suspended_among",
    "suspension_of",
    "suspensions",
    "templates",
    "version_in_force",
    "with_library",
]
