"""Addresses of requests, bids, auctions, evaluations and awards; part of the area `market`."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from triallink.web.market.requests import (
    auction,
    award,
    bidding,
    counsel,
    detail,
    evaluation,
    fit_check,
    lists,
    open_data,
    sourcing,
    wizard,
)


class StepConverter(StringConverter):
    """A step of the wizard."""

    regex = "|".join(wizard.STEPS)


register_converter(StepConverter, "request_step")

patterns = [
    path("open-data/ocds/releases.json", open_data.ocds_releases, name="ocds-releases"),
    path("open-data/ocds/<str:reference>.json", open_data.ocds_request, name="ocds-request"),
    path("market/requests/", lists.request_list, name="request-list"),
    path("market/requests/open/", lists.open_requests, name="request-open"),
    path("market/requests/new/", wizard.request_new, name="request-new"),
    path("market/requests/<int:request_id>/", detail.request_detail, name="request-detail"),
    path("market/requests/<int:request_id>/draft/<request_step:step>/", wizard.request_step, name="request-step"),
    path("market/requests/<int:request_id>/draft/files/", detail.request_file_add, name="request-file-add"),
    path("market/requests/<int:request_id>/files/<int:file_id>/", detail.request_file, name="request-file"),
    path("market/requests/<int:request_id>/publish/", detail.request_publish, name="request-publish"),
    path("market/requests/<int:request_id>/cancel/", detail.request_cancel, name="request-cancel"),
    path("market/requests/<int:request_id>/extend/", detail.request_extend, name="request-extend"),
    path("market/requests/<int:request_id>/close/", detail.request_close, name="request-close"),
    path("market/requests/<int:request_id>/invite/", detail.request_invite, name="request-invite"),
    path("market/requests/<int:request_id>/nda/", detail.nda_accept, name="nda-accept"),
    path("market/requests/<int:request_id>/decline/", detail.invitation_decline, name="invitation-decline"),
    path("market/requests/<int:request_id>/questions/", detail.request_questions, name="request-questions"),
    path("market/requests/<int:request_id>/timeline/", detail.request_timeline, name="request-timeline"),
    path("market/requests/<int:request_id>/bid/", bidding.bid_own, name="bid-own"),
    path("market/requests/<int:request_id>/bid/edit/", bidding.bid_edit, name="bid-edit"),
    path("market/requests/bids/<int:bid_id>/", bidding.bid_detail, name="bid-detail"),
    path("market/requests/bids/<int:bid_id>/submit/", bidding.bid_submit, name="bid-submit"),
    path("market/requests/bids/<int:bid_id>/withdraw/", bidding.bid_withdraw, name="bid-withdraw"),
    path("market/requests/bids/<int:bid_id>/confirm/", bidding.bid_confirm, name="bid-confirm"),
    path("market/requests/bids/<int:bid_id>/decline/", bidding.bid_decline, name="bid-decline"),
    path("market/requests/bids/<int:bid_id>/receipt/", bidding.bid_receipt, name="bid-receipt"),
    path("market/requests/bids/files/<int:file_id>/", bidding.bid_file, name="bid-file"),
    path("market/requests/<int:request_id>/auction/", auction.auction, name="auction"),
    path("market/requests/<int:request_id>/auction/call/", auction.auction_call, name="auction-call"),
    path("market/requests/<int:request_id>/evaluation/", evaluation.evaluation, name="evaluation"),
    path("market/requests/<int:request_id>/evaluation/declare/", evaluation.conflict_declare, name="conflict-declare"),
    path("market/requests/<int:request_id>/evaluation/appoint/", evaluation.evaluators_appoint, name="evaluators-appoint"),
    path("market/requests/<int:request_id>/evaluation/score/", evaluation.bids_score, name="bids-score"),
    path("market/requests/<int:request_id>/evaluation/agree/", evaluation.consensus_reach, name="consensus-reach"),
    path("market/requests/<int:request_id>/evaluation/<int:bid_id>/note/", evaluation.bid_note, name="bid-note"),
    path("market/requests/<int:request_id>/sourcing/", sourcing.sourcing, name="sourcing"),
    path("market/requests/<int:request_id>/sourcing/ask/", sourcing.sourcing_ask, name="sourcing-ask"),
    path("market/requests/<int:request_id>/sourcing/<int:job_id>/<int:number>/", sourcing.coalition_suggest, name="coalition-suggest"),
    path("market/requests/<int:request_id>/fit-check/", fit_check.fit_check_page, name="fit-check"),
    path("market/requests/<int:request_id>/optimum/", counsel.award_counsel, name="award-counsel"),
    path("market/requests/<int:request_id>/optimum/ask/", counsel.award_counsel_ask, name="award-counsel-ask"),
    path("market/requests/<int:request_id>/award/", award.award, name="award"),
    path("market/requests/<int:request_id>/award/<int:award_id>/object/", award.objection_file, name="objection-file"),
    path("market/requests/<int:request_id>/award/objections/<int:objection_id>/", award.objection_decide, name="objection-decide"),
]  # fmt: skip
