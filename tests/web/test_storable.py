"""NUL and halves of surrogate pairs are refused at the edge: in addresses, queries, forms, JSON, files and commands."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from tests.conftest import PASSWORD, Member

from triallink.cli.main import main
from triallink.cli.study import command as study
from triallink.domains.accounts.services import create_token
from triallink.domains.accounts.services.tokens import SCOPES
from triallink.domains.marketplace.models import Request
from triallink.domains.studies.models import Study
from triallink.foundation.models import AuditLine

BAD = ["%00", "a%00b"]


@pytest.fixture
def api(ada: Member) -> Client:
    """A client with a token of every scope."""
    token = create_token(name="all", scopes=list(SCOPES), by=ada.actor)[1]
    return Client(headers={"authorization": f"Bearer {token}"})


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize(
    "path",
    [
        "/sign-in/?next=",
        "/market/suppliers/?q=",
        "/organization/members/?q=",
        "/organization/members/?role=",
        "/organization/history/?who=",
        "/studies/?q=",
        "/studies/?export=csv&sort=",
        "/invitations/",
        "/password/new/1-",
        "/sign-in/openid/",
    ],
)
def test_an_address_is_refused(client: Client, ada: Member, path: str, text: str):
    client.force_login(ada.person)
    answer = client.get(f"{path}{text}{'' if '?' in path else '/'}")
    assert answer.status_code == 422
    assert "cannot be kept" in answer.content.decode()


FORMS = [
    ("/sign-in/", {"login": "ada@example.org", "password": PASSWORD}),
    ("/account/", {"name": "Ada", "language": "en", "time_zone": "UTC"}),
    ("/organization/members/invite/", {"email": "x@example.org", "roles": ["member"]}),
    ("/organization/edit/", {"name_en": "Northlight", "country": "CN"}),
    ("/account/tokens/", {"name": "t", "scopes": ["me:read"], "valid_days": "30"}),
    ("/organization-switch/", {"organization_id": "1"}),
]


@pytest.mark.parametrize(("path", "fields"), FORMS, ids=[path for path, _ in FORMS])
def test_a_form_is_refused_whichever_field_it_is(client: Client, ada: Member, path: str, fields: dict):
    client.force_login(ada.person)
    before = AuditLine.objects.count()
    for name in [*fields, "unknown"]:
        answer = client.post(path, {**fields, name: "a\0b"})
        assert answer.status_code == 422
        assert f"“{name}”" in answer.content.decode()
    assert client.post(path, {**fields, "na\0me": "x"}).status_code == 422
    assert AuditLine.objects.count() == before


def test_a_stranger_in_chinese_reads_it_in_chinese(client: Client, db: None):
    answer = client.get("/sign-in/?next=%00", headers={"accept-language": "zh-CN"})
    assert "无法保存" in answer.content.decode()


BODIES = [
    ("post", "/api/v1/organization/invitations", {"email": "x@example.org", "roles": ["BAD"]}, "roles[0]"),
    ("post", "/api/v1/requests/", {"title": {"en": "BAD"}, "lines": []}, "title.en"),
    ("post", "/api/v1/market/listings", {"service": "BAD", "price_minor": 1}, "service"),
    ("put", "/api/v1/organization/members/1/roles", {"roles": [], "more": {"deep": ["BAD"]}}, "more.deep[0]"),
]


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\uDFFF", "\\ud83d\\u0041"])
@pytest.mark.parametrize(("method", "path", "body", "place"), BODIES, ids=[place for *_, place in BODIES])
def test_a_json_body_is_refused_with_its_place(
    api: Client, method: str, path: str, body: dict, place: str, escape: str
):
    raw = json.dumps(body).replace("BAD", escape)
    answer = api.generic(method.upper(), path, raw, "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == "unstorable_text"
    assert f"“{place}”" in answer.json()["detail"]
    assert not Request.objects.exists()


@pytest.mark.parametrize("name", ["\\u0000", "\\ud800"])
def test_a_name_in_a_json_body_is_refused(api: Client, name: str):
    answer = api.generic("POST", "/api/v1/requests/", f'{{"a{name}": 1}}', "application/json")
    assert answer.json()["code"] == "unstorable_text"


@pytest.mark.parametrize(
    "path", ["market/suppliers?q=%00", "requests/?state=%00", "me/%00", "market/services/%00"]
)
def test_an_address_of_the_api_is_refused(api: Client, path: str):
    assert api.get(f"/api/v1/{path}").status_code in (404, 422)


def test_whole_pairs_and_escaped_backslashes_pass(api: Client, ada: Member):
    body = r'{"name": "\\u0000", "email": "x@example.org", "roles": ["member"], "more": "\ud83d\ude00"}'
    answer = api.generic("POST", "/api/v1/organization/invitations", body, "application/json")
    assert answer.status_code == 201


def test_a_broken_or_bottomless_body_is_still_the_apis_to_refuse(api: Client):
    for body in ('{"a": "\\u0000"', "[" * 100_000 + '"\\u0000"'):
        answer = api.generic("POST", "/api/v1/requests/", body, "application/json")
        assert answer.status_code in (400, 422), answer.content


def test_a_cookie_is_no_cookie(client: Client, ada: Member):
    client.cookies["sessionid"] = "a\0" * 16
    client.cookies["django_language"] = "\0"
    assert client.get("/sign-in/").status_code == 200


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800"])
def test_a_protocol_file_is_refused_by_page_api_and_command(
    client: Client, api: Client, ada: Member, tmp_path: Path, escape: str
):
    source = Path(__file__).parent.parent / "vectors/protocol/usdm_small.json"
    text = source.read_text()
    name = json.loads(text)["study"]["name"]
    file = tmp_path / "protocol.json"
    file.write_text(text.replace(f'"{name}"', f'"{name}{escape}"', 1))
    told = CliRunner().invoke(study, ["import", str(file), "--as", ada.person.email])
    assert told.exit_code == 1
    client.force_login(ada.person)
    with file.open("rb") as stream:
        assert client.post("/studies/import/", {"file": stream}).status_code == 422
    with file.open("rb") as stream:
        assert api.post("/api/v1/studies/import", {"file": stream}).status_code == 422
    assert not Study.objects.exists()


def test_a_command_says_which_argument_cannot_be_kept(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["triallink", "market", "search", "caf\udce9"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "cannot be kept" in capsys.readouterr().err
