"""Schemathesis over the whole OpenAPI document: whatever is sent, the answer is one the document tells of."""

from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from ninja import Schema
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.conftest import Member

from triallink.api.v1.core import api
from triallink.domains.accounts import services
from triallink.domains.accounts.services.tokens import SCOPES

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the test's connection and its transaction over many requests, as Django's own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def headers(ada: Member) -> dict[str, str]:
    """Ada's token with every scope."""
    _, secret = services.create_token(name="all", scopes=list(SCOPES), by=ada.actor)
    return {"Authorization": f"Bearer {secret}"}


@schema.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_told_of(case: schemathesis.Case, headers: dict[str, str]) -> None:
    # A well-formed request may still meet a business "no" (422 with its code), which this check knows nothing of.
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])


def test_the_document_is_openapi_3_1() -> None:
    assert api.get_openapi_schema()["openapi"].startswith("3.1")


def test_no_two_schemas_have_one_name() -> None:
    # The document keeps one schema per name: of two with one name it would show whichever came last, for both.
    def below(schema_class: type[Schema]) -> set[type[Schema]]:
        return {schema_class}.union(*(below(one) for one in schema_class.__subclasses__()))

    names = Counter(one.__name__ for one in below(Schema) if one.__module__.startswith("triallink."))
    assert [name for name, count in names.items() if count > 1] == []
    assert set(api.get_openapi_schema()["components"]["schemas"]) & set(names)
