"""Lines for work done once for the whole study: data, documents, safety, supply, management."""

from collections.abc import Iterator
from decimal import Decimal

from triallink.kernel.refusals import N_

from .arithmetic import Calculation, Number
from .basis import CountryPlan, VisitPlan
from .lines import Scene, ServiceLine, count_of, line
from .site_lines import HOURS, QUANTITY, screened_subjects, subject_visits

_ONE = Number(Decimal(1))


def study_lines(scene: Scene) -> Iterator[ServiceLine]:
    """Yield the lines that belong to the study as a whole."""
    basis = scene.basis
    whole = CountryPlan("", basis.sites, basis.subjects)
    yield _management(scene, whole)
    yield _edc_build(scene)
    yield _data_management(scene, whole)
    yield _statistics(scene)
    yield _writing(scene)
    if basis.further_languages:
        yield _translation(scene)
    yield _medical_monitoring(scene, whole)
    yield _safety(scene, whole)
    yield _tmf(scene, whole)
    yield _audit(scene, whole)
    if basis.is_randomized:
        yield _randomization(scene)
    if basis.has_study_product:
        yield _supply(scene, whole)
    if any(visit.has_laboratory for visit in basis.visits):
        yield _laboratory(scene, whole)
    if any(visit.has_imaging for visit in basis.visits):
        yield _imaging(scene, whole)


def study_months(scene: Scene, sums: Calculation, *, is_conduct_only: bool = False) -> Number:
    """Add the months of the study, from contract to close-out, or only those after start-up."""
    parts = [scene.fact("enrollment_months"), scene.fact("follow_up_months"), scene.figure("closeout_months")]
    if is_conduct_only:
        return sums.total(N_("Months from first subject to close-out"), "month", *parts, gives=QUANTITY)
    startup = scene.figure("startup_months")
    return sums.total(N_("Months from contract to close-out"), "month", startup, *parts, gives=QUANTITY)


def _management(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    months = study_months(scene, sums)
    fixed = sums.product(N_("Hours for the study"), "hour", months, scene.figure("management_monthly_hours"))
    sites = sums.product(
        N_("Hours for its sites"), "hour", months, scene.sites(whole), scene.figure("management_site_hours")
    )
    sums.total(N_("Hours"), "hour", fixed, sites, gives=HOURS)
    return line("PROJECT_MANAGEMENT", "", N_("Project management"), "month", sums)


def _edc_build(scene: Scene) -> ServiceLine:
    sums = Calculation()
    sums.given(N_("Study database"), "study", _ONE, gives=QUANTITY)
    forms = sums.total(
        N_("Forms to build"),
        "form",
        scene.fact("distinct_activities"),
        scene.figure("edc_standard_activities"),
    )
    each = sums.product(N_("Hours for forms"), "hour", forms, scene.figure("edc_activity_hours"))
    sums.total(N_("Hours"), "hour", scene.figure("edc_base_hours"), each, gives=HOURS)
    return line("EDC_BUILD", "", N_("Database build"), "study", sums)


def _data_management(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    months = study_months(scene, sums, is_conduct_only=True)
    visits = subject_visits(scene, sums, whole)
    cleaning = sums.product(N_("Cleaning hours"), "hour", visits, scene.figure("cleaning_hours"))
    running = sums.product(N_("Hours per month"), "hour", months, scene.figure("data_monthly_hours"))
    sums.total(N_("Hours"), "hour", cleaning, running, scene.figure("lock_hours"), gives=HOURS)
    return line("DATA_MANAGEMENT", "", N_("Data management"), "month", sums)


def _statistics(scene: Scene) -> ServiceLine:
    sums = Calculation()
    sums.given(N_("Study analysis"), "study", _ONE, gives=QUANTITY)
    endpoints = sums.product(
        N_("Hours for endpoints"),
        "hour",
        scene.fact("endpoint_count"),
        scene.figure("statistics_endpoint_hours"),
    )
    sums.total(N_("Hours"), "hour", scene.figure("statistics_base_hours"), endpoints, gives=HOURS)
    return line("BIOSTATISTICS", "", N_("Statistics"), "study", sums)


def _writing(scene: Scene) -> ServiceLine:
    sums = Calculation()
    sums.total(
        N_("Documents and amendments"),
        "document",
        scene.figure("writing_documents"),
        scene.figure("amendments"),
        gives=QUANTITY,
    )
    sums.sum_of_products(
        N_("Hours"),
        "hour",
        (scene.figure("writing_documents"), scene.figure("writing_hours")),
        (scene.figure("amendments"), scene.figure("amendment_writing_hours")),
        gives=HOURS,
    )
    return line("MEDICAL_WRITING", "", N_("Medical writing"), "document", sums)


def _translation(scene: Scene) -> ServiceLine:
    sums = Calculation()
    documents = sums.product(
        N_("Documents in further languages"),
        "document",
        scene.fact("further_languages"),
        scene.figure("translated_documents"),
        gives=QUANTITY,
    )
    sums.product(N_("Hours"), "hour", documents, scene.figure("translation_hours"), gives=HOURS)
    return line("TRANSLATION", "", N_("Translation"), "document", sums)


def _medical_monitoring(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    months = study_months(scene, sums, is_conduct_only=True)
    running = sums.product(N_("Hours per month"), "hour", months, scene.figure("medical_monthly_hours"))
    subjects = sums.product(
        N_("Hours for subjects"), "hour", scene.subjects(whole), scene.figure("medical_subject_hours")
    )
    sums.total(N_("Hours"), "hour", running, subjects, gives=HOURS)
    return line("MEDICAL_MONITORING", "", N_("Medical monitoring"), "month", sums)


def _safety(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    months = study_months(scene, sums, is_conduct_only=True)
    events = sums.whole_share(
        N_("Serious adverse events expected"),
        "event",
        scene.subjects(whole),
        scene.figure("serious_event_percent"),
    )
    handling = sums.product(N_("Hours for events"), "hour", events, scene.figure("serious_event_hours"))
    running = sums.product(N_("Hours per month"), "hour", months, scene.figure("safety_monthly_hours"))
    sums.total(N_("Hours"), "hour", scene.figure("safety_base_hours"), handling, running, gives=HOURS)
    return line("PHARMACOVIGILANCE", "", N_("Drug safety"), "month", sums)


def _tmf(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    study_months(scene, sums)
    countries = Number.of(len(scene.basis.countries), "countries")
    documents = sums.sum_of_products(
        N_("Documents of study, countries and sites"),
        "document",
        (_ONE, scene.figure("tmf_study_documents")),
        (countries, scene.figure("tmf_country_documents")),
        (scene.sites(whole), scene.figure("tmf_site_documents")),
    )
    sums.product(N_("Hours"), "hour", documents, scene.figure("tmf_document_hours"), gives=HOURS)
    return line("ETMF_MANAGEMENT", "", N_("Trial master file"), "month", sums)


def _audit(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    audits = sums.whole_share(
        N_("Sites audited"), "visit", scene.sites(whole), scene.figure("audited_percent"), gives=QUANTITY
    )
    sums.product(N_("Hours"), "hour", audits, scene.figure("audit_hours"), gives=HOURS)
    return line("QUALITY_AUDIT", "", N_("Site audits"), "visit", sums)


def _randomization(scene: Scene) -> ServiceLine:
    sums = Calculation()
    sums.given(N_("Study set-up"), "study", _ONE, gives=QUANTITY)
    arms = sums.product(N_("Hours for arms"), "hour", scene.fact("arm_count"), scene.figure("rtsm_arm_hours"))
    sums.total(N_("Hours"), "hour", scene.figure("rtsm_base_hours"), arms, gives=HOURS)
    return line("RTSM_SETUP", "", N_("Randomization and supply system"), "study", sums)


def _supply(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    sites = sums.given(N_("Sites"), "site", scene.sites(whole), gives=QUANTITY)
    months = sums.total(
        N_("Months with subjects"), "month", scene.fact("enrollment_months"), scene.fact("follow_up_months")
    )
    each = sums.whole_quotient(
        N_("Shipments per site"), "shipment", months, scene.figure("shipment_interval_months")
    )
    shipments = sums.product(N_("Shipments"), "shipment", sites, each)
    sums.product(N_("Hours"), "hour", shipments, scene.figure("shipment_hours"), gives=HOURS)
    return line("DRUG_SUPPLY_LOGISTICS", "", N_("Study product logistics"), "site", sums)


def _examined_visits(scene: Scene, sums: Calculation, whole: CountryPlan, visits: list[VisitPlan]) -> Number:
    """Add the subjects examined, which is the quantity, and the visits they are examined at."""
    before = count_of(visit for visit in visits if visit.is_screening)
    later = count_of(visit for visit in visits if not visit.is_screening)
    is_from_screening = bool(before.value)
    screened = screened_subjects(scene, sums, whole, gives=QUANTITY if is_from_screening else ())
    if not is_from_screening:
        sums.given(N_("Enrolled subjects"), "subject", scene.subjects(whole), gives=QUANTITY)
    kept = sums.kept(N_("Share of visits made, drop-outs half"), "%", scene.figure("dropout_percent"))
    screening = sums.product(N_("At screening"), "visit", screened, before)
    enrolled = sums.share(N_("After screening"), "visit", scene.subjects(whole), kept, later)
    return sums.total(N_("Visits"), "visit", screening, enrolled)


def _laboratory(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    sampled = [visit for visit in scene.basis.visits if visit.has_laboratory]
    visits = _examined_visits(scene, sums, whole, sampled)
    sums.product(N_("Hours"), "hour", visits, scene.figure("lab_visit_hours"), gives=HOURS)
    return line("CENTRAL_LAB", "", N_("Central laboratory"), "subject", sums)


def _imaging(scene: Scene, whole: CountryPlan) -> ServiceLine:
    sums = Calculation()
    imaged = [visit for visit in scene.basis.visits if visit.has_imaging]
    visits = _examined_visits(scene, sums, whole, imaged)
    sums.product(
        N_("Hours"),
        "hour",
        visits,
        scene.figure("imaging_reads"),
        scene.figure("imaging_read_hours"),
        gives=HOURS,
    )
    return line("IMAGING_READ", "", N_("Independent image reading"), "subject", sums)
