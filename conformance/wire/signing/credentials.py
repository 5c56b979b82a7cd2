"""Credentials, region and endpoint, found where every AWS tool looks for them.

The looking is botocore's: environment, shared files, profiles, single sign-on, containers and
instance metadata, in its order. What is added is a sentence of advice for each way it fails.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound


class ConfigurationError(Exception):
    """Something has to be set before a request can be sent; the text says what."""


class CredentialsError(ConfigurationError):
    """There are no credentials, or they cannot be used."""


class NoDeniedCredentialsError(CredentialsError):
    """A request was to be signed by somebody without permission, and nobody such is known."""


class UnknownProfileError(ConfigurationError):
    """The shared configuration has no profile of that name."""


class NoRegionError(ConfigurationError):
    """No region is set."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a request is signed with. Printing it shows the first letters of the key id alone.

    Raises CredentialsError for characters that no HTTP header can carry, such as the line end
    that a shell leaves behind a variable.
    """

    access_key: str
    secret_key: str
    token: str | None = None

    def __post_init__(self) -> None:
        for what, value in (("access key id", self.access_key), ("session token", self.token)):
            if value and not (value.isascii() and value.isprintable() and " " not in value):
                raise CredentialsError(
                    f"The {what} has white space or control characters in it: set it again."
                )
        if not self.access_key or not self.secret_key:
            raise CredentialsError("The credentials lack the key id or the secret: set both.")

    def __repr__(self) -> str:
        token = ", with session token" if self.token else ""
        return f"<Credentials {self.access_key[:4]}...{token}>"


CredentialSource = Credentials | Callable[[], Credentials]
"""Fixed credentials, or a function that gives those of the moment (temporary ones expire)."""


class Chain:
    """Where the settings come from: one profile (or none) and the environment."""

    def __init__(self, profile: str | None = None) -> None:
        """Read the shared configuration. Raises UnknownProfileError, ConfigurationError."""
        self._session = botocore.session.Session(profile=profile)
        try:
            self._session.get_scoped_config()
        except ProfileNotFound:
            wanted = profile or self._session.profile
            known = ", ".join(self._session.available_profiles) or "none is there"
            raise UnknownProfileError(
                f'There is no profile "{wanted}": give one of the shared configuration ({known}) '
                "with --profile or AWS_PROFILE."
            ) from None
        except BotoCoreError as error:
            raise ConfigurationError(
                f"The shared AWS configuration cannot be read ({type(error).__name__}): mend "
                "~/.aws/config and ~/.aws/credentials."
            ) from None

    def credentials(self) -> Credentials:
        """The credentials of the moment: refreshed where they are temporary.

        Pass the method itself to a client that runs for long. Raises CredentialsError.
        """
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            # A role refused, a program that isn't there, its output no JSON. The text of some of
            # these errors quotes what a credential process printed.
            raise CredentialsError(
                f"The credentials could not be fetched ({type(error).__name__}): renew them (for "
                "single sign-on: aws sso login) or name another profile with --profile."
            ) from None
        if frozen is None or not frozen.access_key or not frozen.secret_key:
            raise CredentialsError(
                "No AWS credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or name a profile that has them with --profile."
            )
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    def region(self, given: str | None = None) -> str:
        """The region: the one given, AWS_DEFAULT_REGION, the profile's or AWS_REGION.

        botocore doesn't read AWS_REGION, other SDKs do: it comes last. Raises NoRegionError.
        """
        configured = self._session.get_config_variable("region")
        found = given or configured or os.environ.get("AWS_REGION")
        if not found:
            raise NoRegionError("No region is set: give it with --region or AWS_DEFAULT_REGION.")
        return str(found)

    def endpoint(self, service: str = "ec2", region: str | None = None) -> str:
        """Where a service is: a configured endpoint, else that of AWS in the region.

        AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL, the profile's services section and its
        endpoint_url are botocore's to weigh. Raises NoRegionError, ConfigurationError.
        """
        where = self.region(region)
        try:
            client = self._session.create_client(
                service,
                region_name=where,
                # Never used: without them the client would go looking for credentials.
                aws_access_key_id="none",
                aws_secret_access_key="none",
            )
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(
                f"No endpoint for {service} in {where} ({type(error).__name__}): mend --region, "
                "AWS_ENDPOINT_URL or the profile's endpoint_url."
            ) from None
        return str(client.meta.endpoint_url)

    def verify(self) -> bool | str:
        """The certificates to trust: AWS_CA_BUNDLE or the profile's ca_bundle, else the usual."""
        return self._session.get_config_variable("ca_bundle") or True
