"""What a line of the audit trail is about and where it came from, in words."""

from django.utils.translation import gettext

from triallink.foundation.models import AuditLine
from triallink.foundation.notices import kind_words
from triallink.kernel.refusals import N_

OBJECTS = {
    "api_token": N_("Token"),
    "auction_bid": N_("Auction bid"),
    "audit_finding": N_("Audit finding"),
    "bid": N_("Bid"),
    "calendar": N_("Calendar"),
    "catalogue": N_("Catalogue"),
    "clearing": N_("Clearing"),
    "clearing_schedule": N_("Clearing schedule"),
    "call_off": N_("Call-off"),
    "commitment": N_("Commitment"),
    "contract": N_("Contract"),
    "demo_world": N_("Demo world"),
    "dispute": N_("Dispute"),
    "escrow": N_("Escrow"),
    "finding": N_("Difference to the bank"),
    "hour_booking": N_("Booking"),
    "hour_need": N_("Hours sought"),
    "hour_offer": N_("Hours offered"),
    "invitation": N_("Invitation"),
    "invoice": N_("Invoice"),
    "leave": N_("Leave of absence"),
    "listing": N_("Listing"),
    "membership": N_("Membership"),
    "milestone": N_("Milestone"),
    "nda_acceptance": N_("Confidentiality agreement"),
    "organization": N_("Organization"),
    "payment_order": N_("Payment order"),
    "period": N_("Month of the book"),
    "person": N_("Person"),
    "plan_item": N_("Plan item"),
    "posting": N_("Posting"),
    "process_template": N_("Template"),
    "professional": N_("Professional"),
    "public_day": N_("Public holiday"),
    "qualification_application": N_("Application for qualification"),
    "question": N_("Question"),
    "request": N_("Request"),
    "saved_search": N_("Saved search"),
    "study": N_("Study"),
    "study_record": N_("Record"),
    "study_site": N_("Study site"),
    "supplier_audit": N_("Supplier audit"),
    "timesheet": N_("Timesheet"),
    "vault": N_("Vault"),
    "visit": N_("Visit"),
}
SOURCES = {
    "api": N_("Interface"),
    "calendar": N_("Calendar feed"),
    "demo": N_("Demo"),
    "system": N_("Platform"),
    "web": N_("Web"),
}


def object_words(line: AuditLine) -> str:
    """Return what a line is about: its kind in words, and its number."""
    kind = line.object_kind
    return f"{gettext(OBJECTS.get(kind) or kind_words(kind))} {line.object_id}"


def source_words(line: AuditLine) -> str:
    """Return the way a line came in, with the address it came from."""
    way, _, address = line.source.partition(" ")
    if way not in SOURCES:
        return line.source
    name = gettext(SOURCES[way])
    return f"{name} · {address}" if address else name
