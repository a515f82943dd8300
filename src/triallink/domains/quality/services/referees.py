"""Referees of professionals: named, asked by letter, heard through the link, judged by the operator."""

from dataclasses import replace

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext, override

from triallink.domains.accounts.models import Membership
from triallink.domains.quality.access import own_professional, require_operator
from triallink.domains.quality.errors import (
    CredentialStepNotPossible,
    LettersUsedUp,
    NameMissing,
    RefereeOwnSide,
    WordsMissing,
)
from triallink.domains.quality.events import RefereeAnswered, RefereeAsked, RefereeChanged
from triallink.domains.quality.models import Professional, Referee
from triallink.domains.quality.referee_links import referee_behind, token_of
from triallink.domains.quality.services.credentials import KEEPERS
from triallink.foundation.record import record
from triallink.kernel.actor import Actor
from triallink.kernel.clock import Clock, system_clock
from triallink.kernel.refusals import N_, NotFound

MOST_LETTERS = 3
SUBJECT = N_("%(name)s names you as a referee on Trial.Link")
LETTER = N_(
    "%(referee)s,\n\n%(name)s works in clinical research and names you as a referee (%(relation)s).\n\n"
    "Please say in a few sentences what you know of this work. Only the platform's quality desk reads it; no account is "
    "needed. The link is good for 30 days and for one answer:\n%(link)s\n\n"
    "If you do not know this person, say so there, or do nothing.\n"
)


@transaction.atomic
def name_referee(
    *,
    professional_id: int,
    name: str,
    employer: str,
    email: str,
    relation: str,
    by: Actor,
    clock: Clock = system_clock,
) -> Referee:
    """Name somebody who can confirm a professional's work; a letter with a link goes out to them.

    Refuses: NotAllowed, NotFound, NameMissing, WordsMissing, RefereeOwnSide.
    Emits: RefereeAsked.
    """
    by.require(*KEEPERS)
    professional = own_professional(professional_id, to=by)
    if not name.strip():
        raise NameMissing(field="name")
    if "@" not in email:
        raise WordsMissing(field="email")
    _require_outside(professional, email.strip())
    row = Referee.objects.create(
        professional=professional,
        name=name.strip()[:120],
        employer=employer.strip()[:160],
        email=email.strip(),
        relation=relation.strip()[:160],
        letters=1,
        asked_at=clock.now(),
    )
    _ask(row, by, clock, [None, row.name])
    return row


@transaction.atomic
def ask_referee_again(*, referee_id: int, by: Actor, clock: Clock = system_clock) -> Referee:
    """Send a new letter to a referee who has not answered; the link of the one before is no longer good.

    Refuses: NotAllowed, NotFound, CredentialStepNotPossible, LettersUsedUp.
    Emits: RefereeAsked.
    """
    by.require(*KEEPERS)
    row = _locked(referee_id)
    own_professional(row.professional_id, to=by)
    if row.state != "named":
        raise CredentialStepNotPossible
    if row.letters >= MOST_LETTERS:
        raise LettersUsedUp(count=row.letters)
    row.letters, row.asked_at = row.letters + 1, clock.now()
    row.save(update_fields=["letters", "asked_at"])
    _ask(row, by, clock, [row.name, f"letter {row.letters}"])
    return row


def write_to_referee(*, referee_id: int, letter: int) -> bool:
    """Send the letter of this number, in both languages; False if a later one took its place or it was answered."""
    row = Referee.objects.select_related("professional").get(pk=referee_id)
    if row.state != "named" or row.letters != letter:
        return False
    link = f"{settings.BASE_URL}/quality/references/{token_of(row)}/"
    subjects, bodies = [], []
    for language, side in (("en", "en"), ("zh-hans", "zh")):
        name = row.professional.name_in(side) or row.professional.name
        with override(language):
            words = {"name": name, "referee": row.name, "relation": row.relation, "link": link}
            subjects.append(gettext(SUBJECT) % words)
            bodies.append(gettext(LETTER) % words)
    # A line break in a subject would be a header of its own.
    subject = " ".join(" / ".join(subjects).split())[:200]
    send_mail(subject, "\n\n".join(bodies), settings.DEFAULT_FROM_EMAIL, [row.email])
    return True


@transaction.atomic
def answer_as_referee(
    *, token: str, is_confirmed: bool, words: str, by: Actor, clock: Clock = system_clock
) -> Referee:
    """Keep what a referee says through the letter's link, once; whoever holds the link needs no account.

    Refuses: NotFound (forged), RefereeLinkOver, WordsMissing, RefereeOwnSide.
    Emits: RefereeAnswered.
    """
    row = _locked(referee_behind(token, clock=clock).pk)
    # Asked again under the lock: of two answers at once one counts.
    referee_behind(token, clock=clock)
    if by.organization_id == row.professional.organization_id:
        raise RefereeOwnSide
    if not words.strip():
        raise WordsMissing(field="words")
    row.state, row.said_is_confirmed, row.said, row.said_at = (
        "answered",
        is_confirmed,
        words.strip(),
        clock.now(),
    )
    row.save(update_fields=["state", "said_is_confirmed", "said", "said_at"])
    professional = row.professional
    record(
        RefereeAnswered(
            referee_id=row.pk, professional_id=professional.pk, organization_id=professional.organization_id
        ),
        by=replace(by, label=by.label or f"{row.name} <{row.email}>"),
        about=("professional", professional.pk),
        organization_id=professional.organization_id,
        change={"referee": ["named", "answered"]},
        clock=clock,
    )
    return row


@transaction.atomic
def answer_for_referee(
    *, referee_id: int, is_confirmed: bool, answer: str = "", by: Actor, clock: Clock = system_clock
) -> Referee:
    """Judge a referee: count the reference or not, from the answer through the link or from what was said when asked.

    answer  needed unless the referee has answered through the link.
    Refuses: NotAllowed, NotFound, WordsMissing, CredentialStepNotPossible.
    Emits: RefereeChanged.
    """
    require_operator(by)
    row = _locked(referee_id)
    before = row.state
    if before not in ("named", "answered"):
        raise CredentialStepNotPossible
    if not answer.strip() and before == "named":
        raise WordsMissing(field="answer")
    row.state = "confirmed" if is_confirmed else "refused"
    row.answer, row.answered_at = answer.strip(), clock.now()
    row.save(update_fields=["state", "answer", "answered_at"])
    professional = row.professional
    record(
        RefereeChanged(professional_id=professional.pk, organization_id=professional.organization_id),
        by=by,
        about=("professional", professional.pk),
        organization_id=professional.organization_id,
        why=answer.strip(),
        change={"referee": [before, row.state]},
        clock=clock,
    )
    return row


def _locked(referee_id: int) -> Referee:
    row = (
        Referee.objects.select_for_update(of=("self",))
        .select_related("professional")
        .filter(pk=referee_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _require_outside(professional: Professional, email: str) -> None:
    """Refuse an address of the professional's own side."""
    colleagues = Membership.objects.filter(organization_id=professional.organization_id)
    own = professional.person is not None and professional.person.email.lower() == email.lower()
    if own or colleagues.filter(person__email__iexact=email).exists():
        raise RefereeOwnSide(field="email")


def _ask(row: Referee, by: Actor, clock: Clock, change: list[str | None]) -> None:
    professional = row.professional
    record(
        RefereeAsked(
            referee_id=row.pk,
            professional_id=professional.pk,
            organization_id=professional.organization_id,
            letter=row.letters,
        ),
        by=by,
        about=("professional", professional.pk),
        change={"referee": change},
        clock=clock,
    )
