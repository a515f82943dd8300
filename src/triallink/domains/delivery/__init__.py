"""MY-PMCP: a study's plan, monitoring visits, records, hours, enrollment, and the cockpit over all of them."""
