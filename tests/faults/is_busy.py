"""Does not take the batch now; it may later."""

from __future__ import annotations

from mailroom.errors import ProviderError
from mailroom.model import Batch, Receipt
from mailroom.providers.outbox import Outbox


class Provider(Outbox):
    def submit(self, batch: Batch) -> Receipt:
        raise ProviderError("the printer is busy", retryable=True)
