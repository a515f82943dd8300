"""Forms of supplier qualification."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from triallink.domains.quality.models import AUDIT_MODES, FINDING_GRADES
from triallink.kernel.vocabulary import PROVINCES, SERVICE_CATEGORIES, THERAPEUTIC_AREAS
from triallink.web.wording import choices_of

MOST_FINDINGS = 8


def several(label: Any, words: dict[str, str], help_text: Any = "") -> forms.MultipleChoiceField:
    """Return a field for any number of codes of a closed list."""
    return forms.MultipleChoiceField(
        label=label, choices=lambda: choices_of(words), required=False, help_text=help_text
    )


def words_field(
    label: Any, *, is_required: bool = False, rows: int = 3, help_text: Any = ""
) -> forms.CharField:
    """Return a field for some sentences; the service says when they are missing."""
    return forms.CharField(
        label=label,
        required=is_required,
        max_length=4000,
        widget=forms.Textarea({"rows": rows}),
        help_text=help_text,
    )


def day_field(label: Any, *, is_required: bool = True) -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(label=label, required=is_required, widget=forms.DateInput)


class ScopeForm(forms.Form):
    """One block of a scope."""

    services = several(gettext_lazy("Services"), SERVICE_CATEGORIES)
    areas = several(
        gettext_lazy("Therapeutic areas"), THERAPEUTIC_AREAS, gettext_lazy("None chosen means all of them.")
    )
    regions = several(gettext_lazy("Regions"), PROVINCES, gettext_lazy("None chosen means all of them."))


class EvidenceForm(forms.Form):
    """A document behind an answer."""

    question = forms.ChoiceField(label=gettext_lazy("For the question"), required=False)
    file = forms.FileField(label=gettext_lazy("Document"))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=160, required=False)
    issued_on = day_field(gettext_lazy("Issued on"), is_required=False)
    expires_on = day_field(gettext_lazy("Valid until"), is_required=False)

    def __init__(self, *args: Any, questions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["question"].choices = [("", "–"), *questions]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = words_field(gettext_lazy("Reason"))


class DecisionForm(forms.Form):
    """Approve or reject."""

    is_approved = forms.TypedChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("yes", gettext_lazy("Approve")), ("no", gettext_lazy("Reject"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    months = forms.IntegerField(
        label=gettext_lazy("Valid for months"),
        required=False,
        help_text=gettext_lazy("Empty: as long as the findings allow."),
    )
    conditions = words_field(gettext_lazy("Conditions"), rows=2)
    reason = words_field(
        gettext_lazy("Reason"),
        rows=2,
        help_text=gettext_lazy("Needed for a rejection; the supplier reads it."),
    )


class NarrowedDecisionForm(DecisionForm):
    """Approve a part of what was applied for; nothing chosen grants all of it."""

    services = several(gettext_lazy("Grant only these services"), SERVICE_CATEGORIES)


class AuditForm(forms.Form):
    """An audit to plan."""

    mode = forms.ChoiceField(label=gettext_lazy("Kind of audit"), choices=lambda: choices_of(AUDIT_MODES))
    planned_on = day_field(gettext_lazy("Planned for"))
    focus = words_field(gettext_lazy("What is looked at"))


class ReportForm(forms.Form):
    """The report of an audit; its findings are rows of their own."""

    performed_on = day_field(gettext_lazy("Took place on"))
    summary = words_field(gettext_lazy("Summary"), rows=4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_FINDINGS + 1):
            self.fields[f"grade_{number}"] = forms.ChoiceField(
                label=gettext_lazy("Grade"),
                required=False,
                choices=lambda: [("", "–"), *choices_of(FINDING_GRADES)],
            )
            self.fields[f"text_{number}"] = forms.CharField(
                label=gettext_lazy("Finding"), required=False, max_length=2000
            )
            self.fields[f"clause_{number}"] = forms.CharField(
                label=gettext_lazy("Clause"), required=False, max_length=80
            )

    def findings(self) -> list[tuple[str, str, str]]:
        """Return the rows with a grade or a text, as (grade, text, clause)."""
        rows = [
            tuple(
                str(self.cleaned_data.get(f"{name}_{number}") or "") for name in ("grade", "text", "clause")
            )
            for number in range(1, MOST_FINDINGS + 1)
        ]
        return [(grade or "minor", text, clause) for grade, text, clause in rows if grade or text]


class CapaForm(forms.Form):
    """An answer to a finding."""

    root_cause = words_field(gettext_lazy("Root cause"))
    correction = words_field(gettext_lazy("Correction"))
    prevention = words_field(gettext_lazy("Prevention"))
    measure = words_field(gettext_lazy("How one will see that it worked"), rows=2)
    due_on = day_field(gettext_lazy("Carried out by"))


class NoteForm(forms.Form):
    """What was done, or seen."""

    note = words_field(gettext_lazy("What was done, and where one can see it"))


class CheckForm(forms.Form):
    """Whether an action worked."""

    is_effective = forms.TypedChoiceField(
        label=gettext_lazy("Effectiveness check"),
        choices=[
            ("yes", gettext_lazy("It worked: close the finding")),
            ("no", gettext_lazy("It did not work: open the finding again")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    note = words_field(gettext_lazy("How it was checked"))


class AnswerForm(forms.Form):
    """Whether an action is accepted."""

    is_accepted = forms.TypedChoiceField(
        label=gettext_lazy("Answer"),
        choices=[("yes", gettext_lazy("Accept")), ("no", gettext_lazy("Return with the reason"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = words_field(gettext_lazy("Reason"), rows=2)


class SuspensionForm(forms.Form):
    """Why a supplier is stopped; which one, the list before has said."""

    organization_id = forms.IntegerField(widget=forms.HiddenInput)
    reason = words_field(gettext_lazy("Reason"))
