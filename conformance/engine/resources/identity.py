"""The caller's account, from GetCallerIdentity at the target's own endpoint."""

from __future__ import annotations

import re

from conformance.engine.client.api import Api
from conformance.engine.core.errors import CutShort, NotRecorded
from conformance.engine.core.target import Target
from conformance.model.answer import Accepted
from conformance.model.request import Request
from conformance.wire.signing.credentials import CredentialsError

_WHO = Request((("Action", "GetCallerIdentity"), ("Version", "2011-06-15")))
_ACCOUNT = re.compile(r"[0-9]{12}", re.ASCII)


class Identity:
    """Asks once. Of a real account the number is known before the run."""

    def __init__(self, target: Target, api: Api) -> None:
        self._api = api
        self._known = target.account or None
        self._asked = bool(target.account)

    def account(self) -> str | None:
        """The account of the credentials, or None where the endpoint has no identity service."""
        if not self._asked:
            self._asked = True
            self._known = self._named()
        return self._known

    def _named(self) -> str | None:
        try:
            exchange = self._api.send(_WHO, "sts")
        except (NotRecorded, CredentialsError, CutShort):  # the next request ends what must end
            return None
        root = exchange.answer.root if exchange.answer else None
        if root is None or not isinstance(exchange.outcome, Accepted):
            return None
        named = (root.value("GetCallerIdentityResult/Account") or "").strip()
        return named if _ACCOUNT.fullmatch(named) else None
