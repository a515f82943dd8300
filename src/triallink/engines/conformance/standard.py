"""Which domain belongs to which class, and what domains and timing variables are called.

Source: SDTM v2.0, SDTMIG v3.4, SENDIG v3.1.1 and TIG v1.0, tables of contents and class definitions.
"""

import re
from collections.abc import Iterable, Mapping

_INTERVENTIONS = {
    "AG": "Procedure Agents",
    "CM": "Concomitant/Prior Medications",
    "EC": "Exposure as Collected",
    "EX": "Exposure",
    "ML": "Meal Data",
    "PR": "Procedures",
    "SU": "Substance Use",
}
_EVENTS = {
    "AE": "Adverse Events",
    "BE": "Biospecimen Events",
    "CE": "Clinical Events",
    "DE": "Device Events",
    "DS": "Disposition",
    "DT": "Device Tracking and Disposition",
    "DV": "Protocol Deviations",
    "EE": "Environmental Events",
    "EM": "Product Malfunction Events",
    "HO": "Healthcare Encounters",
    "MH": "Medical History",
}
_FINDINGS = {
    "BG": "Body Weight Gain",
    "BS": "Biospecimen Findings",
    "BW": "Body Weights",
    "CL": "Clinical Observations",
    "CP": "Cell Phenotype Findings",
    "CV": "Cardiovascular System Findings",
    "CX": "Nonclinical Observations",
    "DA": "Product Accountability",
    "DD": "Death Details",
    "DI": "Device Identifiers",
    "DO": "Device Properties",
    "DU": "Device-In-Use",
    "EG": "ECG Test Results",
    "FT": "Functional Tests",
    "FW": "Food and Water Consumption",
    "FX": "Fetal Pathology Findings",
    "FM": "Fetal Measurements",
    "GF": "Genomics Findings",
    "GT": "Genetic Toxicology",
    "GV": "Genotoxicology",
    "IC": "Implantation Classification",
    "IE": "Inclusion/Exclusion Criteria Not Met",
    "IS": "Immunogenicity Specimen Assessments",
    "IX": "Tobacco Product Use Findings",
    "LB": "Laboratory Test Results",
    "LD": "Cesarean Section Delivery Litter",
    "MA": "Macroscopic Findings",
    "MB": "Microbiology Specimen",
    "MI": "Microscopic Findings",
    "MK": "Musculoskeletal System Findings",
    "MO": "Morphology",
    "MS": "Microbiology Susceptibility",
    "NV": "Nervous System Findings",
    "OE": "Ophthalmic Examinations",
    "OM": "Organ Measurements",
    "PC": "Pharmacokinetics Concentrations",
    "PE": "Physical Examination",
    "PP": "Pharmacokinetics Parameters",
    "PY": "Nonclinical Pregnancy Results",
    "QS": "Questionnaires",
    "RE": "Respiratory System Findings",
    "RP": "Reproductive System Findings",
    "RS": "Disease Response and Clin Classification",
    "SC": "Subject Characteristics",
    "SS": "Subject Status",
    "TF": "Tumor Findings",
    "TR": "Tumor/Lesion Results",
    "TU": "Tumor/Lesion Identification",
    "UR": "Urinary System Findings",
    "VS": "Vital Signs",
}
_FINDINGS_ABOUT = {"FA": "Findings About Events or Interventions", "SR": "Skin Response"}
_SPECIAL_PURPOSE = {
    "CO": "Comments",
    "DM": "Demographics",
    "SE": "Subject Elements",
    "SM": "Subject Disease Milestones",
    "SV": "Subject Visits",
    "SJ": "Subject Stages",
}
_TRIAL_DESIGN = {
    "TA": "Trial Arms",
    "TD": "Trial Disease Assessments",
    "TE": "Trial Elements",
    "TI": "Trial Inclusion/Exclusion Criteria",
    "TM": "Trial Disease Milestones",
    "TS": "Trial Summary",
    "TT": "Trial Stages",
    "TV": "Trial Visits",
    "TX": "Trial Sets",
    "TP": "Trial Paths",
}
_RELATIONSHIP = {
    "RELREC": "Related Records",
    "RELSPEC": "Related Specimens",
    "RELSUB": "Related Subjects",
    "RELREF": "Reference ID Relationships",
    "SUPPQUAL": "Supplemental Qualifiers",
    "POOLDEF": "Pool Definition",
}
_STUDY_REFERENCE = {
    "DI": "Device Identifiers",
    "OI": "Non-host Organism Identifiers",
}

# Domains of tobacco products (TIG): the releases of the standard put them into different classes, so they have none here.
_PRODUCT = {
    "ES": "Environmental Storage Conditions",
    "IN": "Non-Tobacco Ingredients",
    "IQ": "Ingredient Quantities by Component",
    "IT": "Tobacco Ingredients",
    "PD": "Product Design Parameters",
    "PT": "Trial Repro Paths",
    "TO": "Tobacco Product Identifiers and Descriptors",
}

# Where a code stands in two classes the later line wins.
CLASSES: Mapping[str, Mapping[str, str]] = {
    "INTERVENTIONS": _INTERVENTIONS,
    "EVENTS": _EVENTS,
    "FINDINGS": _FINDINGS,
    "FINDINGS ABOUT": _FINDINGS_ABOUT,
    "SPECIAL PURPOSE": _SPECIAL_PURPOSE,
    "TRIAL DESIGN": _TRIAL_DESIGN,
    "RELATIONSHIP": _RELATIONSHIP,
    "STUDY REFERENCE": _STUDY_REFERENCE,
}
_CLASS_OF = {domain: name for name, domains in CLASSES.items() for domain in domains}
_LABEL_OF = {domain: label for domains in (*CLASSES.values(), _PRODUCT) for domain, label in domains.items()}
DOMAINS = tuple(_LABEL_OF)

# Timing variables of every general observation class, `--` for the domain (SDTM v2.0, section 3.1.5).
TIMING_VARIABLES = (
    *("VISITNUM", "VISIT", "VISITDY", "TAETORD", "EPOCH", "RPHASE", "RPPLDY", "RPPLSTDY", "RPPLENDY"),
    *("--DTC", "--STDTC", "--ENDTC", "--DY", "--STDY", "--ENDY", "--NOMDY", "--NOMLBL"),
    *("--RPDY", "--RPSTDY", "--RPENDY", "--XDY", "--XSTDY", "--XENDY", "--CHDY", "--CHSTDY", "--CHENDY"),
    *("--DUR", "--TPT", "--TPTNUM", "--ELTM", "--TPTREF", "--RFTDTC", "--STRF", "--ENRF", "--EVLINT"),
    *("--EVINTX", "--STRTPT", "--STTPT", "--ENRTPT", "--ENTPT", "MIDS", "RELMIDS", "MIDSDTC"),
    *("--STINT", "--ENINT", "--DETECT", "--PTFL", "--PDUR"),
)


def class_of_domain(domain: str, name: str) -> str | None:
    """Return the class of a domain by its code or dataset name; None if it is not of the standard.

    Source  SDTM v2.0 and the implementation guides.
    """
    if name.upper().startswith("SUPP") or re.fullmatch(r"SQ[A-Z]{2,}", name.upper()):
        return "RELATIONSHIP"
    code = domain.upper()
    if code in _CLASS_OF:
        return _CLASS_OF[code]
    if len(code) == 4 and code.startswith("AP"):
        return _CLASS_OF.get(code[2:])
    return None


def class_of_variables(names: Iterable[str], prefix: str) -> str | None:
    """Return the class of a sponsor's own domain by its topic variable; None if it has none.

    Source  SDTM v2.0, section 3.1: --TRT, --TERM and --TESTCD are the topics of the three classes.
    """
    present = set(names)
    if f"{prefix}TESTCD" in present:
        return "FINDINGS ABOUT" if f"{prefix}OBJ" in present else "FINDINGS"
    if f"{prefix}TERM" in present:
        return "EVENTS"
    return "INTERVENTIONS" if f"{prefix}TRT" in present else None


def is_standard(domain: str, name: str) -> bool:
    """Say whether a domain, or the dataset it is in, is of the standard."""
    return domain.upper() in _LABEL_OF or class_of_domain(domain, name) is not None


def domain_label(domain: str) -> str | None:
    """Return what the standard calls a domain, None if it is not of the standard."""
    return _LABEL_OF.get(domain.upper())
