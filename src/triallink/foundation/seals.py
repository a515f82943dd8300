"""PAdES seals on PDF documents, and what verifying one finds (ETSI EN 319 142-1, baseline B)."""

import datetime as dt
import io
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings

# The library brings an HTTP client and its whole toolbox: a third of a second that only sealing and verifying need.
if TYPE_CHECKING:
    from pyhanko.sign import signers

VALID_YEARS = 10
DEMONSTRATION = "Trial.Link demonstration certificate"


@dataclass(frozen=True)
class Box:
    """Where on which page (0-based, -1 is the last) a seal is shown: points from the lower left corner."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


# Room in the document for one seal, in hex digits. Left to itself the library signs once more to learn the size; ours
# carries one certificate and needs under a fifth of this.
RESERVED = 16_384


@dataclass(frozen=True)
class SealReport:
    """What verifying one seal found."""

    field: str
    name: str
    reason: str
    at: dt.datetime | None
    certificate: str
    is_intact: bool
    is_trusted: bool
    only_seals_follow: bool

    @property
    def is_good(self) -> bool:
        """Return whether the content is as sealed, nothing but seals was added, and the certificate is ours."""
        return self.is_intact and self.is_trusted and self.only_seals_follow


def seal(pdf: bytes, *, field: str, name: str, reason: str, box: Box, appearance: Path) -> bytes:
    """Return the PDF with one more seal, appended so that earlier seals stay valid.

    field       unique in the document.
    name        who signed, as the reader sees it; reason: the meaning of the signature.
    appearance  a one-page PDF drawn into the box.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from pyhanko.stamp import StaticStampStyle

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    place = fields.SigFieldSpec(
        sig_field_name=field,
        on_page=box.page,
        box=(round(box.left), round(box.bottom), round(box.right), round(box.top)),
    )
    meta = signers.PdfSignatureMetadata(
        field_name=field,
        name=name,
        reason=reason,
        location="Trial.Link",
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    signer = signers.PdfSigner(
        meta,
        signer=_signer(),
        stamp_style=StaticStampStyle.from_pdf_file(str(appearance), border_width=0),
        new_field_spec=place,
    )
    out = io.BytesIO()
    signer.sign_pdf(writer, bytes_reserved=RESERVED, output=out)
    return out.getvalue()


def verify_seals(pdf: bytes) -> list[SealReport]:
    """Return what is found on each seal of the document, in the order they were set."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    reader = PdfFileReader(io.BytesIO(pdf))
    context = ValidationContext(trust_roots=[_own_certificate()], allow_fetching=False)
    reports = []
    for found in reader.embedded_signatures:
        status = validate_pdf_signature(found, context)
        signature = found.sig_object
        reports.append(
            SealReport(
                field=found.field_name,
                name=str(signature.get("/Name", "")),
                reason=str(signature.get("/Reason", "")),
                at=found.self_reported_timestamp,
                certificate=found.signer_cert.subject.native.get("common_name", ""),
                is_intact=status.intact and status.valid,
                is_trusted=status.trusted,
                only_seals_follow=status.docmdp_ok is not False,
            )
        )
    return reports


def _signer() -> "signers.SimpleSigner":
    path, password = _certificate_file()
    return _loaded(str(path), path.stat().st_mtime_ns, password)


@lru_cache(maxsize=2)
def _loaded(path: str, _changed: int, password: bytes) -> "signers.SimpleSigner":
    from pyhanko.sign import signers

    found = signers.SimpleSigner.load_pkcs12(path, passphrase=password)
    if found is None:
        raise ValueError(f"cannot read the signing certificate {path!r}")
    return found


def _own_certificate() -> object:
    found = _signer().signing_cert
    assert found is not None
    return found


def _certificate_file() -> tuple[Path, bytes]:
    if settings.SIGNING_P12:
        return Path(settings.SIGNING_P12), settings.SIGNING_P12_PASSWORD.encode()
    path = Path(settings.DATA_DIR) / "certificates" / "demonstration.p12"
    # The secret key of the installation opens the file; it never leaves the machine.
    password = settings.SECRET_KEY.encode()
    if not path.exists():
        _make_demonstration_certificate(path, password)
    return path, password


def _make_demonstration_certificate(path: Path, password: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, DEMONSTRATION),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trial.Link"),
        ]
    )
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * VALID_YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
                key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    content = serialization.pkcs12.serialize_key_and_certificates(
        DEMONSTRATION.encode(), key, certificate, None, serialization.BestAvailableEncryption(password)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_bytes(content)
    temporary.chmod(0o600)
    # Two processes may make one at the same time: the first to link it in wins, both read that one.
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
