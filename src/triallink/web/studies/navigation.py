"""Where studies stand on the rails."""

from triallink.kernel.refusals import N_
from triallink.web.navigation import Entry, StudyEntry, add

add(
    Entry("studies", N_("Studies"), "studies:list", icon="microscope", order=10),
    StudyEntry(N_("Overview"), "studies:detail", icon="layout-dashboard", order=10),
    StudyEntry(N_("Protocol"), "studies:protocol", icon="file-text", order=20),
    StudyEntry(N_("Schedule of activities"), "studies:schedule", icon="table", order=30),
    StudyEntry(N_("Sites"), "studies:sites", icon="building-hospital", order=40),
    StudyEntry(N_("Demand"), "studies:demand", icon="calculator", order=50),
)
