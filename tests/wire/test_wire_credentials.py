"""The client finds settings where botocore does, and explains missing ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.wire.signing.credentials import (
    Chain,
    ConfigurationError,
    CredentialsError,
    NoRegionError,
    UnknownProfileError,
)

CONFIG = """
[default]
region = eu-west-1

[profile local]
region = us-west-2
services = here
endpoint_url = http://127.0.0.1:1111

[services here]
ec2 =
  endpoint_url = http://127.0.0.1:2222

[profile dangling]
services = nowhere
region = us-west-2

[profile failing]
credential_process = /nonexistent/program planted-secret
"""
SHARED = """
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = planted-secret
[local]
aws_access_key_id = AKIALOCAL
aws_secret_access_key = planted-secret
aws_session_token = planted-token
"""


@pytest.fixture(autouse=True)
def shared_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    for name, variable, text in (
        ("config", "AWS_CONFIG_FILE", CONFIG),
        ("credentials", "AWS_SHARED_CREDENTIALS_FILE", SHARED),
    ):
        (tmp_path / name).write_text(text)
        monkeypatch.setenv(variable, str(tmp_path / name))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_profile_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Chain().credentials().access_key == "AKIADEFAULT"
    assert Chain().region() == "eu-west-1"
    local = Chain("local")
    assert local.credentials().token == "planted-token"
    assert "planted" not in repr(local.credentials()) + str(local.credentials())
    assert (local.region(), local.region("ap-south-1")) == ("us-west-2", "ap-south-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted-secret")
    assert Chain().credentials().access_key == "AKIAENV"


def test_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Chain("local").endpoint() == "http://127.0.0.1:2222"
    assert Chain("local").endpoint("sts") == "http://127.0.0.1:1111"
    assert Chain().endpoint() == "https://ec2.eu-west-1.amazonaws.com"
    assert Chain().endpoint(region="cn-north-1").endswith("amazonaws.com.cn")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:3333")
    assert Chain("local").endpoint() == "http://127.0.0.1:3333"
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:4444")
    assert Chain("local").endpoint() == "http://127.0.0.1:4444"


def test_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UnknownProfileError, match=r'"nobody".*local.*--profile'):
        Chain("nobody")
    with pytest.raises(ConfigurationError, match="endpoint_url"):
        Chain("dangling").endpoint()
    with pytest.raises(CredentialsError, match="renew") as failed:
        Chain("failing").credentials()
    assert "planted" not in str(failed.value)
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(UnknownProfileError, match='"missing"'):
        Chain()
    monkeypatch.delenv("AWS_PROFILE")
    (tmp_path / "config").write_text("")
    (tmp_path / "credentials").write_text("")
    with pytest.raises(NoRegionError, match="--region"):
        Chain().region()
    with pytest.raises(CredentialsError, match="AWS_ACCESS_KEY_ID"):
        Chain().credentials()
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert Chain().region() == "eu-north-1"
    (tmp_path / "config").write_text("[broken")
    with pytest.raises(ConfigurationError, match="correct"):
        Chain()


def test_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Chain().verify() is True
    monkeypatch.setenv("AWS_CA_BUNDLE", "/some/bundle.pem")
    assert Chain().verify() == "/some/bundle.pem"
