"""Addresses of hours."""

from django.urls import path

from triallink.web.capacity import (
    book,
    bookings,
    calendars,
    clearing,
    finding,
    importing,
    market_view,
    orders,
    overview,
    public_days,
)

app_name = "capacity"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("calendar/", calendars.calendar, name="calendar"),
    path("calendar/open/", calendars.calendar_open, name="calendar-open"),
    path("calendar/bulk/", calendars.calendar_bulk, name="calendar-bulk"),
    path("calendar/<int:professional_id>/", calendars.person, name="person"),
    path("calendar/<int:professional_id>/days/", calendars.person_days, name="person-days"),
    path("calendar/<int:professional_id>/leave/", calendars.leave_add, name="leave-add"),
    path("calendar/<int:professional_id>/commitment/", calendars.commitment_add, name="commitment-add"),
    path(
        "calendar/<int:professional_id>/commitment/<int:commitment_id>/withdraw/",
        calendars.commitment_withdraw,
        name="commitment-withdraw",
    ),
    path("leave/<int:leave_id>/withdraw/", calendars.leave_withdraw, name="leave-withdraw"),
    path("offers/", orders.offer_list, name="offer-list"),
    path("offers/new/", orders.offer_new, name="offer-new"),
    path("offers/<int:offer_id>/", orders.offer_detail, name="offer"),
    path("offers/<int:offer_id>/withdraw/", orders.offer_withdraw, name="offer-withdraw"),
    path("offers/<int:offer_id>/hold/", finding.hold, name="hold"),
    path("needs/", orders.need_list, name="need-list"),
    path("needs/new/", orders.need_new, name="need-new"),
    path("needs/<int:need_id>/", orders.need_detail, name="need"),
    path("needs/<int:need_id>/withdraw/", orders.need_withdraw, name="need-withdraw"),
    path("market/", market_view.market_view_page, name="market-view"),
    path("find/", finding.find, name="find"),
    path("book/", book.book, name="book"),
    path("book/<slug:role>/<str:city>/<str:week>/", book.book_depth, name="depth"),
    path("bookings/", bookings.booking_list, name="booking-list"),
    path("bookings/<int:booking_id>/", bookings.booking_detail, name="booking"),
    path("bookings/<int:booking_id>/book/", bookings.booking_book, name="booking-book"),
    path("bookings/<int:booking_id>/answer/", bookings.booking_answer, name="booking-answer"),
    path("bookings/<int:booking_id>/cancel/", bookings.booking_cancel, name="booking-cancel"),
    path(
        "bookings/<int:booking_id>/cover/<int:professional_id>/", bookings.booking_cover, name="booking-cover"
    ),
    path("ill/", bookings.ill, name="ill"),
    path("cover/", bookings.cover, name="cover"),
    path("clearing/", clearing.run_list, name="run-list"),
    path("clearing/schedule/", clearing.schedule_set, name="schedule-set"),
    path("clearing/start/", clearing.run_start, name="run-start"),
    path("clearing/<int:run_id>/", clearing.run_detail, name="run"),
    path("clearing/<int:run_id>/cancel/", clearing.run_cancel, name="run-cancel"),
    path("calendar/import/", importing.calendar_import, name="import"),
    path("calendar/template.xlsx", importing.template, name="import-template"),
    path("holidays/", public_days.public_days_page, name="public-days"),
]
