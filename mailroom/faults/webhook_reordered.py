"""A webhook is held back, so that later ones overtake it."""

import dataclasses
from collections.abc import Sequence

from mailroom.faults import Webhook

SECONDS = 0.5


def deliver(webhook: Webhook) -> Sequence[Webhook]:
    """Half a second late."""
    return (dataclasses.replace(webhook, wait=SECONDS),)
