"""Live topics: who may follow what, and how news is published to the open pages."""

from collections.abc import Callable

from django.db import connection

from triallink.kernel.actor import Actor

LIVE_CHANNEL = "triallink_live"
# To every open page, whatever it follows: the platform stops, let go.
FAREWELL = "*\nclose"
TopicRule = Callable[[Actor, str], bool]
_rules: dict[str, TopicRule] = {"person": lambda actor, key: key == str(actor.person_id)}


def publish(topic: str, message: str) -> None:
    """Tell every open page that follows `topic`, once the transaction commits.

    topic    "kind:key", such as "request:12".
    message  the name of what to fetch again; short, never the content itself.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [LIVE_CHANNEL, f"{topic}\n{message}"])


def topics_of(kind: str, rule: TopicRule) -> None:
    """Say who may follow the topics of a kind: rule(actor, key). Called once, by the topic's owner."""
    _rules[kind] = rule


def may_follow(actor: Actor, topic: str) -> bool:
    """Return whether the actor may follow a topic; an unknown kind may be followed by nobody."""
    kind, _, key = topic.partition(":")
    rule = _rules.get(kind)
    return rule is not None and rule(actor, key)
