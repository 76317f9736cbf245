"""A webhook that was overheard is played again, an hour old; its signature is good."""

from collections.abc import Sequence

from mailroom.faults import Webhook


def deliver(webhook: Webhook) -> Sequence[Webhook]:
    """The old one first; the true one follows."""
    return (webhook.at(str(int(webhook.timestamp) - 3600)), webhook)
