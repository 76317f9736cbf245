"""The corridor: the only package that knows all stages; one module a verb.

    take_in -> collect -> verify -> prepare -> approve -> send
                                    -> track, cancel, batch, returns, status

Each verb is one straight function. Left of `approve` everything is free and repeatable;
right of it the intent is written down before anything is called.
"""

from __future__ import annotations

from mailroom.pipeline.approve import approve, proof
from mailroom.pipeline.batch import batch, batches, settle
from mailroom.pipeline.cancel import cancel
from mailroom.pipeline.clean import clean_list, count_all, list_path, people
from mailroom.pipeline.collect import choose
from mailroom.pipeline.decide import answer, asked
from mailroom.pipeline.due import due
from mailroom.pipeline.duplicates import answer as answer_doubt
from mailroom.pipeline.duplicates import duplicates
from mailroom.pipeline.holds import hold, holds, release, suppress
from mailroom.pipeline.labels import labels
from mailroom.pipeline.mapping import list_sources, mapping, remembered, restore, set_columns
from mailroom.pipeline.prepare import prepare
from mailroom.pipeline.returns import returns
from mailroom.pipeline.send import send
from mailroom.pipeline.sheets import sheets
from mailroom.pipeline.status import all_mailings, status
from mailroom.pipeline.take_all import Batch, exports_in, take_all
from mailroom.pipeline.take_in import read_again, read_waiting, take_in
from mailroom.pipeline.track import track, under_way
from mailroom.pipeline.verify import verified_so_far, verify, vouch
from mailroom.pipeline.vouching import vouch_for, withdraw_word
from mailroom.pipeline.watch import watch

__all__ = [
    "Batch",
    "all_mailings",
    "answer",
    "answer_doubt",
    "approve",
    "asked",
    "batch",
    "batches",
    "cancel",
    "choose",
    "clean_list",
    "count_all",
    "due",
    "duplicates",
    "exports_in",
    "hold",
    "holds",
    "labels",
    "list_path",
    "list_sources",
    "mapping",
    "people",
    "prepare",
    "proof",
    "read_again",
    "read_waiting",
    "release",
    "remembered",
    "restore",
    "returns",
    "send",
    "set_columns",
    "settle",
    "sheets",
    "status",
    "suppress",
    "take_all",
    "take_in",
    "track",
    "under_way",
    "verified_so_far",
    "verify",
    "vouch",
    "vouch_for",
    "watch",
    "withdraw_word",
]
