"""Delivery over the API and the command line: plan, visit to signature, enrollment, a week of hours."""

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.delivery.conftest import Scene, clock, scene, study  # noqa: F401 - fixtures
from tests.domains.delivery.test_work_services import answers

from triallink.cli.delivery import command
from triallink.domains.accounts.services.tokens import create_token
from triallink.domains.delivery import services


def caller(member: Member, *scopes: str):
    _token, secret = create_token(
        name="delivery", scopes=list(scopes or ("delivery:read", "delivery:write")), by=member.actor
    )
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(method: str, path: str, body: dict | None = None, status: int = 200):
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1/delivery/{path}", **sent)
        assert answer.status_code == status, answer.content
        return answer.json()

    return call


def test_a_visit_is_planned_reported_and_signed_by_somebody_else(
    scene: Scene, ada: Member, ben: Member, eve: Member
):
    monitor, lead, stranger = caller(ben), caller(ada), caller(eve)
    study_id, site_id = scene.study.pk, scene.sites[0].pk
    rows = lead("get", f"items?study_id={study_id}&kind=milestone&limit=5")
    assert len(rows["items"]) == 5
    assert rows["next_cursor"]
    stranger("get", f"items?study_id={study_id}", status=404)
    planned = {"study_id": study_id, "site_id": site_id, "kind": "interim", "planned_on": "2026-03-02"}
    visit = monitor("post", "visits", planned, 201)
    assert monitor("post", "visits", {**planned, "kind": "surprise"}, 422)["code"] == "word_unknown"
    path = f"visits/{visit['id']}"
    monitor("post", f"{path}/conduct", {"began_on": "2026-03-02", "ended_on": "2026-03-02"})
    report = {"answers": answers("interim"), "summary": "Fine.", "is_submitted": True}
    assert monitor("post", f"{path}/report", {**report, "answers": {}}, 422)["code"] == "answers_missing"
    assert monitor("post", f"{path}/report", report)["state"] == "submitted"
    assert lead("post", f"{path}/return", {"why": "Say more."})["state"] == "returned"
    monitor("post", f"{path}/report", report)
    assert monitor("post", f"{path}/sign", {"secret": PASSWORD}, 409)["code"] == "signs_own_report"
    signed = lead("post", f"{path}/sign", {"secret": PASSWORD})
    assert (signed["state"], len(signed["content_hash"])) == ("signed", 64)
    assert lead("get", f"visits?study_id={study_id}")["items"][0]["id"] == visit["id"]
    stranger("get", path, status=404)


def test_enrollment_work_and_a_week_are_reported_and_approved(scene: Scene, ada: Member, dora: Member):
    lead, colleague = caller(ada), caller(dora)
    study_id, site_id = scene.study.pk, scene.sites[0].pk
    count = {
        "study_id": study_id, "site_id": site_id, "on": "2026-03-02", "screened": 4, "failed": 1,
        "enrolled": 2, "completed": 0,
    }  # fmt: skip
    assert lead("post", "enrollment", count, 201)["enrolled"] == 2
    assert lead("post", "enrollment", {**count, "enrolled": 9}, 422)["code"] == "counts_do_not_add_up"
    assert [row["screened"] for row in lead("get", f"enrollment?study_id={study_id}")["items"]] == [4]
    task = scene.plan.items.get(key="study:PROTOCOL:draft")
    assert lead("post", f"items/{task.pk}/report", {"actual_start_on": "2026-03-02"})["actual_start_on"]
    week = {"week_on": "2026-03-02", "lines": [{"on": "2026-03-03", "study_id": study_id, "hours": "7.5"}]}
    sheet = colleague("post", "timesheets", {**week, "is_submitted": True}, 201)
    assert sheet["state"] == "submitted"
    assert lead("post", f"timesheets/{sheet['id']}/return", {"why": "Split it."})["state"] == "returned"
    sheet = colleague("post", "timesheets", {**week, "is_submitted": True}, 201)
    assert lead("post", f"timesheets/{sheet['id']}/approve", {})["state"] == "approved"
    assert lead("get", "timesheets")["items"][0]["state"] == "approved"
    caller(ada, "delivery:read")("post", "enrollment", count, 403)


def test_the_command_line_reads_and_reports(scene: Scene, ada: Member):
    def run(*words: str) -> str:
        result = CliRunner().invoke(command, [*words, "--as", ada.person.email])
        assert result.exit_code == 0, result.output
        return result.output

    study_id, site = str(scene.study.pk), scene.sites[0]
    rows = json.loads(run("milestones", study_id, "--json"))
    assert {row["state"] for row in rows} == {"open"}
    assert "Protocol final" in run("milestones", study_id)
    counted = ("--on", "2026-03-02", "--screened", "3", "--failed", "1", "--enrolled", "2")
    assert run("count", study_id, str(site.pk), *counted) == "reported\n"
    assert json.loads(run("enrollment", study_id, "--json"))[0]["enrolled"] == 2
    assert json.loads(run("visits", study_id, "--json")) == []
    assert json.loads(run("timesheets", "--json")) == []


def test_the_command_line_carries_a_week_and_a_report_to_the_end(
    scene: Scene, ada: Member, ben: Member, dora: Member, tmp_path: Path
):
    def run(who: Member, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(command, [*words, "--as", who.person.email])
        assert result.exit_code == code, result.output
        return result.output

    hours = ("week", "2026-03-02", "--hours", "2026-03-03", str(scene.study.pk))
    assert "is not a number of hours" in run(dora, *hours, "many", code=2)
    sheet, state = run(dora, *hours, "7.5", "--submit").split()
    assert state == "submitted"
    assert run(ada, "return-week", sheet, "--why", "Split it.") == "returned\n"
    run(dora, *hours, "4", "--hours", "2026-03-04", str(scene.study.pk), "3.5", "--submit")
    assert run(ada, "approve", sheet) == "approved\n"
    site = scene.sites[0]
    visit = services.schedule_visit(
        study_id=scene.study.pk, site_id=site.pk, kind="interim", mode="onsite", planned_on=dt.date(2026, 3, 2),
        by=ben.actor,
    )  # fmt: skip
    services.conduct_visit(
        visit_id=visit.pk, began_on=visit.planned_on, ended_on=visit.planned_on, attendees="", by=ben.actor
    )
    number, file = str(visit.pk), tmp_path / "report.json"
    file.write_text("[]")
    assert "is not a visit report" in run(ben, "report", number, str(file), code=2)
    file.write_text(json.dumps({"summary": "Fine.", "answers": answers("interim")}))
    assert run(ben, "report", number, str(file)) == "conducted\n"
    assert run(ben, "report", number, str(file), "--submit") == "submitted\n"
    assert run(ada, "return-report", number, "--why", "Say more.") == "returned\n"
    run(ben, "report", number, str(file), "--submit")
    assert run(ada, "sign", number, "--secret", PASSWORD).startswith("signed  ")


pytestmark = pytest.mark.django_db
