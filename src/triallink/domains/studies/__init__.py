"""Studies: protocol, versions, countries, sites; the words all tools share."""
