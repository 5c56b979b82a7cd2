"""botocore's sessions. Those of one process share the data files, so each is read once."""

from __future__ import annotations

from functools import cache

from botocore.loaders import Loader, create_loader
from botocore.session import Session


def session(profile: str | None = None) -> Session:
    """A new session for a profile, or for none. Raises botocore's errors."""
    made = Session(profile=profile)
    made.register_component("data_loader", _loader(made.get_config_variable("data_path")))
    return made


@cache
def _loader(search_path: str | None) -> Loader:
    """The reader of the service models, which takes a tenth of a second for EC2's."""
    return create_loader(search_path)
