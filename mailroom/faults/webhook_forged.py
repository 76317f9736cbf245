"""Somebody else's webhook comes first: the same event under a signature that is not Lob's."""

import dataclasses
from collections.abc import Sequence

from mailroom.faults import Webhook, sign


def deliver(webhook: Webhook) -> Sequence[Webhook]:
    """Signed with a guessed secret; the true one follows."""
    forged = sign("secret", webhook.timestamp, webhook.body + b" ")
    return (dataclasses.replace(webhook, signature=forged), webhook)
