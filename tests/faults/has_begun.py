"""Has begun with the batch: it goes on when given it again, and cannot take back what it did."""

from __future__ import annotations

from mailroom.model import Receipt, Status
from mailroom.providers.outbox import Outbox


class Provider(Outbox):
    asked = False

    def find(self, key: str) -> Receipt | None:
        if self.asked:
            return super().find(key)
        self.asked = True
        return Receipt(ref=key, status=Status.SENDING, raw="one of two files")

    def cancel(self, key: str) -> Receipt:
        return Receipt(ref=key, status=Status.UNKNOWN, raw="one of two files was made")
