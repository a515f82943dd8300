"""The papers of delivery: visit report, follow-up letter, status report."""

from triallink.domains.delivery.documents.papers import letter_pdf, report_pdf, status_pdf

__all__ = ["letter_pdf", "report_pdf", "status_pdf"]
