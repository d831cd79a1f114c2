"""Whom to trust, and what to show: TLS contexts."""

import logging
import os
import ssl
import sys
from pathlib import Path

from jackfield.errors import ConfigError
from jackfield_httpx.settings import HttpxSettings

_log = logging.getLogger(__name__)

_BUNDLES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)
"""Where systems keep their authorities, for a Python that was built on another one."""


def tls_context(settings: HttpxSettings) -> ssl.SSLContext:
    """Return the TLS context that the settings ask for.

    Raises:
        ConfigError: A file is missing or is no certificate.
    """
    try:
        if settings.ca_file is not None:
            context = ssl.create_default_context(cafile=settings.ca_file)
        else:
            context = _system_context()
        if settings.client_cert is not None:
            context.load_cert_chain(settings.client_cert, settings.client_key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"A certificate file of the transport cannot be used: {error}.",
            hint="Check `ca_file`, `client_cert` and `client_key`: PEM files that exist.",
        ) from error
    context.set_alpn_protocols(["h2", "http/1.1"] if settings.http2 else ["http/1.1"])
    if not settings.verify:
        _log.warning("Certificates are not checked: anybody on the way can read everything.")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _system_context() -> ssl.SSLContext:
    """Trust whom SSL_CERT_FILE or SSL_CERT_DIR name, else whom the system does."""
    if file := os.environ.get("SSL_CERT_FILE"):
        return ssl.create_default_context(cafile=file)
    if folder := os.environ.get("SSL_CERT_DIR"):
        return ssl.create_default_context(capath=folder)
    if sys.platform in ("win32", "darwin"):
        import truststore  # noqa: PLC0415 - there only: OpenSSL knows nothing of their keychains

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    found = next((each for each in _BUNDLES if Path(each).is_file()), None)
    if found and not _has_authorities(ssl.get_default_verify_paths()):
        context.load_verify_locations(found)
    return context


def _has_authorities(paths: ssl.DefaultVerifyPaths) -> bool:
    folder = Path(paths.openssl_capath)
    return Path(paths.openssl_cafile).is_file() or (folder.is_dir() and any(folder.glob("*.0")))
