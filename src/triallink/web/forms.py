"""How a form field is drawn: the control for every widget of django.forms, with its labels for screen readers."""

from typing import Any

from django import forms
from markupsafe import Markup

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.Select, "form-select"),
    (forms.CheckboxInput, "form-check-input"),
    (forms.FileInput, "form-control"),
    (forms.Textarea, "form-control"),
    (forms.widgets.Input, "form-control"),
)


def control(bound: forms.BoundField) -> Markup:
    """Return the control of a bound field, told apart by its widget."""
    widget = bound.field.widget
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return _choices(bound)
    if isinstance(widget, forms.DateTimeInput):
        # The browser's own pickers speak ISO only, whatever the reader's language.
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif isinstance(widget, forms.DateInput):
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif isinstance(widget, forms.TimeInput):
        widget.input_type, widget.format = "time", "%H:%M"
    attrs: dict[str, Any] = {"class": _class_of(widget), **_said_by(bound)}
    if isinstance(widget, forms.SelectMultiple):
        attrs["data-pick"] = "many"
    elif isinstance(widget, forms.Select) and len([*bound.field.choices]) > 12:  # type: ignore[attr-defined]
        attrs["data-pick"] = "one"
    return Markup(bound.as_widget(attrs=attrs))


def _class_of(widget: forms.Widget) -> str:
    own = widget.attrs.get("class", "")
    return f"{own} {next((name for kind, name in _CLASSES if isinstance(widget, kind)), '')}".strip()


def _said_by(bound: forms.BoundField) -> dict[str, str]:
    """Return the attributes that tie the control to its help and its refusal."""
    told = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    if not bound.errors:
        return {"aria-describedby": " ".join(told)} if told else {}
    return {
        "aria-invalid": "true",
        "aria-describedby": " ".join([*told, f"{bound.auto_id}_error"]),
    }


def _choices(bound: forms.BoundField) -> Markup:
    lines = []
    for option in bound.subwidgets:
        option.data["attrs"]["class"] = "form-check-input"
        lines.append(
            Markup(
                '<label class="form-check" for="{}">{}<span class="form-check-label">{}</span></label>'
            ).format(option.id_for_label, Markup(option.tag(wrap_label=False)), option.choice_label)
        )
    return Markup('<div class="choices" role="group" aria-labelledby="{}_label">{}</div>').format(
        bound.auto_id, Markup("").join(lines)
    )
