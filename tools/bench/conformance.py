"""How well and how fast conformance rules run: their published results, and all of them on a submitted study.

Needs the corpus: TRIALLINK_DATA names the folder with the published rules and the 18 SAS transport files of the CDISC
pilot. Beside the vectorized engine, in the same run: the same conditions looked at record by record in plain Python
for a handful of rules, to show what the columns save.
"""

import argparse
import json
import os
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path

from triallink.cli.conformance import rules_in, study_of_files, trials_in
from triallink.engines.conformance import Rule, Study, agreement, run_rule, unsupported

RULES = "insights/vectors/cdisc_open_rules/published_rules_with_testdata.tar.gz"
PILOT = "insights/data/cdiscpilot_xpt/sdtm"
QUICK_EVERY = 4  # of the published tests


def by_record(study: Study) -> int:
    """Return how many end dates lie before their start dates, read record by record: what a rule of columns replaces."""
    found = 0
    for table in study.tables:
        names = {name.removeprefix(table.prefix): name for name in table.frame.columns}
        if "STDTC" in names and "ENDTC" in names:
            for row in table.frame.iter_rows(named=True):
                start, end = row[names["STDTC"]], row[names["ENDTC"]]
                found += bool(start and end and start > end)
    return found


def pilot_cost(rules: list[Rule], study: Study) -> tuple[float, Counter[str], list[tuple[float, str]]]:
    """Return the CPU seconds of running rules on a study, how each ended, and the dearest rules."""
    ends: Counter[str] = Counter()
    costs = []
    start = time.process_time()
    for rule in rules:
        before = time.process_time()
        ends[run_rule(rule, study).status] += 1
        costs.append((time.process_time() - before, rule.id))
    return time.process_time() - start, ends, sorted(costs, reverse=True)[:5]


def main() -> None:
    """Print a table, and with --json one object as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 45 seconds: every fourth rule's tests")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    data = os.environ.get("TRIALLINK_DATA")
    if not data:
        sys.exit("TRIALLINK_DATA must name the folder of the corpus.")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(Path(data) / RULES) as archive:
            archive.extractall(folder, filter="data")
        placed = list(rules_in(Path(folder)))
        tried = placed[::QUICK_EVERY] if options.quick else placed
        reasons = {rule.id: unsupported(rule) for _, rule in tried}
        found = agreement([trial for place, rule in tried for trial in trials_in(place, rule)], reasons)
    study = study_of_files(Path(data) / PILOT, product="SDTMIG", version="3-3")
    rules = [rule for _, rule in placed if unsupported(rule) is None and not rule.scope.entities.included]
    cpu_s, ends, dearest = pilot_cost(rules, study)
    before = time.process_time()
    by_record(study)
    record_s = time.process_time() - before
    rows = sum(table.frame.height for table in study.tables)
    print(
        f"published rules        {found.rules:8d}   supported {found.rules_supported_share:.1%}, "
        f"{found.self_contained_share:.1%} of those that need no dictionary or package"
    )
    print(
        f"published results      {found.results:8d}   of supported rules agree {found.results_agree_share:.1%}"
    )
    print(
        f"pilot                  {len(study.tables):8d} datasets, {rows} records, {len(rules)} rules: {dict(ends)}"
    )
    print(f"pilot, all rules       {cpu_s:8.2f} CPU s   dearest {dearest}")
    print(f"one rule by record     {record_s:8.2f} CPU s   in plain Python")
    if options.json:
        figures = {
            "rules_supported_share": round(found.rules_supported_share, 4),
            "self_contained_share": round(found.self_contained_share, 4),
            "results_agree_share": round(found.results_agree_share, 4),
            "cpu_s": round(cpu_s, 2),
            "rules_run": len(rules),
            "by_record_one_rule_cpu_s": round(record_s, 3),
        }
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
