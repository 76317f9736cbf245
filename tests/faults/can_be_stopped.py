"""Has begun with the batch, and can still take all of it back."""

from __future__ import annotations

from mailroom.model import Receipt, Status
from mailroom.providers.outbox import Outbox


class Provider(Outbox):
    def find(self, key: str) -> Receipt | None:
        return Receipt(ref=key, status=Status.SENDING, raw="queued, not begun to print")

    def cancel(self, key: str) -> Receipt:
        return Receipt(ref=key, status=Status.CANCELLED, raw="nothing was made")
