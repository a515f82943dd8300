"""Studies: the list, a study, its protocol, schedule, sites and demand."""
