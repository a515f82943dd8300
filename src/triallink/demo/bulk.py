"""Writing many new rows at once with COPY, several times quicker than INSERT."""

from typing import TypeVar

from django.db import connection, models, transaction

BATCH = 2_000
Row = TypeVar("Row", bound=models.Model)


def copy_in(rows: list[Row]) -> list[Row]:
    """Write new rows of one model, in order, and give them their ids.

    Each batch is a transaction of its own unless the caller has one open: a history trigger opens a
    subtransaction per row, whose cost grows with the rows of the transaction (42,000 rows: 26 s in one,
    3 s in batches).
    """
    if not rows:
        return rows
    model = type(rows[0])
    table = connection.ops.quote_name(model._meta.db_table)
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, "id", len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = number
            row._state.adding = False
        parents = [field for field in fields if isinstance(field, models.ForeignKey)]
        for start in range(0, len(rows), BATCH):
            with transaction.atomic(), cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows[start : start + BATCH]:
                    for field in parents:
                        if field.is_cached(row) and getattr(row, field.name) is not None:
                            # The parent may have got its id only after the row was made.
                            setattr(row, field.attname, getattr(row, field.name).pk)
                    copy.write_row(
                        [
                            field.get_db_prep_save(field.pre_save(row, add=True), connection)
                            for field in fields
                        ]
                    )
    return rows
