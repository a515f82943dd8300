"""Closed lists of the field's words, shared by every part. Codes are stored; labels are translated where shown."""

from triallink.kernel.refusals import N_

PHASES = {
    "early": N_("Early phase 1"),
    "1": N_("Phase 1"),
    "1_2": N_("Phase 1/2"),
    "2": N_("Phase 2"),
    "2_3": N_("Phase 2/3"),
    "3": N_("Phase 3"),
    "4": N_("Phase 4"),
    "na": N_("Not applicable"),
}

THERAPEUTIC_AREAS = {
    "oncology": N_("Oncology"),
    "hematology": N_("Hematology"),
    "cardiology": N_("Cardiovascular"),
    "endocrinology": N_("Endocrinology and metabolism"),
    "neurology": N_("Neurology"),
    "psychiatry": N_("Psychiatry"),
    "respiratory": N_("Respiratory"),
    "gastroenterology": N_("Gastroenterology and hepatology"),
    "nephrology": N_("Nephrology and urology"),
    "infectious": N_("Infectious diseases and vaccines"),
    "immunology": N_("Immunology and rheumatology"),
    "dermatology": N_("Dermatology"),
    "ophthalmology": N_("Ophthalmology"),
    "orthopedics": N_("Orthopedics"),
    "gynecology": N_("Obstetrics and gynecology"),
    "pediatrics": N_("Pediatrics"),
    "rare": N_("Rare diseases"),
    "device": N_("Medical devices"),
    "other": N_("Other"),
}

PROFESSIONAL_ROLES = {
    "CRA": N_("Clinical research associate (CRA)"),
    "CRC": N_("Clinical research coordinator (CRC)"),
    "PM": N_("Project manager"),
    "DM": N_("Data manager"),
    "STAT": N_("Biostatistician"),
    "MW": N_("Medical writer"),
    "MM": N_("Medical monitor"),
    "PV": N_("Pharmacovigilance specialist"),
    "RA": N_("Regulatory affairs specialist"),
    "QA": N_("Quality auditor"),
    "SSU": N_("Study start-up specialist"),
}

LEVELS = {"junior": N_("Junior"), "senior": N_("Senior"), "expert": N_("Expert")}

CREDENTIAL_KINDS = {
    "gcp": N_("GCP certificate"),
    "nursing": N_("Nursing licence"),
    "medical": N_("Medical licence"),
    "pharmacy": N_("Pharmacist licence"),
    "degree": N_("Degree"),
    "cra_cert": N_("CRA certification"),
    "crc_cert": N_("CRC certification"),
    "pmp": N_("Project management certificate"),
    "stat_cert": N_("SAS or R programming certificate"),
    "iso_14155": N_("ISO 14155 training"),
}

SERVICE_CATEGORIES = {
    "startup": N_("Start-up and submissions"),
    "monitoring": N_("Monitoring"),
    "site": N_("Site work"),
    "management": N_("Project management"),
    "data": N_("Data, statistics and systems"),
    "writing": N_("Writing and translation"),
    "safety": N_("Medical and safety"),
    "documents": N_("Documents"),
    "laboratory": N_("Laboratory and imaging"),
    "quality": N_("Quality"),
    "supply": N_("Trial supply"),
}

UNITS = {
    "visit": N_("visit"),
    "hour": N_("hour"),
    "site": N_("site"),
    "subject": N_("subject"),
    "month": N_("month"),
    "document": N_("document"),
    "study": N_("study"),
}
# The same behind a figure that is not one.
COUNTED_UNITS = {
    "visit": N_("visits"),
    "hour": N_("hours"),
    "site": N_("sites"),
    "subject": N_("subjects"),
    "month": N_("months"),
    "document": N_("documents"),
    "study": N_("studies"),
}

SPOKEN_LANGUAGES = {"zh": N_("Chinese"), "en": N_("English"), "ja": N_("Japanese"), "yue": N_("Cantonese")}

# Provinces, by their English names as addresses state them.
PROVINCES = {
    "Anhui": N_("Anhui"),
    "Beijing": N_("Beijing"),
    "Chongqing": N_("Chongqing"),
    "Fujian": N_("Fujian"),
    "Gansu": N_("Gansu"),
    "Guangdong": N_("Guangdong"),
    "Guangxi": N_("Guangxi"),
    "Guizhou": N_("Guizhou"),
    "Hainan": N_("Hainan"),
    "Hebei": N_("Hebei"),
    "Heilongjiang": N_("Heilongjiang"),
    "Henan": N_("Henan"),
    "Hong Kong": N_("Hong Kong"),
    "Hubei": N_("Hubei"),
    "Hunan": N_("Hunan"),
    "Inner Mongolia": N_("Inner Mongolia"),
    "Jiangsu": N_("Jiangsu"),
    "Jiangxi": N_("Jiangxi"),
    "Jilin": N_("Jilin"),
    "Liaoning": N_("Liaoning"),
    "Macau": N_("Macau"),
    "Ningxia": N_("Ningxia"),
    "Qinghai": N_("Qinghai"),
    "Shaanxi": N_("Shaanxi"),
    "Shandong": N_("Shandong"),
    "Shanghai": N_("Shanghai"),
    "Shanxi": N_("Shanxi"),
    "Sichuan": N_("Sichuan"),
    "Taiwan": N_("Taiwan"),
    "Tianjin": N_("Tianjin"),
    "Tibet": N_("Tibet"),
    "Xinjiang": N_("Xinjiang"),
    "Yunnan": N_("Yunnan"),
    "Zhejiang": N_("Zhejiang"),
}
