"""Says no to everything, and means it."""

from __future__ import annotations

from mailroom.errors import ProviderError
from mailroom.model import Batch, Receipt
from mailroom.providers.outbox import Outbox


class Provider(Outbox):
    def submit(self, batch: Batch) -> Receipt:
        raise ProviderError("the account is closed", hint="call them")
