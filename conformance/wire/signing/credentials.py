"""Credentials, region and endpoint, found where every AWS tool finds them.

botocore does the search: environment, shared files, profiles, single sign-on, containers, instance
metadata. Each failure becomes a sentence that says how to correct it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
from botocore.session import Session

from conformance.wire.botocore_session import session


class ConfigurationError(Exception):
    """A setting is missing or wrong. The text says how to correct it."""


class CredentialsError(ConfigurationError):
    """There are no usable credentials."""


class NoDeniedCredentialsError(CredentialsError):
    """A request needs credentials with fewer permissions, and none are configured."""


class UnknownProfileError(ConfigurationError):
    """The shared configuration has no profile of that name."""


class NoRegionError(ConfigurationError):
    """No region is set."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """Credentials to sign with. The printed form has only the first letters of the key id.

    Raises CredentialsError for characters that no HTTP header can hold, such as a line end.
    """

    access_key: str
    secret_key: str
    token: str | None = None

    def __post_init__(self) -> None:
        for what, value in (("access key id", self.access_key), ("session token", self.token)):
            if value and not (value.isascii() and value.isprintable() and " " not in value):
                raise CredentialsError(
                    f"The {what} contains white space or control characters: set it again."
                )
        if not self.access_key or not self.secret_key:
            raise CredentialsError("The credentials lack the key id or the secret: set both.")

    def __repr__(self) -> str:
        token = ", with session token" if self.token else ""
        return f"<Credentials {self.access_key[:4]}...{token}>"


class CurrentCredentials:
    """The current credentials of a profile, for a client that runs for long.

    botocore refreshes temporary ones before they expire.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def __call__(self) -> Credentials:
        """The credentials to sign with now. Raises CredentialsError."""
        return self._chain.credentials()

    def renew(self) -> bool:
        """Search for credentials again, since the target says that their session is over.

        Returns whether others were found. Raises CredentialsError.
        """
        before = self()
        self._chain.forget()
        return self() != before


CredentialSource = Credentials | Callable[[], Credentials]
"""Fixed credentials, or a function that returns current ones (temporary ones expire)."""


class Chain:
    """The settings of one profile, or of none, and of the environment."""

    def __init__(self, profile: str | None = None) -> None:
        """Read the shared configuration. Raises UnknownProfileError, ConfigurationError."""
        self._profile = profile
        try:
            self._session = session(profile)
            self._session.get_scoped_config()
        except ProfileNotFound:
            plain = Session(profile=profile)
            wanted = profile or plain.profile
            known = ", ".join(plain.available_profiles) or "none is there"
            raise UnknownProfileError(
                f'There is no profile "{wanted}": give one of the shared configuration ({known}) '
                "with --profile or AWS_PROFILE."
            ) from None
        except BotoCoreError as error:
            raise ConfigurationError(
                f"The shared AWS configuration cannot be read ({type(error).__name__}): correct "
                "~/.aws/config and ~/.aws/credentials."
            ) from None

    def credentials(self) -> Credentials:
        """The current credentials; temporary ones are refreshed. Raises CredentialsError."""
        try:
            found = self._session.get_credentials()
            frozen = found.get_frozen_credentials() if found else None
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            # A denied role, a missing credential process, output that is no JSON. The text of
            # some errors quotes the output of a credential process, so it is not used.
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

    def forget(self) -> None:
        """Forget the credentials: the next call searches for them again."""
        self._session = Session(profile=self._profile)

    def region(self, given: str | None = None) -> str:
        """The region: ``given``, AWS_DEFAULT_REGION, the profile's or AWS_REGION.

        AWS_REGION comes last: botocore ignores it, other SDKs read it. Raises NoRegionError.
        """
        configured = self._session.get_config_variable("region")
        found = given or configured or os.environ.get("AWS_REGION")
        if not found:
            raise NoRegionError("No region is set: give it with --region or AWS_DEFAULT_REGION.")
        return str(found)

    def endpoint(self, service: str = "ec2", region: str | None = None) -> str:
        """The URL of a service: a configured endpoint, else AWS's in the region.

        botocore reads AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL, the profile's services section and
        its endpoint_url. Raises NoRegionError, ConfigurationError.
        """
        where = self.region(region)
        try:
            client = self._session.create_client(
                service,
                region_name=where,
                # Not used, but without them botocore would search for credentials.
                aws_access_key_id="none",
                aws_secret_access_key="none",
            )
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(
                f"No endpoint for {service} in {where} ({type(error).__name__}): correct --region, "
                "AWS_ENDPOINT_URL or the profile's endpoint_url."
            ) from None
        return str(client.meta.endpoint_url)

    def verify(self) -> bool | str:
        """The certificates to trust: AWS_CA_BUNDLE, the profile's ca_bundle, or the default."""
        return self._session.get_config_variable("ca_bundle") or True
