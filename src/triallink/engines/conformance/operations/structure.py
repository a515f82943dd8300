"""Operations on what there is: datasets, domains, variables and what the standard says of them."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import polars as pl

from triallink.engines.conformance import standard
from triallink.engines.conformance.operations.work import InputMissing, Performer, Work
from triallink.engines.conformance.rules import Operation, RuleMalformed
from triallink.engines.conformance.study import Library
from triallink.engines.conformance.view import Each, Operand, Same, as_text

LIBRARY = "the variables of the implementation guide (CDISC Library)"


def study_domains(work: Work, operation: Operation) -> Operand:
    """Return the domains that have a dataset."""
    return Same(work.study.domains)


def dataset_names(work: Work, operation: Operation) -> Operand:
    """Return the names of the datasets in capital letters."""
    return Same(tuple(table.name.upper() for table in work.study.tables))


def domain_is_custom(work: Work, operation: Operation) -> Operand:
    """Say whether the domain is not of the standard."""
    return Same(not standard.is_standard(work.table.domain, work.table.name))


def related_domain_is_custom(work: Work, operation: Operation) -> Operand:
    """Say whether the domain a supplemental dataset belongs to is not of the standard."""
    related = work.table.prefix
    return Same(not standard.is_standard(related, related))


def domain_label(work: Work, operation: Operation) -> Operand:
    """Return what the standard calls the domain."""
    return Same(standard.domain_label(work.table.domain))


def standard_domains(work: Work, operation: Operation) -> Operand:
    """Return the domains of the standard."""
    return Same(standard.DOMAINS)


def class_domains(work: Work, operation: Operation) -> Operand:
    """Return the domains of a class of the standard, of all classes if none is named."""
    wanted = str(operation.options.get("domain_class") or "")
    if not wanted:
        return Same(standard.DOMAINS)
    return Same(tuple(standard.CLASSES.get(wanted.upper(), {})))


def extract_metadata(work: Work, operation: Operation) -> Operand:
    """Return one thing that is known of the dataset.

    Raises  RuleMalformed if it is not one of those.
    """
    table = work.table
    is_associated = len(table.domain) == 4 and table.domain.startswith("AP")
    known: Mapping[str, Any] = {
        "dataset_name": table.name.upper(),
        "dataset_label": table.label,
        "dataset_location": table.location,
        "dataset_size": table.size_bytes,
        "domain": table.domain,
        "is_ap": is_associated,
        "ap_suffix": table.domain[2:] if is_associated else "",
    }
    if operation.name not in known:
        raise RuleMalformed(f"{operation.name!r} is not known of a dataset")
    return Same(known[operation.name])


def variable_exists(work: Work, operation: Operation) -> Operand:
    """Say whether the dataset itself has a variable."""
    return Same(work.view.written_out(operation.name) in work.table.frame.columns)


def variable_is_null(work: Work, operation: Operation) -> Operand:
    """Say whether a variable is not there or has no value in any row."""
    name = work.view.written_out(operation.name)
    own = operation.options.get("source") == "submission"
    frame = work.table.clean if own else work.view.frame
    return Same(name not in frame.columns or frame[name].null_count() == frame.height)


def variable_count(work: Work, operation: Operation) -> Operand:
    """Return in how many datasets a variable occurs; `--` stands for the domain of each."""
    name = operation.name
    return Same(
        float(sum(name.replace("--", table.prefix) in table.frame.columns for table in work.study.tables))
    )


def dataset_columns(work: Work, operation: Operation) -> Operand:
    """Return the variables of the dataset in order."""
    return Same(tuple(work.table.frame.columns))


def _library(work: Work) -> Library:
    if work.study.library is None:
        raise InputMissing(LIBRARY)
    return work.study.library


def _guide(work: Work) -> Iterable[Mapping[str, Any]]:
    """Return the variables of the dataset's domain, those of the model for a domain of the sponsor."""
    library = _library(work)
    domain = work.table.domain
    return library.variables.get(domain) or _model(work, library)


def _model(work: Work, library: Library) -> tuple[Mapping[str, Any], ...]:
    observation_class = work.table.observation_class
    if observation_class is None or observation_class not in library.model_variables:
        raise InputMissing(LIBRARY)
    return tuple(
        {**each, "name": str(each["name"]).replace("--", work.table.prefix)}
        for each in library.model_variables[observation_class]
    )


def by_core(*cores: str) -> Performer:
    """Return the operation that gives the variables of the guide with one of these core values."""

    def perform(work: Work, operation: Operation) -> Operand:
        return Same(tuple(str(each["name"]) for each in _guide(work) if each.get("core") in cores))

    return perform


def all_variable_names(work: Work, operation: Operation) -> Operand:
    """Return the names of all variables of the guide."""
    library = _library(work)
    return Same(
        tuple(dict.fromkeys(str(each["name"]) for every in library.variables.values() for each in every))
    )


def _selected(variables: Iterable[Mapping[str, Any]], operation: Operation) -> tuple[str, ...]:
    key, value = operation.options.get("key_name"), operation.options.get("key_value")
    return tuple(str(each["name"]) for each in variables if key is None or each.get(str(key)) == value)


def guide_columns(work: Work, operation: Operation) -> Operand:
    """Return the variables of the guide in order, those with one attribute value if one is asked for."""
    return Same(_selected(_guide(work), operation))


def model_columns(work: Work, operation: Operation) -> Operand:
    """Return the variables of the model in order, those with one attribute value if one is asked for."""
    if _asks_for_timing(operation) and work.study.library is None:
        return Same(_timing(work.view.prefix))
    return Same(_selected(_model(work, _library(work)), operation))


def parent_model_columns(work: Work, operation: Operation) -> Operand:
    """Return the variables of the model of the dataset that a supplemental dataset belongs to."""
    parents = work.study.tables_of(work.table.prefix)
    library = _library(work)
    if not parents:
        raise InputMissing(f"the dataset {work.table.prefix}")
    return Same(_selected(_model(Work(work.study, parents[0], work.view), library), operation))


def dataset_columns_like(work: Work, operation: Operation) -> Operand:
    """Return the variables of the dataset that have an attribute value in the guide or the model."""
    columns = work.table.frame.columns
    if _asks_for_timing(operation) and work.study.library is None:
        wanted = set(_timing(work.view.prefix))
    else:
        wanted = set(_selected(_guide(work), operation))
    return Same(tuple(name for name in columns if name in wanted))


def _asks_for_timing(operation: Operation) -> bool:
    return operation.options.get("key_name") == "role" and operation.options.get("key_value") == "Timing"


def _timing(prefix: str) -> tuple[str, ...]:
    return tuple(name.replace("--", prefix) for name in standard.TIMING_VARIABLES)


def referenced_by(attribute: Literal["name", "label"]) -> Performer:
    """Return the operation that gives, row by row, what the guide says of the variable a row names or labels.

    The results are called by the operation's name, an underscore and the attribute.
    """

    def perform(work: Work, operation: Operation) -> Mapping[str, Operand]:
        library = _library(work)
        known = {str(each.get(attribute)): each for each in _guide_of_parent(work, library)}
        words = as_text(work.view.series(operation.name))
        lines = [known.get(word, {}) if word is not None else {} for word in words]
        return {
            f"{operation.id}_{name}": Each(
                pl.Series(
                    "",
                    [None if line.get(name) is None else str(line[name]) for line in lines],
                    dtype=pl.String,
                )
            )
            for name in ("name", "label", "role", "core", "ordinal")
        }

    return perform


def _guide_of_parent(work: Work, library: Library) -> tuple[Mapping[str, Any], ...]:
    """Return the guide's variables of the dataset that supplemental qualifiers belong to, else of the dataset."""
    domain = work.table.prefix if work.table.is_supplemental else work.table.domain
    return library.variables.get(domain, ())


def define_attribute(work: Work, operation: Operation) -> Operand:
    """Return what Define-XML says of one variable, or of all by name."""
    if work.study.define is None:
        raise InputMissing("Define-XML")
    attribute = str(operation.options.get("attribute_name") or "define_variable_name")
    said = {
        str(each["define_variable_name"]): each.get(attribute)
        for each in work.study.define.variables.get(work.table.name.upper(), ())
    }
    if operation.name:
        return Same(said.get(work.view.written_out(operation.name)))
    return Same(said)
