"""Collected data as typed columns, of snapshots and of transactional files."""

from datetime import UTC, date, datetime

import polars as pl
from tests.engines.odm.documents import ODM_20, ODM_132

from triallink.engines.odm import KEYS, answer_counts, read_columns, read_odm


def transactional(*subjects: str) -> bytes:
    """Return a file of changes."""
    inside = "".join(
        f'<SubjectData SubjectKey="001"><StudyEventData StudyEventOID="E"><FormData FormOID="F">{subject}</FormData>'
        "</StudyEventData></SubjectData>"
        for subject in subjects
    )
    return f"""<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="F" FileType="Transactional"
      CreationDateTime="2026-01-01T00:00:00"><ClinicalData StudyOID="S" MetaDataVersionOID="M">{inside}</ClinicalData></ODM>
    """.encode()


def row(attributes: str, items: str, key: str = "1") -> str:
    """Return one change of a row."""
    return f'<ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="{key}" {attributes}>{items}</ItemGroupData>'


def test_answers_come_in_the_type_of_their_item() -> None:
    columns = read_columns(ODM_132)
    frame = columns.tables["IG.DM"]
    assert frame.columns == [*KEYS, "IT.SEX", "IT.PREG", "IT.WEIGHT"]
    assert frame.row(0) == ("001", "SE.V1", "V1[01]", "F.DM", "01", "", "", "F", None, 61.5)
    assert frame.schema["IT.PREG"] == pl.Boolean
    assert columns.tables["IG.AE"]["IT.AETERM"][0].strip() == "头痛"
    assert answer_counts([columns]) == {"IT.SEX": 1, "IT.PREG": 0, "IT.WEIGHT": 1, "IT.AETERM": 1}


def test_groups_in_groups_and_answers_of_a_form_have_their_tables() -> None:
    columns = read_columns(ODM_20)
    assert columns.tables["F.VS"]["IT.VSDAT"].to_list() == [date(2026, 1, 2)]
    assert columns.tables["IG.VS"].select("group_repeat_key", "IT.VSORRES").row(0) == ("SYSBP", 120.0)


def test_an_answer_that_is_not_of_its_type_is_told_and_null() -> None:
    columns = read_columns(ODM_132.replace(b'Value="61.5"', b'Value="about 60"'))
    assert columns.tables["IG.DM"]["IT.WEIGHT"].to_list() == [None]
    assert columns.findings[0].params == {
        "count": 1, "item": "IT.WEIGHT", "type": "float", "value": "about 60",
    }  # fmt: skip


def test_definitions_may_come_from_elsewhere() -> None:
    version = read_odm(ODM_132).file.studies[0].versions[0]
    start = ODM_132.index(b"<Study OID")
    without = ODM_132[:start] + ODM_132[ODM_132.index(b"<AdminData") :]
    assert read_columns(without).tables["IG.DM"]["IT.WEIGHT"].to_list() == ["61.5"]
    assert read_columns(without, version).tables["IG.DM"]["IT.WEIGHT"].to_list() == [61.5]


def test_instants_with_offsets_are_in_utc_and_others_stay_local() -> None:
    definition = b'<ItemDef OID="IT.AESTDAT" Name="Start" DataType="partialDate"/>'
    instant = ODM_132.replace(definition, definition.replace(b"partialDate", b"datetime"))
    answer = b'<ItemDataString ItemOID="IT.AETERM">'
    start = instant.index(answer)
    end = instant.index(b"</ItemDataString>") + len(b"</ItemDataString>")

    def read(text: str) -> datetime:
        data = instant[:start] + f'<ItemData ItemOID="IT.AESTDAT" Value="{text}"/>'.encode() + instant[end:]
        return read_columns(data).tables["IG.AE"]["IT.AESTDAT"][0]

    assert read("2026-01-02T08:00:00+08:00") == datetime(2026, 1, 2, tzinfo=UTC)
    assert read("2026-01-02T08:00:00") == datetime(2026, 1, 2, 8)  # noqa: DTZ001


def test_changes_lead_to_a_state() -> None:
    a, b = '<ItemData ItemOID="A" Value="{}"/>', '<ItemData ItemOID="B" Value="{}"/>'
    columns = read_columns(
        transactional(
            row("", a.format(1) + b.format(1)),
            row("", a.format(2)),
            row("", a.format("x"), key="2"),
            row('TransactionType="Remove"', '<ItemData ItemOID="A"/>', key="2"),
            row("", '<ItemData ItemOID="B" IsNull="Yes"/>'),
            row("", '<ItemData ItemOID="A" TransactionType="Context"/>'),
        )
    )
    frame = columns.tables["G"]
    assert frame.select("group_repeat_key", "A", "B").rows() == [("1", "2", None)]


def test_an_item_named_like_a_key_keeps_a_column_of_its_own() -> None:
    columns = read_columns(transactional(row("", '<ItemData ItemOID="form_oid" Value="7"/>')))
    assert columns.tables["G"].select("form_oid", "item form_oid").row(0) == ("F", "7")


def test_rows_with_different_items_share_a_table() -> None:
    columns = read_columns(
        transactional(
            row("", '<ItemData ItemOID="A" Value="1"/>', "1"),
            row("", '<ItemData ItemOID="B" Value="2"/><ItemData ItemOID="A" Value="3"/>', "2"),
        )
    )
    assert columns.tables["G"].select("A", "B").rows() == [("1", None), ("3", "2")]


def changes(*subjects: str) -> dict[str, list[tuple[object, ...]]]:
    """Return key and answers of group G after changes to a study of one item."""
    head = '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileOID="F" FileType="Transactional" CreationDateTime="2026-01-01T00:00:00">'
    inside = "".join(subjects)
    data = f'{head}<ClinicalData StudyOID="S" MetaDataVersionOID="M">{inside}</ClinicalData></ODM>'
    tables = read_columns(data.encode()).tables
    return {
        oid: frame.select("subject_key", "event_oid", "group_repeat_key", "A").rows()
        for oid, frame in tables.items()
    }


def subject(change: str, *events: str, key: str = "001") -> str:
    """Return a change of a subject."""
    return f'<SubjectData SubjectKey="{key}" TransactionType="{change}">{"".join(events)}</SubjectData>'


def event(change: str, form: str, oid: str = "E1") -> str:
    """Return a change of an event with one form."""
    return f'<StudyEventData StudyEventOID="{oid}" TransactionType="{change}">{form}</StudyEventData>'


def form(change: str, *rows: str) -> str:
    """Return a change of the form."""
    return f'<FormData FormOID="F" TransactionType="{change}">{"".join(rows)}</FormData>'


A = '<ItemData ItemOID="A" Value="1"/>'
TWO_ROWS = form("Insert", row("", A, "1"), row("", A, "2"))
BEFORE = (
    subject("Insert", event("Insert", TWO_ROWS), event("Insert", TWO_ROWS, "E2")),
    subject("Insert", event("Insert", TWO_ROWS), key="002"),
)
OF_002 = [("002", "E1", "1", "1"), ("002", "E1", "2", "1")]
OF_E2 = [("001", "E2", "1", "1"), ("001", "E2", "2", "1")]


def test_what_is_removed_takes_everything_inside_with_it() -> None:
    removed_form = subject("Context", event("Context", '<FormData FormOID="F" TransactionType="Remove"/>'))
    removed_row = subject(
        "Context", event("Context", form("Context", row('TransactionType="Remove"', "", "2")))
    )
    assert changes(*BEFORE, subject("Remove")) == {"G": OF_002}
    assert changes(*BEFORE, subject("Context", event("Remove", ""))) == {"G": OF_E2 + OF_002}
    assert changes(*BEFORE, removed_form) == {"G": OF_E2 + OF_002}
    assert changes(*BEFORE, removed_row) == {"G": [("001", "E1", "1", "1"), *OF_E2, *OF_002]}
    again = subject("Insert", event("Insert", form("Insert", row("", A, "9"))))
    assert changes(*BEFORE, subject("Remove"), again) == {"G": [*OF_002, ("001", "E1", "9", "1")]}


def test_a_context_is_inherited_and_changes_nothing() -> None:
    other = '<ItemData ItemOID="A" Value="7"/>'
    context = subject("Context", event("Context", form("Context", row("", other, "1"), row("", other, "5"))))
    assert changes(*BEFORE, context) == changes(*BEFORE)


NESTED = """<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" FileOID="F" FileType="{}" CreationDateTime="2026-01-01T00:00:00"
 ODMVersion="2.0"><ClinicalData StudyOID="S" MetaDataVersionOID="M"><SubjectData SubjectKey="1" TransactionType="Upsert">
 <StudyEventData StudyEventOID="E"><ItemGroupData ItemGroupOID="F">{}</ItemGroupData></StudyEventData></SubjectData>
 </ClinicalData></ODM>"""


def test_groups_within_repeats_of_a_group_are_told_apart() -> None:
    inner = (
        '<ItemGroupData ItemGroupOID="P"><ItemData ItemOID="A"><Value>{}</Value></ItemData></ItemGroupData>'
    )
    outer = '<ItemGroupData ItemGroupOID="V" ItemGroupRepeatKey="{}">{}</ItemGroupData>'
    rows = outer.format("SYS/1", inner.format("lying")) + outer.format("DIA", inner.format("sitting"))
    gone = '<ItemGroupData ItemGroupOID="V" ItemGroupRepeatKey="SYS/1" TransactionType="Remove"/>'
    for kind, said in (("Snapshot", rows), ("Transactional", rows)):
        table = read_columns(NESTED.format(kind, said).encode()).tables["P"]
        assert table.select("outer_groups", "A").rows() == [("V[SYS%2F1]", "lying"), ("V[DIA]", "sitting")]
    left = read_columns(NESTED.format("Transactional", rows + gone).encode()).tables["P"]
    assert left["A"].to_list() == ["sitting"]


def test_an_instance_without_answers_is_a_row() -> None:
    data = ODM_132.replace(
        b'<ItemGroupData ItemGroupOID="IG.AE"',
        b'<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1"/><ItemGroupData ItemGroupOID="IG.AE"',
    )
    assert read_columns(data).tables["IG.AE"]["group_repeat_key"].to_list() == ["1", "2"]
