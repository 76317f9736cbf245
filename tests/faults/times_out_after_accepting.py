"""Takes the batch, then the line goes dead: the sender cannot know."""

from __future__ import annotations

from mailroom.errors import ProviderError
from mailroom.model import Batch, Receipt
from mailroom.providers.outbox import Outbox


class Provider(Outbox):
    def submit(self, batch: Batch) -> Receipt:
        super().submit(batch)
        raise ProviderError("no answer within 30 s", unknown=True)
