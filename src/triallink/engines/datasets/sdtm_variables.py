"""Variables of the SDTM classes in their order, with labels; the first two letters of a domain stand for `--`.

Source: SDTM v2.0, sections 3.1 (general observation classes) and 3.2 (demographics); SDTMIG v3.4, chapters 5 and 6.
"""

from collections.abc import Mapping

Line = tuple[str, str]

_IDENTIFIERS: tuple[Line, ...] = (
    ("STUDYID", "Study Identifier"),
    ("DOMAIN", "Domain Abbreviation"),
    ("USUBJID", "Unique Subject Identifier"),
    ("--SEQ", "Sequence Number"),
    ("--GRPID", "Group ID"),
    ("--REFID", "Reference ID"),
    ("--SPID", "Sponsor-Defined Identifier"),
    ("--LNKID", "Link ID"),
    ("--LNKGRP", "Link Group ID"),
)
_INTERVENTIONS: tuple[Line, ...] = (
    ("--TRT", "Reported Name of Intervention"),
    ("--MODIFY", "Modified Treatment Name"),
    ("--DECOD", "Standardized Treatment Name"),
    ("--MOOD", "Mood"),
    ("--CAT", "Category"),
    ("--SCAT", "Subcategory"),
    ("--PRESP", "Pre-Specified"),
    ("--OCCUR", "Occurrence Indicator"),
    ("--STAT", "Completion Status"),
    ("--REASND", "Reason Not Done"),
    ("--INDC", "Indication"),
    ("--CLAS", "Class"),
    ("--CLASCD", "Class Code"),
    ("--DOSE", "Dose per Administration"),
    ("--DOSTXT", "Dose Description"),
    ("--DOSU", "Dose Units"),
    ("--DOSFRM", "Dose Form"),
    ("--DOSFRQ", "Dosing Frequency per Interval"),
    ("--DOSTOT", "Total Daily Dose"),
    ("--DOSRGM", "Intended Dose Regimen"),
    ("--ROUTE", "Route of Administration"),
    ("--LOT", "Lot Number"),
    ("--LOC", "Location of Administration"),
    ("--LAT", "Laterality"),
    ("--DIR", "Directionality"),
    ("--FAST", "Fasting Status"),
    ("--ADJ", "Reason for Dose Adjustment"),
)
_EVENTS: tuple[Line, ...] = (
    ("--TERM", "Reported Term for the Event"),
    ("--MODIFY", "Modified Reported Term"),
    ("--LLT", "Lowest Level Term"),
    ("--DECOD", "Dictionary-Derived Term"),
    ("--CAT", "Category"),
    ("--SCAT", "Subcategory"),
    ("--PRESP", "Pre-Specified"),
    ("--OCCUR", "Occurrence Indicator"),
    ("--STAT", "Completion Status"),
    ("--REASND", "Reason Not Done"),
    ("--BODSYS", "Body System or Organ Class"),
    ("--LOC", "Location of Event"),
    ("--LAT", "Laterality"),
    ("--SEV", "Severity/Intensity"),
    ("--SER", "Serious Event"),
    ("--ACN", "Action Taken with Study Treatment"),
    ("--ACNOTH", "Other Action Taken"),
    ("--REL", "Causality"),
    ("--RELNST", "Relationship to Non-Study Treatment"),
    ("--PATT", "Pattern of Event"),
    ("--OUT", "Outcome of Event"),
    ("--SCAN", "Involves Cancer"),
    ("--SCONG", "Congenital Anomaly or Birth Defect"),
    ("--SDISAB", "Persist or Signif Disability/Incapacity"),
    ("--SDTH", "Results in Death"),
    ("--SHOSP", "Requires or Prolongs Hospitalization"),
    ("--SLIFE", "Is Life Threatening"),
    ("--SOD", "Occurred with Overdose"),
    ("--SMIE", "Other Medically Important Serious Event"),
    ("--CONTRT", "Concomitant or Additional Trtmnt Given"),
    ("--TOXGR", "Standard Toxicity Grade"),
)
_FINDINGS: tuple[Line, ...] = (
    ("--TESTCD", "Short Name of Measurement, Test or Exam"),
    ("--TEST", "Name of Measurement, Test or Examination"),
    ("--CAT", "Category"),
    ("--SCAT", "Subcategory"),
    ("--POS", "Position of Subject During Observation"),
    ("--BODSYS", "Body System or Organ Class"),
    ("--ORRES", "Result or Finding in Original Units"),
    ("--ORRESU", "Original Units"),
    ("--ORNRLO", "Reference Range Lower Limit in Orig Unit"),
    ("--ORNRHI", "Reference Range Upper Limit in Orig Unit"),
    ("--STRESC", "Character Result/Finding in Std Format"),
    ("--STRESN", "Numeric Result/Finding in Standard Units"),
    ("--STRESU", "Standard Units"),
    ("--NRIND", "Reference Range Indicator"),
    ("--STAT", "Completion Status"),
    ("--REASND", "Reason Not Done"),
    ("--NAM", "Vendor Name"),
    ("--LOINC", "LOINC Code"),
    ("--SPEC", "Specimen Material Type"),
    ("--LOC", "Location Used for Measurement"),
    ("--LAT", "Laterality"),
    ("--DIR", "Directionality"),
    ("--METHOD", "Method of Test or Examination"),
    ("--LOBXFL", "Last Observation Before Exposure Flag"),
    ("--BLFL", "Baseline Flag"),
    ("--FAST", "Fasting Status"),
    ("--DRVFL", "Derived Flag"),
    ("--EVAL", "Evaluator"),
    ("--TOXGR", "Standard Toxicity Grade"),
    ("--CLSIG", "Clinically Significant, Collected"),
)
_TIMING: tuple[Line, ...] = (
    ("VISITNUM", "Visit Number"),
    ("VISIT", "Visit Name"),
    ("VISITDY", "Planned Study Day of Visit"),
    ("TAETORD", "Planned Order of Element within Arm"),
    ("EPOCH", "Epoch"),
    ("--DTC", "Date/Time of Collection"),
    ("--STDTC", "Start Date/Time of Observation"),
    ("--ENDTC", "End Date/Time of Observation"),
    ("--DY", "Study Day of Visit/Collection/Exam"),
    ("--STDY", "Study Day of Start of Observation"),
    ("--ENDY", "Study Day of End of Observation"),
    ("--DUR", "Duration"),
    ("--TPT", "Planned Time Point Name"),
    ("--TPTNUM", "Planned Time Point Number"),
    ("--ELTM", "Planned Elapsed Time from Time Point Ref"),
    ("--TPTREF", "Time Point Reference"),
    ("--STRF", "Start Relative to Reference Period"),
    ("--ENRF", "End Relative to Reference Period"),
    ("--STRTPT", "Start Relative to Reference Time Point"),
    ("--STTPT", "Start Reference Time Point"),
    ("--ENRTPT", "End Relative to Reference Time Point"),
    ("--ENTPT", "End Reference Time Point"),
)
_DEMOGRAPHICS: tuple[Line, ...] = (
    *_IDENTIFIERS[:3],
    ("SUBJID", "Subject Identifier for the Study"),
    ("RFSTDTC", "Subject Reference Start Date/Time"),
    ("RFENDTC", "Subject Reference End Date/Time"),
    ("RFXSTDTC", "Date/Time of First Study Treatment"),
    ("RFXENDTC", "Date/Time of Last Study Treatment"),
    ("RFICDTC", "Date/Time of Informed Consent"),
    ("RFPENDTC", "Date/Time of End of Participation"),
    ("DTHDTC", "Date/Time of Death"),
    ("DTHFL", "Subject Death Flag"),
    ("SITEID", "Study Site Identifier"),
    ("BRTHDTC", "Date/Time of Birth"),
    ("AGE", "Age"),
    ("AGEU", "Age Units"),
    ("SEX", "Sex"),
    ("RACE", "Race"),
    ("ETHNIC", "Ethnicity"),
    ("ARMCD", "Planned Arm Code"),
    ("ARM", "Description of Planned Arm"),
    ("ACTARMCD", "Actual Arm Code"),
    ("ACTARM", "Description of Actual Arm"),
    ("ARMNRS", "Reason Arm and/or Actual Arm is Null"),
    ("ACTARMUD", "Description of Unplanned Actual Arm"),
    ("COUNTRY", "Country"),
    ("DMDTC", "Date/Time of Collection"),
    ("DMDY", "Study Day of Collection"),
)
_QUALIFIERS: Mapping[str, tuple[Line, ...]] = {
    "INTERVENTIONS": _INTERVENTIONS,
    "EVENTS": _EVENTS,
    "FINDINGS": _FINDINGS,
}
# The domains CRF specializations are published for: class and label.
DOMAINS: Mapping[str, tuple[str, str]] = {
    "AE": ("EVENTS", "Adverse Events"),
    "CM": ("INTERVENTIONS", "Concomitant/Prior Medications"),
    "DM": ("SPECIAL PURPOSE", "Demographics"),
    "DS": ("EVENTS", "Disposition"),
    "EC": ("INTERVENTIONS", "Exposure as Collected"),
    "EG": ("FINDINGS", "ECG Test Results"),
    "EX": ("INTERVENTIONS", "Exposure"),
    "FT": ("FINDINGS", "Functional Tests"),
    "IE": ("FINDINGS", "Inclusion/Exclusion Criteria Not Met"),
    "LB": ("FINDINGS", "Laboratory Test Results"),
    "MB": ("FINDINGS", "Microbiology Specimen"),
    "MH": ("EVENTS", "Medical History"),
    "PE": ("FINDINGS", "Physical Examination"),
    "PR": ("INTERVENTIONS", "Procedures"),
    "QS": ("FINDINGS", "Questionnaires"),
    "SC": ("FINDINGS", "Subject Characteristics"),
    "SU": ("INTERVENTIONS", "Substance Use"),
    "VS": ("FINDINGS", "Vital Signs"),
}
# Numbers in every domain; everything else is text in SDTM.
NUMBERS = frozenset({"--SEQ", "--DOSE", "--DOSTOT", "--STRESN", "--DY", "--STDY", "--ENDY", "--TPTNUM"}) | {
    *("VISITNUM", "VISITDY", "TAETORD", "AGE", "DMDY")
}
WHOLE_NUMBERS = frozenset({"--SEQ", "--DY", "--STDY", "--ENDY", "VISITDY", "TAETORD", "DMDY"})
SUPPLEMENTAL: tuple[Line, ...] = (
    ("STUDYID", "Study Identifier"),
    ("RDOMAIN", "Related Domain Abbreviation"),
    ("USUBJID", "Unique Subject Identifier"),
    ("IDVAR", "Identifying Variable"),
    ("IDVARVAL", "Identifying Variable Value"),
    ("QNAM", "Qualifier Variable Name"),
    ("QLABEL", "Qualifier Variable Label"),
    ("QVAL", "Data Value"),
    ("QORIG", "Origin"),
    ("QEVAL", "Evaluator"),
)


def variables_of(domain: str) -> tuple[Line, ...]:
    """Return the variables of a domain and their labels, in the order of the standard.

    Returns  those of its class, identifiers first and timing last; of a domain not in `DOMAINS` those of all classes.
    """
    if domain == "DM":
        return _DEMOGRAPHICS
    observation_class = DOMAINS.get(domain, ("", ""))[0]
    qualifiers = _QUALIFIERS.get(observation_class) or tuple(
        dict(line for lines in _QUALIFIERS.values() for line in lines).items()
    )
    return tuple(
        (name.replace("--", domain), label) for name, label in (*_IDENTIFIERS, *qualifiers, *_TIMING)
    )


def generic_name(name: str, domain: str) -> str:
    """Return a variable's name with `--` for its domain."""
    known = {name for line in (_IDENTIFIERS, *_QUALIFIERS.values(), _TIMING) for name, _ in line}
    generic = f"--{name.removeprefix(domain)}"
    return generic if name.startswith(domain) and generic in known else name
