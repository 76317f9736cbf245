"""The corridor: the only package that knows all stages; one module a verb.

    collect -> verify -> prepare -> approve -> send -> track, cancel, batch, returns, status

Each verb is one straight function. Left of `approve` everything is free and repeatable;
right of it the intent is written down before anything is called.
"""

from __future__ import annotations

from mailroom.pipeline.approve import approve, proof
from mailroom.pipeline.batch import batch, batches, settle
from mailroom.pipeline.cancel import cancel
from mailroom.pipeline.collect import choose, people, take_in
from mailroom.pipeline.labels import labels
from mailroom.pipeline.prepare import prepare
from mailroom.pipeline.returns import returns
from mailroom.pipeline.send import send
from mailroom.pipeline.sheets import sheets
from mailroom.pipeline.status import all_mailings, status
from mailroom.pipeline.track import track, under_way
from mailroom.pipeline.verify import verified_so_far, verify, vouch
from mailroom.pipeline.vouching import vouch_for, withdraw_word

__all__ = [
    "all_mailings",
    "approve",
    "batch",
    "batches",
    "cancel",
    "choose",
    "labels",
    "people",
    "prepare",
    "proof",
    "returns",
    "send",
    "settle",
    "sheets",
    "status",
    "take_in",
    "track",
    "under_way",
    "verified_so_far",
    "verify",
    "vouch",
    "vouch_for",
    "withdraw_word",
]
