"""Plan, records, actions and cockpit over the API and the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.delivery.conftest import Scene, clock, scene, study  # noqa: F401 - fixtures

from triallink.cli.delivery import command as delivery
from triallink.cli.plan import command as plan_command
from triallink.cli.record import command as record_command
from triallink.domains.accounts.services.tokens import create_token
from triallink.domains.studies.models import Study

pytestmark = pytest.mark.django_db
ISSUE = {"kind": "issue", "title": "Freezer", "values": {"priority": "high", "what": "Too warm"}}


def caller(member: Member):
    scopes = ["delivery:read", "delivery:write"]
    _token, secret = create_token(name="records", scopes=scopes, by=member.actor)
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(method: str, path: str, status: int = 200, **body):
        sent = {"data": json.dumps(body), "content_type": "application/json"} if method == "post" else {}
        answer = getattr(client, method)(f"/api/v1/{path}", **sent)
        assert answer.status_code == status, answer.content
        if answer.headers.get("Content-Type", "").startswith("application/pdf"):
            return answer.content
        return answer.json() if answer.content else None

    return call


def run(group, who: Member, *words: object) -> str:
    result = CliRunner().invoke(group, [*map(str, words), "--as", who.person.email])
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_a_plan_is_laid_out_frozen_linked_and_worked_on(study: Study, ada: Member, eve: Member):
    lead, stranger = caller(ada), caller(eve)
    stranger("post", "plans/", 404, study_id=study.pk)
    lead("get", f"plans/?study_id={study.pk}", 404)
    plan = lead("post", "plans/", 201, study_id=study.pk)
    assert lead("post", "plans/", 409, study_id=study.pk)["code"] == "plan_exists"
    assert lead("post", "plans/baseline", study_id=study.pk)["baseline_number"] == 1
    assert lead("post", "plans/adopt", 422, study_id=study.pk)["code"] == "reason_missing"
    lead("post", "plans/adopt", study_id=study.pk, reason="As it is")
    assert lead("get", f"plans/?study_id={study.pk}")["id"] == plan["id"]
    tasks = lead("get", f"delivery/items?study_id={study.pk}&kind=task&limit=2")["items"]
    one, other = tasks[0]["id"], tasks[1]["id"]
    changed = lead(
        "post", f"plans/items/{one}/change", duration_days=9, hours="12.5", assignee_id=ada.person.pk
    )
    assert changed["assignee_id"] == ada.person.pk
    ticked = lead("post", f"plans/items/{one}/tick", number=0)
    assert ticked["id"] == one
    assert (
        lead("post", f"plans/items/{one}/payable", 409, contract_milestone_id=None)["code"]
        == "milestones_only"
    )
    before = {row["id"] for row in lead("get", f"plans/links?study_id={study.pk}&limit=200")["items"]}
    link = lead("post", "plans/links", 201, item_id=one, predecessor_id=other, kind="SS", lag_days=2)
    assert link["id"] not in before
    lead("delete", f"plans/links/{link['id']}", 204)
    lead("delete", f"plans/links/{link['id']}", 404)


def test_a_record_is_opened_discussed_acted_on_and_closed(
    scene: Scene, ada: Member, ben: Member, eve: Member
):
    lead, monitor, stranger = caller(ada), caller(ben), caller(eve)
    study_id = scene.study.pk
    kinds = {kind["code"]: kind for kind in lead("get", "records/kinds")}
    assert len(kinds) == 8
    stranger("post", "records/", 404, study_id=study_id, **ISSUE)
    assert (
        monitor("post", "records/", 422, study_id=study_id, **{**ISSUE, "values": {}})["code"]
        == "field_missing"
    )
    record = monitor("post", "records/", 201, study_id=study_id, **ISSUE)
    assert (record["reference"], record["grade"]) == ("ISSUE-1", "high")
    path = f"records/{record['id']}"
    stranger("get", path, 404)
    said = lead("post", f"{path}/comments", 201, text=f"@{ben.person.email} please look")
    assert said["mentions"] == [ben.person.pk]
    assert len(monitor("get", f"{path}/comments")["items"]) == 1
    action = lead(
        "post", "actions/", 201, study_id=study_id, record_id=record["id"], text="Call", due_on="2026-03-09"
    )
    assert len(lead("get", f"actions/?study_id={study_id}&is_open=true")["items"]) == 1
    assert monitor("post", f"actions/{action['id']}/close", note="Called")["closed_at"]
    assert monitor("post", f"actions/{action['id']}/close", 409)["code"] == "action_closed"
    changed = lead(
        "post", f"{path}/change", title="Freezer 2", values=ISSUE["values"], owner_id=ada.person.pk
    )
    assert changed["owner_id"] == ada.person.pk
    step = next(one for one in kinds["issue"]["steps"] if record["state"] in one["from"])
    assert lead("post", f"{path}/step", step=step["code"], secret=PASSWORD)["state"] == step["to"]
    assert lead("post", f"{path}/step", 409, step="dance")["code"] == "record_step_unknown"
    assert [row["id"] for row in lead("get", f"records/?study_id={study_id}&kind=issue")["items"]] == [
        record["id"]
    ]


def test_the_cockpit_and_its_reports_are_read_by_who_may(scene: Scene, ada: Member, eve: Member):
    lead, stranger = caller(ada), caller(eve)
    study_id = scene.study.pk
    (health,) = lead("get", "cockpit/")
    assert (health["study_id"], health["sites"], health["has_plan"]) == (study_id, 2, True)
    assert {one["code"] for one in health["milestones"]} >= {"PROTOCOL", "FPI"}
    assert stranger("get", "cockpit/") == []
    stranger("get", f"cockpit/studies/{study_id}", 404)
    assert lead("get", f"cockpit/studies/{study_id}")["signals"]["open_issues"] == 0
    assert {one["study_code"] for one in lead("get", "cockpit/coming?days=365")} <= {"PMC-1"}
    report = lead("post", "cockpit/reports", 201, study_id=study_id, language="zh")
    assert lead("get", f"cockpit/reports/{report['id']}/document")[:5] == b"%PDF-"
    stranger("get", f"cockpit/reports/{report['id']}/document", 404)
    assert lead("get", f"cockpit/reports?study_id={study_id}")["items"][0]["id"] == report["id"]
    assert lead("post", "cockpit/subscription", study_id=study_id, weekday=1) == {"weekday": 1}
    assert lead("post", "cockpit/subscription", study_id=study_id, weekday=None) == {"weekday": None}
    forecast = lead("get", f"delivery/enrollment/forecast?study_id={study_id}")
    assert (forecast["planned"], len(forecast["sites"])) == (40, 2)
    assert all(point["low"] <= point["mean"] <= point["high"] for point in forecast["forecast"])


def test_visits_are_planned_by_rules_confirmed_and_cancelled(scene: Scene, ada: Member):
    lead = caller(ada)
    made = lead("post", "delivery/visits/by-rules", 201, study_id=scene.study.pk, until="2027-12-31")
    assert {visit["kind"] for visit in made} >= {"qualification", "initiation"}
    path = f"delivery/visits/{made[0]['id']}"
    day = made[0]["planned_on"]
    assert lead("post", f"{path}/confirm", planned_on=day, monitor_id=ada.person.pk)["state"] == "confirmed"
    assert lead("post", f"{path}/cancel", why="Site closed")["state"] == "cancelled"
    lead("get", f"{path}/papers/letter", 404)


def test_the_command_line_plans_records_and_reports(study: Study, ada: Member, tmp_path: Path):
    assert int(run(plan_command, ada, "generate", study.pk)) > 50
    assert run(plan_command, ada, "baseline", study.pk) == "1\n"
    assert run(plan_command, ada, "adopt", study.pk, "--reason", "As it is") == "adopted\n"
    tasks = json.loads(run(plan_command, ada, "tasks", study.pk, "--json"))
    one, other = tasks[0]["id"], tasks[1]["id"]
    assert ada.person.name in run(plan_command, ada, "assign", one, ada.person.pk)
    assert run(plan_command, ada, "tick", one, 0).startswith("1/")
    assert "begun" in run(plan_command, ada, "report", one, "--begun", "2026-03-02")
    link = run(plan_command, ada, "link", other, one, "--kind", "SS").strip()
    assert run(plan_command, ada, "unlink", link) == "removed\n"
    values = ("--value", "priority", "high", "--value", "what", "Too warm")
    opened = run(record_command, ada, "open", study.pk, "issue", "Freezer", *values)
    number = opened.split()[0]
    assert run(record_command, ada, "comment", number, "Seen") == "0 told\n"
    action = run(record_command, ada, "action", number, "Call", "--due", "2026-03-09").strip()
    assert run(record_command, ada, "close-action", action, "--note", "Called") == "done\n"
    assert "Too warm" in run(record_command, ada, "show", number)
    assert "ISSUE-1" in run(record_command, ada, "list", study.pk, "--kind", "issue", "--open")
    assert "PMC-1" in run(delivery, ada, "cockpit")
    target = tmp_path / "status.pdf"
    run(delivery, ada, "status-report", study.pk, target, "--language", "zh")
    assert target.read_bytes()[:5] == b"%PDF-"
    site = study.sites.order_by("number")[0]
    visit = run(delivery, ada, "schedule", study.pk, site.pk, "interim", "2026-03-02").strip()
    assert run(delivery, ada, "conduct", visit, "2026-03-02", "2026-03-02").startswith("conducted")
    planned = run(delivery, ada, "schedule", study.pk, site.pk, "interim", "2026-04-02").strip()
    assert run(delivery, ada, "cancel", planned, "--why", "Closed") == "cancelled\n"
    assert int(run(delivery, ada, "schedule-by-rules", study.pk, "--until", "2027-12-31")) > 0
