"""Replay: repeat every allocation of a study from its events and compare byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .allocation import Allocation, allocate
from .design import Design, State, Subject
from .stream import Stream


@dataclass(frozen=True, slots=True)
class Randomized:
    """The event that a subject was allocated: what went in, and what came out.

    subject   identifier, factor levels and covariates as they were at the time.
    stratum   the stratum part of the draw's message.
    position  the position of the draw in that stratum, from 1.
    arm       the arm that was allocated.
    proof     the canonical JSON of the proof that was stored.
    """

    subject: Subject
    stratum: str
    position: int
    arm: str
    proof: str


@dataclass(frozen=True, slots=True)
class Responded:
    """The event that a subject's response became known (response-adaptive designs)."""

    arm: str
    success: bool
    subject: Subject = field(default_factory=Subject)


@dataclass(frozen=True, slots=True)
class Replay:
    """The outcome of a replay: the final state, and for every difference a sentence that names it."""

    allocations: tuple[Allocation, ...]
    state: State
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every stored allocation was reproduced byte for byte."""
        return not self.differences


def randomize(
    design: Design, state: State, subject: Subject | Mapping[str, str] | str | None, stream: Stream
) -> tuple[Allocation, Randomized]:
    """Return the next allocation with the stream's next draw, and the event to keep.

    design, state, subject  as for `allocate`.
    stream    the sealed stream of the study; a stratified design takes the next draw of the subject's stratum.
    Returns   (allocation, event).
    Raises    ValueError as `allocate` does.
    Source    own definition; see docs/guide/randomization/verify-an-allocation.md.
    """
    whom = Subject.of(subject)
    stratum, position = design.place(state, whom)
    allocation = allocate(design, state, whom, stream.draw(stratum, position))
    return allocation, Randomized(whom, stratum, position, allocation.arm, allocation.proof.to_json())


def replay(design: Design, stream: Stream, events: Iterable[Randomized | Responded]) -> Replay:
    """Repeat all events from the design's start and say where the stored record differs.

    design    the design in force, e.g. from `design_from_json`.
    stream    the stream opened with the revealed seed.
    events    in the order in which they happened.
    Returns   allocations made again, the final state, and the differences (empty when all agree).
    Raises    ValueError if an event is impossible under the design.
    Source    own definition; ICH E6(R3) 3.16 asks that the record can be reconstructed.
    """
    state = design.start()
    made: list[Allocation] = []
    differences: list[str] = []
    for number, event in enumerate(events, start=1):
        if isinstance(event, Responded):
            state = design.observe(state, event.arm, event.success, event.subject)
            continue
        place = design.place(state, event.subject)
        if place != (event.stratum, event.position):
            differences.append(
                f"event {number}: took draw {(event.stratum, event.position)!r} instead of {place!r}"
            )
        again = allocate(design, state, event.subject, stream.draw(event.stratum, event.position))
        if again.arm != event.arm:
            differences.append(
                f"event {number}: subject {event.subject.id!r} got {event.arm!r}, replay gives {again.arm!r}"
            )
        if again.proof.to_json() != event.proof:
            differences.append(f"event {number}: the proof of subject {event.subject.id!r} differs")
        made.append(again)
        state = again.state
    return Replay(tuple(made), state, tuple(differences))
