"""Addresses of the money pages."""

from django.urls import path

from triallink.web.ledger import book, escrows, invoices, orders, overview, reconciliation, statements

app_name = "money"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("accounts/<int:account_id>/", statements.account_statement, name="statement"),
    path("postings/<int:posting_id>/", statements.posting_detail, name="posting"),
    path("escrows/", escrows.escrow_list, name="escrow-list"),
    path("escrows/<int:escrow_id>/", escrows.escrow_detail, name="escrow"),
    path("orders/", orders.order_list, name="order-list"),
    path("orders/top-up/", orders.top_up, name="top-up"),
    path("orders/payout/", orders.payout, name="payout"),
    path("invoices/", invoices.invoice_list, name="invoice-list"),
    path("invoices/<int:invoice_id>/", invoices.invoice_detail, name="invoice"),
    path("invoices/<int:invoice_id>/document-<str:language>.pdf", invoices.document, name="invoice-document"),
    path("invoices/<int:invoice_id>/credit/", invoices.credit, name="invoice-credit"),
    path("reconciliation/", reconciliation.finding_list, name="reconciliation"),
    path("reconciliation/run/", reconciliation.run, name="reconciliation-run"),
    path("reconciliation/<int:finding_id>/", reconciliation.finding_detail, name="finding"),
    path("book/", book.book, name="book"),
    path("book/<str:period>/close/", book.close, name="period-close"),
    path("book/<str:period>/reopen/", book.reopen, name="period-reopen"),
]
