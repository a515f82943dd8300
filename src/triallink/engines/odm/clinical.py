"""Collected data as values: subjects, events, forms, groups and items with who changed what, queries and signatures.

A form is the outermost group of an event, as in ODM 2.0. Keys of repeats are texts: "SCREEN[1]" is one, and "01" is not "1".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from triallink.engines.odm.element import Element
from triallink.engines.odm.model import NO_TEXT, NOTHING_KEPT, Kept, Study, Text


@dataclass(frozen=True)
class Audit:
    """Who did something, where, when and why. `at` is the source's text."""

    user_oid: str = ""
    location_oid: str = ""
    at: str = ""
    reason: str = ""
    source_id: str = ""
    edit_point: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Signature:
    """Who signed what stands here, with which meaning (`signature_oid`), and when."""

    user_oid: str = ""
    location_oid: str = ""
    signature_oid: str = ""
    at: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Comment:
    """What somebody wrote. `side` is Sponsor or Site."""

    text: Text = NO_TEXT
    side: str = ""
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Annotation:
    """A comment or flags on what it stands in; ODM 1.3 files carry data queries so."""

    seq_num: str = ""
    transaction: str = ""
    comment: Comment | None = None
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class DataQuery:
    """A data query of ODM 2.0 with its history."""

    oid: str
    source: str = ""
    state: str = ""
    kind: str = ""
    target: str = ""
    updated_at: str = ""
    name: str = ""
    text: str = ""
    audits: tuple[Audit, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class ItemData:
    """One answer.

    values   the answer as text; several only in ODM 2.0. Empty when there is none (`is_null`, or not said).
    typed    the type in the element's name (ODM 1.3 `ItemDataInteger`: "Integer"); "" for `ItemData`.
    """

    oid: str
    values: tuple[str, ...] = ()
    is_null: bool = False
    typed: str = ""
    transaction: str = ""
    unit_oid: str = ""
    audit: Audit | None = None
    signature: Signature | None = None
    annotations: tuple[Annotation, ...] = ()
    queries: tuple[DataQuery, ...] = ()
    kept: Kept = NOTHING_KEPT

    @property
    def value(self) -> str | None:
        """The answer, or None if there is none."""
        return self.values[0] if self.values else None


@dataclass(frozen=True)
class GroupData:
    """One row of a group, or one form with its groups in it."""

    oid: str
    repeat_key: str = ""
    transaction: str = ""
    members: "tuple[GroupData | ItemData, ...]" = ()
    audit: Audit | None = None
    signature: Signature | None = None
    annotations: tuple[Annotation, ...] = ()
    queries: tuple[DataQuery, ...] = ()
    kept: Kept = NOTHING_KEPT

    @property
    def groups(self) -> "tuple[GroupData, ...]":
        """The groups directly inside."""
        return tuple(member for member in self.members if isinstance(member, GroupData))

    @property
    def items(self) -> tuple[ItemData, ...]:
        """The answers directly inside."""
        return tuple(member for member in self.members if isinstance(member, ItemData))


@dataclass(frozen=True)
class EventData:
    """One visit of a subject."""

    oid: str
    repeat_key: str = ""
    transaction: str = ""
    forms: tuple[GroupData, ...] = ()
    audit: Audit | None = None
    signature: Signature | None = None
    annotations: tuple[Annotation, ...] = ()
    queries: tuple[DataQuery, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class SubjectData:
    """What was collected of one subject, or one change to it in a transactional file."""

    key: str
    transaction: str = ""
    site_oid: str = ""
    investigator_oid: str = ""
    events: tuple[EventData, ...] = ()
    audit: Audit | None = None
    signature: Signature | None = None
    annotations: tuple[Annotation, ...] = ()
    queries: tuple[DataQuery, ...] = ()
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Collected:
    """Clinical data, or reference data (then it has no subjects), of one version of a study."""

    study_oid: str
    version_oid: str
    subjects: tuple[SubjectData, ...] = ()
    groups: tuple[GroupData, ...] = ()
    audit: Audit | None = None
    signature: Signature | None = None
    annotations: tuple[Annotation, ...] = ()
    queries: tuple[DataQuery, ...] = ()
    is_reference: bool = False
    kept: Kept = NOTHING_KEPT


@dataclass(frozen=True)
class Header:
    """What a file says of itself. `file_type` is Snapshot or Transactional; `created_at` is the source's text."""

    file_oid: str
    file_type: str = "Snapshot"
    created_at: str = ""
    version: str = ""
    granularity: str = ""
    description: Text | None = None
    source_system: str = ""
    originator: str = ""
    kept: Kept = NOTHING_KEPT

    @property
    def is_transactional(self) -> bool:
        """Whether the file holds changes rather than a state."""
        return self.file_type == "Transactional"


@dataclass(frozen=True)
class OdmFile:
    """A whole ODM file.

    admin, associations  users, sites, signature meanings and links between data, kept as they stand.
    prefixes             the namespace prefixes of the source, so that vendors' names are written as they were.
    root                 ODM, or for a fragment Study or MetaDataVersion.
    """

    header: Header
    studies: tuple[Study, ...] = ()
    admin: tuple[Element, ...] = ()
    reference: tuple[Collected, ...] = ()
    clinical: tuple[Collected, ...] = ()
    associations: tuple[Element, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
    root: str = "ODM"


@dataclass(frozen=True)
class Place:
    """Where an answer stands: the keys of the record, outermost first."""

    study_oid: str
    version_oid: str
    subject_key: str
    event_oid: str = ""
    event_repeat_key: str = ""
    form_oid: str = ""
    form_repeat_key: str = ""
    group_oid: str = ""
    group_repeat_key: str = ""


def answers(collected: Collected, subject: SubjectData) -> Iterator[tuple[Place, ItemData]]:
    """Return the answers of a subject with the place of each, in the order of the file.

    collected  the part of the file the subject is in.
    Returns    an answer directly in a form has the form's OID and key in the place of its group's.
    """
    for event in subject.events:
        for form in event.forms:
            outer = Place(
                collected.study_oid, collected.version_oid, subject.key, event.oid, event.repeat_key,
                form.oid, form.repeat_key,
            )  # fmt: skip
            yield from _inside(outer, form)


def _inside(outer: Place, group: GroupData) -> Iterator[tuple[Place, ItemData]]:
    here = Place(
        outer.study_oid, outer.version_oid, outer.subject_key, outer.event_oid, outer.event_repeat_key,
        outer.form_oid, outer.form_repeat_key, group.oid, group.repeat_key,
    )  # fmt: skip
    for member in group.members:
        if isinstance(member, ItemData):
            yield here, member
        else:
            yield from _inside(outer, member)
