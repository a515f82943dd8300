"""Contracts in motion over the API and the command line: changes, a pause, an early end, a dispute, ratings."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.conftest import PASSWORD, Member
from tests.domains.contracts.conftest import Deal, deal, market  # noqa: F401 - fixtures

from triallink.cli.change_order import command as change_order
from triallink.cli.contract import command as contract_command
from triallink.cli.dispute import command as dispute_command
from triallink.domains.accounts.services.tokens import create_token
from triallink.domains.contracts.models import Contract
from triallink.domains.ledger.selectors import escrow_of
from triallink.kernel.refusals import NotFound, Refusal

pytestmark = pytest.mark.django_db


class Caller:
    """Somebody with a token, calling the API."""

    def __init__(self, member: Member) -> None:
        scopes = ["contracts:read", "contracts:write"]
        _token, secret = create_token(name="motion", scopes=scopes, by=member.actor)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, status: int = 200):
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == status, answer.content
        return answer.json()

    def post(self, path: str, status: int = 200, **body):
        answer = self.client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()


@pytest.fixture
def contract(deal: Deal) -> Contract:
    """A funded contract that everybody has signed."""
    contract = deal.in_force()
    deal.fund(contract, contract.total_minor)
    return contract


def test_a_change_order_carries_its_budget_delta_and_every_signature(deal: Deal, contract, eve: Member):
    ada, fei, gao, stranger = map(Caller, (deal.market.ada, deal.market.fei, deal.market.gao, eve))
    line = contract.lines.get(position=2)
    more = {"op": "quantity", "line": 2, "quantity": "14", "unit_price_minor": line.unit_price_minor}
    proposal = {"contract_id": contract.pk, "changes": [more], "reason": "More visits"}
    stranger.post("change-orders/", 404, **proposal)
    assert (
        ada.post("change-orders/", 422, **{**proposal, "changes": [{"op": "dance"}]})["code"]
        == "change_unknown"
    )
    order = fei.post("change-orders/", 201, **proposal)
    assert order["delta_minor"] == 14 * line.unit_price_minor - line.amount_minor
    assert ada.post("change-orders/", 409, **proposal)["code"] == "change_order_open"
    path = f"change-orders/{order['id']}"
    stranger.get(path, 404)
    for signer in (fei, gao):
        assert signer.post(f"{path}/sign", secret=PASSWORD)["state"] == "proposed"
    assert ada.post(f"{path}/sign", secret=PASSWORD)["state"] == "in_force"
    assert ada.get(f"contracts/{contract.pk}")["total_minor"] == order["after_minor"]
    second = ada.post("change-orders/", 201, **{**proposal, "changes": [{"op": "terms", "payment_days": 20}]})
    assert fei.post(f"change-orders/{second['id']}/decline", why="Too late")["state"] == "declined"
    third = ada.post("change-orders/", 201, **{**proposal, "changes": [{"op": "terms", "payment_days": 25}]})
    fei.post(f"change-orders/{third['id']}/withdraw", 404)
    assert ada.post(f"change-orders/{third['id']}/withdraw")["state"] == "withdrawn"
    rows = gao.get(f"change-orders/?contract_id={contract.pk}")["items"]
    assert [row["state"] for row in rows] == ["withdrawn", "declined", "in_force"]


def test_a_contract_pauses_ends_early_with_its_work_valued_and_is_rated(deal: Deal, contract):
    ada, fei = Caller(deal.market.ada), Caller(deal.market.fei)
    path = f"contracts/{contract.pk}"
    assert fei.post(f"{path}/suspend", 403, why="Wait")["code"] == "not_allowed"
    assert ada.post(f"{path}/suspend", 422)["code"] == "reason_missing"
    assert ada.post(f"{path}/suspend", why="New protocol")["state"] == "suspended"
    assert ada.post(f"{path}/resume")["state"] == "signed"
    assert ada.post(f"{path}/complete", 409)["code"] == "milestones_open"
    milestone = deal.first_milestone(contract)
    end = {
        "contract_id": contract.pk, "reason": "Stopped", "secret": PASSWORD,
        "work_done": [{"milestone_id": milestone.pk, "percent": 40}],
    }  # fmt: skip
    first = ada.post("terminations/", 201, **end)
    assert first["work_minor"] == milestone.amount_minor * 40 // 100
    assert fei.post(f"terminations/{first['id']}/answer", why="More was done")["state"] == "declined"
    end["work_done"] = [{"milestone_id": milestone.pk, "percent": 50}]
    second = ada.post("terminations/", 201, **end)
    assert ada.post(f"terminations/{second['id']}/agree", 403, secret=PASSWORD)["code"] == "not_allowed"
    assert fei.post(f"terminations/{second['id']}/agree", secret=PASSWORD)["state"] == "agreed"
    assert escrow_of(("contract", contract.pk)).released.minor == second["work_minor"]
    states = [row["state"] for row in fei.get(f"terminations/?contract_id={contract.pk}")["items"]]
    assert states == ["agreed", "declined"]
    fei_id, ada_id = deal.market.fei.organization.pk, deal.market.ada.organization.pk
    ada.post(f"{path}/ratings", 201, ratee_id=fei_id, stars=5, text="Good")
    assert fei.get(f"{path}/ratings")["items"] == []
    fei.post(f"{path}/ratings", 201, ratee_id=ada_id, stars=4)
    assert {row["stars"] for row in fei.get(f"{path}/ratings")["items"]} >= {4}


def test_a_dispute_is_argued_mediated_and_its_settlement_paid(
    deal: Deal,
    contract,
    hua: Member,
    eve: Member,
):
    ada, fei, mediator, stranger = map(Caller, (deal.market.ada, deal.market.fei, hua, eve))
    milestone = deal.first_milestone(contract)
    claim = {
        "contract_id": contract.pk, "subject": "Visits", "text": "They took place.", "claim_minor": 9_000,
        "milestone_id": milestone.pk,
    }  # fmt: skip
    stranger.post("disputes/", 404, **claim)
    dispute = fei.post("disputes/", 201, **claim)
    path = f"disputes/{dispute['id']}"
    stranger.get(path, 404)
    assert ada.post(f"{path}/statements", 201, text="See the log")["file_name"] == ""
    file = SimpleUploadedFile("log.txt", b"log", "text/plain")
    shown = ada.client.post(f"/api/v1/{path}/evidence?text=The+log", {"file": file})
    assert (shown.status_code, len(shown.json()["sha256"])) == (201, 64)
    assert len(mediator.get(f"{path}/statements")["items"]) == 3
    assert ada.post(f"{path}/take-up", 403)["code"] == "not_allowed"
    assert mediator.post(f"{path}/take-up")["state"] == "in_mediation"
    proposal = mediator.post(f"{path}/settlements", 201, amount_minor=4_500, text="Half each")
    agree = f"{path}/settlements/{proposal['id']}/agree"
    assert ada.post(agree, secret=PASSWORD)["state"] == "in_mediation"
    assert fei.post(agree, secret=PASSWORD)["settled_minor"] == 4_500
    assert escrow_of(("contract", contract.pk)).released.minor == 4_500
    assert [row["number"] for row in fei.get(f"{path}/settlements")["items"]] == [1]
    second = fei.post("disputes/", 201, **{**claim, "milestone_id": None})
    assert fei.post(f"disputes/{second['id']}/end", why="Sorted out")["state"] == "withdrawn"
    assert len(ada.get(f"disputes/?contract_id={contract.pk}")["items"]) == 2


def test_the_command_line_moves_a_contract_from_delivery_to_an_early_end(
    deal: Deal, contract, tmp_path: Path, hua
):
    def run(group, who: Member, *words: str) -> str:
        result = CliRunner().invoke(group, [*map(str, words), "--as", who.person.email])
        if isinstance(result.exception, Refusal):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    ada, fei, gao = deal.market.ada, deal.market.fei, deal.market.gao
    milestone = deal.first_milestone(contract)
    file = tmp_path / "Report.pdf"
    file.write_bytes(b"report")
    assert run(contract_command, fei, "upload", milestone.pk, file).startswith("1  ")
    assert "submitted" in run(contract_command, fei, "submit", milestone.pk)
    steps = tmp_path / "steps.json"
    steps.write_text(json.dumps([{"op": "terms", "payment_days": 20}]))
    run(change_order, fei, "propose", contract.pk, steps, "--reason", "Sooner")
    order = contract.change_orders.get()
    for signer in (fei, gao, ada):
        said = run(change_order, signer, "sign", order.pk, "--secret", PASSWORD)
    assert "in_force" in said
    assert json.loads(run(change_order, ada, "list", contract.pk, "--json"))[0]["delta_minor"] == 0
    assert "suspended" in run(contract_command, ada, "suspend", contract.pk, "--why", "Audit")
    assert "signed" in run(contract_command, ada, "resume", contract.pk)
    run(dispute_command, fei, "open", contract.pk, "Visits", "They took place.")
    dispute = contract.disputes.get()
    assert len(run(dispute_command, ada, "say", dispute.pk, "See the log", "--file", file).strip()) == 64
    assert "in_mediation" in run(dispute_command, hua, "take-up", dispute.pk)
    proposal = run(dispute_command, hua, "settle", dispute.pk, 1_000, "A part").strip()
    run(dispute_command, ada, "agree", proposal, "--secret", PASSWORD)
    assert "settled" in run(dispute_command, fei, "agree", proposal, "--secret", PASSWORD)
    assert len(json.loads(run(dispute_command, ada, "show", dispute.pk, "--json"))) == 3
    assert "settled" in run(dispute_command, ada, "list", contract.pk)
    ended = run(contract_command, ada, "end", contract.pk, "--reason", "Stopped", "--secret", PASSWORD)
    assert "terminated" in run(contract_command, fei, "agree-end", ended.split()[0], "--secret", PASSWORD)
    assert run(contract_command, ada, "rate", contract.pk, fei.organization.pk, 4) == "rated\n"
    with pytest.raises(NotFound):
        run(dispute_command, hua, "list", 10**9)
