"""Documents as PDF/A-2b, typeset by typst from a template and plain data."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import cvttf_NotoSansCJK_Bold
import cvttf_NotoSansCJK_Regular
import typst

# The wheels carry the fonts, so that Chinese is printed on a machine that has none.
FONT_FOLDERS = [
    Path(module.get_TTF_path()).parent for module in (cvttf_NotoSansCJK_Regular, cvttf_NotoSansCJK_Bold)
]


def render_pdf(template: Path, data: dict[str, Any], *, at: dt.datetime) -> bytes:
    """Return a PDF/A-2b document.

    template  a .typ file; it reads its data with `json(bytes(sys.inputs.data))`.
    data      plain values.
    at        the instant the document states as its making; equal inputs give equal bytes.
    Raises    typst's error if the template does not fit the data: that is a defect, not a refusal.
    """
    made = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(folder) for folder in FONT_FOLDERS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, default=str)},
        pdf_standards="a-2b",
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made
