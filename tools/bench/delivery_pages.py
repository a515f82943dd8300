"""What the pages of delivery cost: the cockpit over 200 studies and the Gantt picture of 60 sites, against a minimal page.

    .venv/bin/python tools/bench/delivery_pages.py [--quick] [--json] [--concurrency N]

Cost is CPU time of the server's processes per request, as in web.py, whose machinery it shares. The small world and the
studies are written into DATABASE_URL's database the first time, which is not measured.
"""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(Path(__file__).resolve().parent)]
LEAD = "lin@northlight.example"
STUDIES, SITES, FEW_SITES = 200, 60, 2


def main() -> None:
    """Measure and print."""
    import web

    options = web.options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "triallink.project.settings")
    os.environ["TRIALLINK_DEMO"] = "1"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    pages = _pages()
    web.measure(pages, options)
    minimal, cockpit, gantt, week = pages
    figures = {
        "cockpit_ratio": cockpit.cost / minimal.cost,
        "gantt_ratio": gantt.cost / minimal.cost,
        "gantt_week_ratio": week.cost / minimal.cost,
        "cockpit_p95_ratio": cockpit.p95_ms / minimal.p95_ms,
        "gantt_p95_ratio": gantt.p95_ms / minimal.p95_ms,
        "minimal_cpu_ms": minimal.cost,
    }
    rounded = {name: round(value, 2) for name, value in figures.items()}
    if options.json:
        print(json.dumps(rounded))
    else:
        for name, value in rounded.items():
            print(f"{name:20} {value}")


def _pages() -> list[object]:
    """Return the pages to measure, the minimal one first."""
    from web_scene import cookie_of

    from triallink.demo.loading import load_world, world_present
    from web import Page

    if not world_present():
        load_world("small")
    large = _studies()
    cookie = cookie_of(LEAD)
    gantt = f"/studies/{large}/pmcp/plan/gantt/"
    return [
        Page("minimal page", "/bench/minimal/", cookie),
        Page("cockpit, 200 studies", "/pmcp/", cookie, share=0.3),
        Page("Gantt, 60 sites", gantt, cookie, share=0.2),
        Page("Gantt by week", f"{gantt}?zoom=week&links=all", cookie, share=0.1),
    ]


def _studies() -> int:
    """Write what is missing of the studies with their plans; return the one with many sites."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person
    from triallink.domains.delivery.services import generate_plan
    from triallink.domains.studies.models import Study
    from triallink.domains.studies.services import add_site, create_study

    lead = actor_for(Person.objects.get(email=LEAD), source="bench")
    have = Study.objects.filter(sponsor_id=lead.organization_id)
    known = dict(have.values_list("code", "pk"))
    for number in range(max(0, STUDIES - len(known))):
        code = f"PAGE-{number:03d}"
        if code in known:
            continue
        study = create_study(
            code=code, title_en=f"Study {number}", enrollment_months=6, follow_up_months=3,
            planned_subjects=60, by=lead,
        )  # fmt: skip
        for site in range(SITES if number == 0 else FEW_SITES):
            add_site(study_id=study.pk, name_en=f"Hospital {site}", country="CN", by=lead)
        generate_plan(study_id=study.pk, by=lead)
    return Study.objects.get(code="PAGE-000").pk


if __name__ == "__main__":
    main()
