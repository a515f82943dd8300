"""What racing issuers of invoices do, in processes of their own."""


class TakenBackError(Exception):
    """A transaction that ends without a commit."""


def issue_and_sometimes_fail(
    issuers: list[int], customer_id: int, worker: int, count: int
) -> list[tuple[int, int]]:
    """Issue invoices, now for one organization and now for the other; take every third one back before it commits.

    Returns (issuer, sequence) of those that were committed.
    """
    from django.db import transaction

    from triallink.domains.ledger.services import issue_invoice
    from triallink.kernel.actor import Actor
    from triallink.kernel.money import Money

    issued = []
    for number in range(count):
        issuer = issuers[(number + worker) % len(issuers)]
        by = Actor(
            person_id=None, label="race", organization_id=issuer, organization_kind="cro",
            roles=frozenset({"finance"}), source="race",
        )  # fmt: skip
        try:
            with transaction.atomic():
                invoice = issue_invoice(
                    customer_id=customer_id, amount=Money(100_00 + number, "CNY"),
                    text={"en": "Work", "zh": "工作"}, key=f"race:{worker}:{number}", by=by,
                )  # fmt: skip
                if number % 3 == 2:
                    raise TakenBackError
        except TakenBackError:
            continue
        issued.append((issuer, invoice.sequence))
    return issued
