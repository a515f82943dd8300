"""The price part of the comparison: 60 lines of 20 bids are 1,200 cells, so each is worded in one plain loop."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from triallink.domains.marketplace.models import RequestLine
from triallink.domains.marketplace.selectors.matrix import Matrix
from triallink.foundation.sentences import bilingual, reads_chinese
from triallink.web.jinja import babel_locale, money_writer, number, percent, unit_word


class PriceCell(NamedTuple):
    """One bid's price for a line as it is read; no price means not offered."""

    price: str
    remark: str
    is_best: bool


NOT_OFFERED = PriceCell("", "", False)


@dataclass(frozen=True)
class PriceRow:
    """A line with every bid's price for it."""

    title: str
    asked: str
    cells: list[PriceCell]


def price_rows(matrix: Matrix) -> list[PriceRow]:
    """Return a row per line, its cells in the order of the columns."""
    write, marks_best = money_writer(matrix.request.currency, babel_locale()), len(matrix.columns) > 1
    columns = [column.cells for column in matrix.columns]
    words = {1.0: _("present"), 0.5: _("from elsewhere")}
    to_index = _("to the index")
    rows = []
    for n, line in enumerate(matrix.lines):
        unit, index = unit_word(line.unit), matrix.index_minor.get(line.id)
        cells = []
        for offered, __, is_lowest, against_index, coverage in (column[n] for column in columns):
            if offered is None:
                cells.append(NOT_OFFERED)
                continue
            remarks = [] if offered.quantity == line.quantity else [f"{number(offered.quantity)} {unit}"]
            if against_index is not None:
                remarks.append(f"{'+' if against_index > 0 else ''}{percent(against_index)} {to_index}")
            if coverage is not None:
                remarks.append(words[coverage])
            cells.append(
                PriceCell(write(offered.unit_price_minor), " · ".join(remarks), marks_best and is_lowest)
            )
        asked = [f"{number(line.quantity)} {unit}", _place(line)]
        if index:
            asked.append(_("index %(price)s") % {"price": write(index)})
        title = f"{line.position}. {bilingual(line.service.name)}"
        rows.append(PriceRow(title, " · ".join(filter(None, asked)), cells))
    return rows


def _place(line: RequestLine) -> str:
    return (line.city_zh if reads_chinese() and line.city_zh else line.city) or (
        _(line.province) if line.province else ""
    )
