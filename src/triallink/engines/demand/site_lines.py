"""Lines for one country: choosing and opening sites, monitoring them, and the work at the site."""

from collections.abc import Iterator

from triallink.kernel.refusals import N_

from .arithmetic import Calculation, Number
from .basis import CountryPlan
from .lines import WEEKS_PER_MONTH, Scene, ServiceLine, activities_of, count_of, line

QUANTITY, HOURS, BOTH = ("quantity",), ("hours",), ("quantity", "hours")


def site_lines(scene: Scene, plan: CountryPlan) -> Iterator[ServiceLine]:
    """Yield the lines of one country."""
    yield _feasibility(scene, plan)
    yield _qualification(scene, plan)
    yield _startup(scene, plan)
    yield _regulatory(scene, plan)
    yield _ethics(scene, plan)
    yield _training(scene, plan)
    yield _initiation(scene, plan)
    yield _interim(scene, plan)
    yield _remote(scene, plan)
    yield _closeout(scene, plan)
    if plan.subjects:
        yield _recruitment(scene, plan)
    yield _coordination(scene, plan)


def _feasibility(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    asked = sums.whole_product(
        N_("Sites asked"), "site", scene.sites(plan), scene.figure("feasibility_ratio"), gives=QUANTITY
    )
    sums.product(N_("Hours"), "hour", asked, scene.figure("feasibility_hours"), gives=HOURS)
    return line("SITE_FEASIBILITY", "", N_("Site feasibility"), "site", sums, plan.country)


def _qualification(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    visits = sums.whole_product(
        N_("Visits"), "visit", scene.sites(plan), scene.figure("qualification_ratio"), gives=QUANTITY
    )
    sums.product(N_("Hours"), "hour", visits, scene.figure("qualification_visit_hours"), gives=HOURS)
    return line(
        "MONITORING_ONSITE", "qualification", N_("Site qualification visits"), "visit", sums, plan.country
    )


def _per_site(scene: Scene, plan: CountryPlan, service: str, label: str, hours_key: str) -> ServiceLine:
    sums = Calculation()
    sites = sums.given(N_("Sites"), "site", scene.sites(plan), gives=QUANTITY)
    sums.product(N_("Hours"), "hour", sites, scene.figure(hours_key), gives=HOURS)
    return line(service, "", label, "site", sums, plan.country)


def _startup(scene: Scene, plan: CountryPlan) -> ServiceLine:
    return _per_site(scene, plan, "SITE_STARTUP", N_("Site start-up"), "startup_hours")


def _training(scene: Scene, plan: CountryPlan) -> ServiceLine:
    return _per_site(scene, plan, "INVESTIGATOR_TRAINING", N_("Training of site staff"), "training_hours")


def _regulatory(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    first = Number.of(1)
    sums.total(
        N_("First submission and amendments"), "document", first, scene.figure("amendments"), gives=QUANTITY
    )
    sums.sum_of_products(
        N_("Hours"),
        "hour",
        (first, scene.figure("regulatory_hours")),
        (scene.figure("amendments"), scene.figure("regulatory_amendment_hours")),
        gives=HOURS,
    )
    return line(
        "REGULATORY_SUBMISSION", "", N_("Submissions to the authority"), "document", sums, plan.country
    )


def _ethics(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    sites = sums.given(N_("Sites"), "site", scene.sites(plan), gives=QUANTITY)
    per_site = sums.sum_of_products(
        N_("Hours per site, first submission and amendments"),
        "hour",
        (Number.of(1), scene.figure("ethics_hours")),
        (scene.figure("amendments"), scene.figure("ethics_amendment_hours")),
    )
    sums.product(N_("Hours"), "hour", sites, per_site, gives=HOURS)
    return line("ETHICS_SUBMISSION", "", N_("Ethics submissions"), "site", sums, plan.country)


def _initiation(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    visits = sums.given(N_("Visits, one per site"), "visit", scene.sites(plan), gives=QUANTITY)
    sums.product(N_("Hours"), "hour", visits, scene.figure("initiation_visit_hours"), gives=HOURS)
    return line("MONITORING_ONSITE", "initiation", N_("Site initiation visits"), "visit", sums, plan.country)


def _closeout(scene: Scene, plan: CountryPlan) -> ServiceLine:
    return _per_site(scene, plan, "SITE_CLOSEOUT", N_("Close-out visits"), "closeout_visit_hours")


def active_weeks(scene: Scene, sums: Calculation) -> Number:
    """Add the weeks a site has subjects: enrollment and follow-up."""
    months = sums.total(
        N_("Months with subjects"), "month", scene.fact("enrollment_months"), scene.fact("follow_up_months")
    )
    return sums.product(N_("Weeks with subjects"), "week", months, WEEKS_PER_MONTH)


def screened_subjects(
    scene: Scene, sums: Calculation, plan: CountryPlan, gives: tuple[str, ...] = ()
) -> Number:
    """Add the subjects to screen so that enough are enrolled."""
    failures = scene.figure("screen_failure_percent")
    return sums.screened(N_("Screened subjects"), "subject", scene.subjects(plan), failures, gives)


def subject_visits(scene: Scene, sums: Calculation, plan: CountryPlan) -> Number:
    """Add the visits all subjects of a country make, screening failures and drop-outs considered."""
    screened = screened_subjects(scene, sums, plan)
    screening = sums.product(
        N_("Screening visits"), "visit", screened, count_of(scene.visits(is_screening=True))
    )
    kept = sums.kept(N_("Share of visits made, drop-outs half"), "%", scene.figure("dropout_percent"))
    later = sums.share(
        N_("Visits after screening"),
        "visit",
        scene.subjects(plan),
        kept,
        count_of(scene.visits(is_screening=False)),
    )
    return sums.total(N_("Subject visits"), "visit", screening, later)


def _interim(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    weeks = active_weeks(scene, sums)
    per_site = sums.whole_quotient(
        N_("Visits per site"), "visit", weeks, scene.figure("interim_interval_weeks")
    )
    visits = sums.product(N_("Visits"), "visit", scene.sites(plan), per_site, gives=QUANTITY)
    fixed = sums.product(N_("Fixed hours"), "hour", visits, scene.figure("interim_visit_hours"))
    seen = subject_visits(scene, sums, plan)
    checked = sums.share(
        N_("Source verification hours"),
        "hour",
        seen,
        scene.figure("verified_percent"),
        scene.figure("verification_hours"),
    )
    sums.total(N_("Hours"), "hour", fixed, checked, gives=HOURS)
    return line("MONITORING_ONSITE", "interim", N_("Interim monitoring visits"), "visit", sums, plan.country)


def _remote(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    weeks = active_weeks(scene, sums)
    per_site = sums.whole_quotient(
        N_("Visits per site"), "visit", weeks, scene.figure("remote_interval_weeks")
    )
    visits = sums.product(N_("Visits"), "visit", scene.sites(plan), per_site, gives=QUANTITY)
    sums.product(N_("Hours"), "hour", visits, scene.figure("remote_visit_hours"), gives=HOURS)
    return line("MONITORING_REMOTE", "", N_("Remote monitoring visits"), "visit", sums, plan.country)


def _recruitment(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    sums.given(N_("Enrolled subjects"), "subject", scene.subjects(plan), gives=QUANTITY)
    screened = screened_subjects(scene, sums, plan)
    sums.product(N_("Hours"), "hour", screened, scene.figure("recruitment_hours"), gives=HOURS)
    return line("PATIENT_RECRUITMENT", "", N_("Subject recruitment"), "subject", sums, plan.country)


def _hours_per_subject(scene: Scene, sums: Calculation, label: str, *, is_screening: bool) -> Number:
    """Visit hours = base per visit (at the site or remote) + a share for each activity."""
    present = scene.visits(is_screening=is_screening, is_remote=False)
    remote = scene.visits(is_screening=is_screening, is_remote=True)
    consent = (Number.of(1 if is_screening else 0), scene.figure("consent_hours"))
    return sums.sum_of_products(
        label,
        "hour",
        (count_of(present), scene.figure("crc_visit_hours")),
        (count_of(remote), scene.figure("crc_remote_visit_hours")),
        (activities_of([*present, *remote]), scene.figure("crc_activity_hours")),
        consent,
    )


def _coordination(scene: Scene, plan: CountryPlan) -> ServiceLine:
    sums = Calculation()
    screened = screened_subjects(scene, sums, plan)
    each_screened = _hours_per_subject(scene, sums, N_("CRC hours per screened subject"), is_screening=True)
    screening = sums.product(N_("CRC hours for screening"), "hour", screened, each_screened)
    each_enrolled = _hours_per_subject(
        scene, sums, N_("CRC hours per subject after screening, all visits made"), is_screening=False
    )
    kept = sums.kept(N_("Share of visits made, drop-outs half"), "%", scene.figure("dropout_percent"))
    later = sums.share(N_("CRC hours after screening"), "hour", scene.subjects(plan), kept, each_enrolled)
    weeks = active_weeks(scene, sums)
    standing = sums.product(
        N_("CRC hours that no visit explains"),
        "hour",
        scene.sites(plan),
        weeks,
        scene.figure("crc_weekly_hours"),
    )
    total = sums.total(N_("Hours"), "hour", screening, later, standing, gives=BOTH)
    if weeks.value:
        sums.quotient(N_("CRC hours per week and site"), "hour", total, scene.sites(plan), weeks)
    return line("CRC_HOURS", "", N_("Study coordination at the site"), "hour", sums, plan.country)
