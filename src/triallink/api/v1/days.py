"""A day in a request: as the schema says, YYYY-MM-DD, and not the seconds since 1970 that pydantic would also read."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BeforeValidator


def _written_as_a_day(value: Any) -> Any:
    if isinstance(value, int | float) or (
        isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
    ):
        raise ValueError("A day is written YYYY-MM-DD.")
    return value


Day = Annotated[dt.date, BeforeValidator(_written_as_a_day)]
