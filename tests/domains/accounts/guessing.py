"""What each guessing process does; imported by name in a fresh interpreter."""


def guess(person_id: int, secrets: list[str]) -> list[str]:
    """Try the secrets one after the other, and say what became of each."""
    from triallink.domains.accounts.services import reauthenticate
    from triallink.kernel.refusals import Refusal

    answers = []
    for secret in secrets:
        try:
            answers.append(reauthenticate(person_id, secret) or "wrong")
        except Refusal as refusal:
            answers.append(refusal.code)
    return answers
