"""`staygreen dkim`: a key pair of our own for SES, whose private half no one sees.

SES takes the private key as base64 of PKCS #1 or PKCS #8 without header lines,
1024 or 2048 bits (SES API v2, DkimSigningAttributes, verified 2026-11-24).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from staygreen.cli import aws_errors
from staygreen.cli.output import print_text
from staygreen.core.naming import dkim_secret
from staygreen.core.records.name import is_host_name, is_label

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

app = typer.Typer(no_args_is_help=True, help="DKIM keys of our own (BYODKIM).")


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app, name="dkim")


@app.callback()
def group() -> None:
    """DKIM keys of our own (BYODKIM)."""


@app.command("new")
def new(  # noqa: PLR0917 - Typer makes options of them
    domain: Annotated[str, typer.Argument(help="The domain that signs.")],
    selector: Annotated[str, typer.Argument(help="The new selector, such as s2026a.")],
    bits: Annotated[int, typer.Option(help="1024 or 2048: what SES takes.")] = 2048,
    name: Annotated[
        str, typer.Option(help=f"Secrets Manager name; {dkim_secret('DOMAIN', 'SELECTOR')} when absent.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the private key to this new file (mode 600) instead of Secrets Manager.")
    ] = None,
    region: Annotated[str, typer.Option(help="AWS region of the secret; the environment's when absent.")] = "",
) -> None:
    """Make a key pair, store the private half, print the lines for the configuration."""
    _check_usage(domain, selector, bits)
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    secret = name or dkim_secret(domain, selector)
    if out:
        _write(out, private_text(key))
        print_text(f"private key: {out}; store its one line as the secret {secret}", err=True)
    else:
        _store(secret, private_text(key), region, f"DKIM private key of {domain}, selector {selector}")
        print_text(f"private key: secret {secret}", err=True)
    print_text(config_lines(selector, public_text(key), secret))


def private_text(key: RSAPrivateKey) -> str:
    """Return the private key as SES takes it: base64 of PKCS #8 DER, one line."""
    from cryptography.hazmat.primitives import serialization as form

    der = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    return base64.b64encode(der).decode()


def public_text(key: RSAPrivateKey) -> str:
    """Return the public key as the configuration and the record have it: base64 of SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives import serialization as form

    der = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def config_lines(selector: str, public_key: str, secret: str) -> str:
    """Return what to paste under the domain's block; published, not yet signing."""
    return "\n".join(
        (
            "[[domain.dkim.selectors]]",
            f'name = "{selector}"',
            f'public_key = "{public_key}"',
            f'secret = "{secret}"',
            "signing = false   # true once the record is seen in DNS everywhere",
        )
    )


def _check_usage(domain: str, selector: str, bits: int) -> None:
    if not is_host_name(domain):
        raise typer.BadParameter(f'"{domain}" is not a domain name: lower case, no trailing dot')
    if not is_label(selector):
        raise typer.BadParameter(f'"{selector}" is not one label of lower-case letters, digits and inner hyphens')
    if bits not in (1024, 2048):
        raise typer.BadParameter("SES takes keys of 1024 or 2048 bits")


def _write(path: Path, text: str) -> None:
    try:
        # Exclusive, and private from the first byte on.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")


def _store(name: str, text: str, region: str, description: str) -> None:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("secretsmanager", region_name=region or None)
        # Never overwrites: a key that signs today is not to be lost by a typing error.
        client.create_secret(Name=name, SecretString=text, Description=description)
    except ClientError as error:
        print_text(f"Secrets Manager refused {name}: {error.response['Error']['Code']}", err=True)
        raise typer.Exit(3) from error
    except BotoCoreError as error:
        print_text(aws_errors.about("Secrets Manager", error), err=True)
        raise typer.Exit(3) from error
