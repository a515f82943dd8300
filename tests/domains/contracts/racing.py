"""What each racing process does; imported by name in a fresh interpreter."""

import os


def ready(database: str, data_folder: str) -> None:
    """Make Django ready in a new process, on the test's database and folder."""
    import django
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    settings.DATABASES["default"]["NAME"] = database
    settings.DATA_DIR, settings.MEDIA_ROOT, settings.DEMO = data_folder, f"{data_folder}/media", True
    django.setup()


def sign_at_once(contract_id: int, person_id: int, secret: str) -> str:
    """Sign, and say how it went."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person
    from triallink.domains.contracts.services import sign_contract
    from triallink.kernel.refusals import Refusal

    try:
        sign_contract(contract_id=contract_id, secret=secret, by=actor_for(Person.objects.get(pk=person_id)))
    except Refusal as refusal:
        return refusal.code
    return "signed"


def draft_at_once(award_id: int, bid_id: int, person_id: int) -> str:
    """Draft, and say how it went."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person
    from triallink.domains.contracts.services import draft_contract
    from triallink.kernel.refusals import Refusal

    try:
        draft_contract(award_id=award_id, bid_id=bid_id, by=actor_for(Person.objects.get(pk=person_id)))
    except Refusal as refusal:
        return refusal.code
    return "drafted"


def accept_at_once(milestone_id: int, person_id: int, secret: str) -> str:
    """Accept, and say how it went."""
    from triallink.domains.accounts.access import actor_for
    from triallink.domains.accounts.models import Person
    from triallink.domains.contracts.services import accept_milestone
    from triallink.kernel.refusals import Refusal

    try:
        accept_milestone(
            milestone_id=milestone_id, secret=secret, by=actor_for(Person.objects.get(pk=person_id))
        )
    except Refusal as refusal:
        return refusal.code
    return "accepted"


def accept_and_die(milestone_id: int, person_id: int, secret: str) -> None:
    """Accept, and be killed after the payment was posted, before the transaction commits."""
    import signal

    from triallink.domains.contracts.models import Payment

    def die(**_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    from django.db.models.signals import post_save

    post_save.connect(die, sender=Payment, weak=False)
    accept_at_once(milestone_id, person_id, secret)
