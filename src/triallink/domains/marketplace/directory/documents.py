"""The whole directory as documents."""

from collections.abc import Iterator
from itertools import chain

from triallink.domains.marketplace.directory.schema import ids_of
from triallink.domains.marketplace.directory.sites import site_documents
from triallink.domains.marketplace.directory.suppliers import supplier_documents
from triallink.domains.marketplace.directory.talent import talent_documents
from triallink.foundation.search import Document


def directory_documents(keys: list[str] | None) -> Iterator[Document]:
    """Return every document, or those of the keys whose rows may still be shown."""
    if keys is None:
        return chain(supplier_documents(None), talent_documents(None), site_documents(None))
    makers = (("supplier", supplier_documents), ("talent", talent_documents), ("site", site_documents))
    return chain.from_iterable(make(ids) for kind, make in makers if (ids := ids_of(kind, keys)))
