"""What people do with studies, one file per noun."""

from triallink.domains.studies.services.demand import propose_demand, save_assumptions
from triallink.domains.studies.services.protocols import (
    add_protocol_version,
    import_study,
    read_protocol,
    records_in,
)
from triallink.domains.studies.services.sites import add_site, remove_site, update_site
from triallink.domains.studies.services.studies import admit_party, create_study, update_study

__all__ = [
    "add_protocol_version",
    "add_site",
    "admit_party",
    "create_study",
    "import_study",
    "propose_demand",
    "read_protocol",
    "records_in",
    "remove_site",
    "save_assumptions",
    "update_site",
    "update_study",
]
