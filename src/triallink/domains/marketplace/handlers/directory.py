"""Keep the directory's index true to its rows."""

from triallink.domains.accounts.events import OrganizationUpdated
from triallink.domains.marketplace.directory.documents import directory_documents
from triallink.domains.marketplace.directory.schema import DIRECTORY, SCHEMA, key_of
from triallink.domains.marketplace.events.catalogue import CatalogueChanged
from triallink.domains.marketplace.events.listings import (
    ListingPriceChanged,
    ListingPublished,
    ListingWithdrawn,
)
from triallink.domains.quality.events import (
    ApplicationDecided,
    CertificateExpired,
    CertificateGranted,
    CredentialAdded,
    CredentialExpired,
    CredentialRefused,
    CredentialRemoved,
    CredentialVerified,
    ProfessionalAdded,
    ProfessionalUpdated,
    QualificationExpired,
    SiteProfileUpdated,
    SupplierProfileUpdated,
    SupplierSuspended,
    SuspensionLifted,
)
from triallink.domains.quality.models import Professional
from triallink.foundation import search
from triallink.foundation.outbox import hears

search.collect(DIRECTORY, SCHEMA, directory_documents)


@hears(ListingPublished, ListingPriceChanged, ListingWithdrawn, SupplierProfileUpdated)
def read_supplier_again(
    event: ListingPublished | ListingPriceChanged | ListingWithdrawn | SupplierProfileUpdated,
) -> None:
    """A supplier's offer or scope changed."""
    search.touch(DIRECTORY, [key_of("supplier", event.organization_id)])


@hears(SiteProfileUpdated)
def read_site_again(event: SiteProfileUpdated) -> None:
    """A site's profile changed."""
    search.touch(DIRECTORY, [key_of("site", event.organization_id)])


@hears(
    ProfessionalAdded,
    ProfessionalUpdated,
    CredentialAdded,
    CredentialRemoved,
    CredentialVerified,
    CredentialRefused,
    CredentialExpired,
    CertificateGranted,
    CertificateExpired,
)
def read_professional_again(
    event: ProfessionalAdded
    | ProfessionalUpdated
    | CredentialAdded
    | CredentialRemoved
    | CredentialVerified
    | CredentialRefused
    | CredentialExpired
    | CertificateGranted
    | CertificateExpired,
) -> None:
    """A professional changed; the employer's roles and free hours with it."""
    search.touch(
        DIRECTORY,
        [key_of("talent", event.professional_id), key_of("supplier", event.organization_id)],
    )


@hears(OrganizationUpdated, SupplierSuspended, SuspensionLifted, ApplicationDecided, QualificationExpired)
def read_organization_again(
    event: OrganizationUpdated
    | SupplierSuspended
    | SuspensionLifted
    | ApplicationDecided
    | QualificationExpired,
) -> None:
    """A name, a city or the standing changed: the organization and everybody who works for it."""
    people = Professional.objects.filter(organization_id=event.organization_id).values_list("pk", flat=True)
    search.touch(
        DIRECTORY,
        [
            key_of("supplier", event.organization_id),
            key_of("site", event.organization_id),
            *(key_of("talent", pk) for pk in people),
        ],
    )


@hears(CatalogueChanged)
def read_everything_again(event: CatalogueChanged) -> None:
    """A service was renamed or retired."""
    search.touch(DIRECTORY, [search.ALL])
