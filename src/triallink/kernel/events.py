"""Events: what happened, in the past tense, as ids and plain values."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of every event. Subclasses are frozen, past tense, and carry only ids and plain values."""

    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = Event.registry.get(cls.__name__)
        if known is not None and known.__module__ != cls.__module__:
            raise TypeError(f"two events are called {cls.__name__}: {known.__module__}, {cls.__module__}")
        Event.registry[cls.__name__] = cls

    @classmethod
    def name(cls) -> str:
        """Return the name under which the event is stored and heard."""
        return cls.__name__

    def payload(self) -> dict[str, Any]:
        """Return the event as JSON-ready values."""
        return {key: _plain(value) for key, value in asdict(self).items()}

    @staticmethod
    def restore(name: str, payload: dict[str, Any]) -> "Event":
        """Return the event that `payload()` described.

        Raises KeyError if no event of that name is known.
        """
        return Event.registry[name](**payload)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"an event carries plain values only, not {value!r}")
