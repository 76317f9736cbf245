"""What every provider promises, as functions: run them against yours.

    @pytest.mark.parametrize("promise", PROMISES, ids=lambda each: each.__name__)
    def test_it_keeps_its_promises(promise, tmp_path):
        promise(Candidate(name="parcels", reopen=..., made=..., folder=tmp_path))

A promise that is not kept is an AssertionError. Each is asked of a provider that has not been
given anything yet. docs/providers.md tells what they are for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from mailroom.dev.samples import sample_batch
from mailroom.errors import EnvironmentProblem, ProviderError, Refused
from mailroom.formats import FORMATS
from mailroom.model import Batch, Order, Receipt, Status
from mailroom.providers import Provider, Teller

MakeBatch = Callable[[Path, str, int], Batch]
"""Makes a batch of one piece: a folder for its files, its key, the number of the piece."""

KEY, OTHER_KEY = "0123456789abcdef", "fedcba9876543210"
STARTED = (Status.ACCEPTED, Status.PRINTED)

_RATES = """\
[[rate]]
provider = "{name}"
what = "{what}"
per = "{per}"
price = "{price}"
currency = "GBP"
valid_from = 2026-01-01
source = "a price list"
"""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A provider to be tried."""

    name: str
    reopen: Callable[[], Provider]  #: a new object each time, as after a crash
    made: Callable[[], int]  #: how many batches came out at the other end
    folder: Path  #: the workspace it was opened for; the trial writes there, too
    make: MakeBatch = sample_batch
    format: str = "card-5x7"  #: one that it makes, for the quote
    called_back: Status = Status.CANCELLED
    """What it answers when a batch is cancelled that it has taken: CANCELLED or UNKNOWN."""

    def batch(self, key: str = KEY, number: int = 1) -> Batch:
        """A batch of one piece under that key."""
        return self.make(self.folder / f"files of {key}", key, number)

    def found(self, key: str = KEY) -> Receipt:
        """What it knows of the key after a crash; it must know something."""
        receipt = self.reopen().find(key)
        assert receipt, f"after a crash it does not find {key}"
        return receipt


Promise = Callable[[Candidate], None]


def it_has_the_name_it_is_opened_by(it: Candidate) -> None:
    """The ledger writes down the one and opens the other."""
    assert it.reopen().name == it.name


def its_formats_are_known_ones_and_pass_its_own_check(it: Candidate) -> None:
    """What it says that it can make it does not refuse."""
    provider = it.reopen()
    able = provider.capabilities()
    assert able.formats, "it makes nothing"
    assert set(able.formats) <= set(FORMATS), "it makes what mailroom does not know"
    assert able.max_pieces is None or able.max_pieces >= 1
    for name in able.formats:
        provider.check(FORMATS[name], {})


def a_quote_is_what_the_workspace_s_rates_say(it: Candidate) -> None:
    """Nobody guesses a price."""
    rows = (("print", "piece", "0.50"), ("postage", "domestic", "0.91"))
    rates = (*rows, ("postage", "abroad", "2.80"))
    text = "".join(_RATES.format(name=it.name, what=w, per=p, price=x) for w, p, x in rates)
    (it.folder / "rates.toml").write_text(text, encoding="utf-8")
    quote = it.reopen().quote(_order(it))
    assert (quote.total, quote.currency, quote.pieces) == (Decimal("19.77"), "GBP", 10)
    assert sum(line.sum for line in quote.lines) == quote.total
    assert not quote.missing


def without_a_rate_a_quote_says_what_is_missing(it: Candidate) -> None:
    """No rate is no zero."""
    quote = it.reopen().quote(_order(it))
    assert quote.total == 0
    assert quote.missing == (("print and postage", "piece"),)


def what_is_submitted_is_found_by_its_key_after_a_crash(it: Candidate) -> None:
    """`find` is what a crash is mended with."""
    batch = it.batch()
    receipt = it.reopen().submit(batch)
    assert receipt.status in STARTED
    assert receipt.ref
    found = it.found()
    assert (found.ref, found.status) == (receipt.ref, receipt.status)


def the_same_batch_is_made_once_however_often_it_is_submitted(it: Candidate) -> None:
    """The promise that the whole house stands on."""
    batch, provider = it.batch(), it.reopen()
    refs = {each.submit(batch).ref for each in (provider, provider, it.reopen())}
    assert len(refs) == 1
    assert it.made() == 1


def two_batches_are_two(it: Candidate) -> None:
    """Another key is another batch."""
    provider = it.reopen()
    refs = {provider.submit(it.batch(key, n)).ref for n, key in enumerate((KEY, OTHER_KEY), 1)}
    assert len(refs) == 2
    assert it.made() == 2


def a_key_that_was_never_sent_is_not_found(it: Candidate) -> None:
    """None means that it may be sent: it must be true."""
    provider = it.reopen()
    assert provider.find("never") is None
    provider.submit(it.batch())
    assert provider.find("never") is None


def its_own_word_for_the_status_stands_beside_ours(it: Candidate) -> None:
    """What a person asks the provider about."""
    assert it.reopen().submit(it.batch()).raw


def other_files_under_the_same_key_are_refused_and_nothing_is_made_of_them(it: Candidate) -> None:
    """Whoever was approved is posted, and nobody else under his name."""
    batch, provider = it.batch(), it.reopen()
    receipt = provider.submit(batch)
    batch.files[0].write_bytes(it.batch("somebody else", 1).files[0].read_bytes())
    for each in (provider, it.reopen()):
        with _refusing("other files") as error:
            each.submit(batch)
        assert not error[0].unknown
        assert not error[0].retryable
    assert it.found().status is receipt.status
    assert it.made() == 1


def a_key_never_seen_can_be_cancelled_and_stays_so(it: Candidate) -> None:
    """A person's no counts, also before anything was sent."""
    for key in ("never", KEY):
        assert it.reopen().cancel(key).status is Status.CANCELLED
        assert it.found(key).status is Status.CANCELLED
        assert it.reopen().submit(it.batch(key)).status is Status.CANCELLED


def what_is_cancelled_before_it_was_submitted_is_never_made(it: Candidate) -> None:
    """Not by the same process, and not by another."""
    batch, provider = it.batch(), it.reopen()
    provider.cancel(KEY)
    for each in (provider, it.reopen()):
        assert each.submit(batch).status is Status.CANCELLED
    assert it.made() == 0


def what_was_taken_and_is_cancelled_afterwards_is_told_as_it_is(it: Candidate) -> None:
    """CANCELLED only where provably nothing was made."""
    provider = it.reopen()
    provider.submit(it.batch())
    assert {provider.cancel(KEY).status, it.reopen().cancel(KEY).status} == {it.called_back}
    assert it.found().status in (Status.PRINTED, it.called_back)


def to_cancel_one_batch_leaves_the_others_alone(it: Candidate) -> None:
    """The one that was not meant is posted."""
    provider = it.reopen()
    provider.submit(it.batch())
    provider.submit(it.batch(OTHER_KEY, 2))
    provider.cancel(OTHER_KEY)
    assert it.found().status in STARTED


def a_call_that_nobody_has_signed_is_refused(it: Candidate) -> None:
    """Of those that take webhooks; without a secret none is taken at all."""
    provider: object = it.reopen()
    if isinstance(provider, Teller):
        for body in (b"", b"{}", b"\xff"):
            try:
                provider.parse_webhook({}, body, dt.datetime.now(dt.UTC))
            except (Refused, EnvironmentProblem):
                continue
            raise AssertionError("it takes a call that nobody has signed")


PROMISES: tuple[Promise, ...] = (
    it_has_the_name_it_is_opened_by,
    its_formats_are_known_ones_and_pass_its_own_check,
    a_quote_is_what_the_workspace_s_rates_say,
    without_a_rate_a_quote_says_what_is_missing,
    what_is_submitted_is_found_by_its_key_after_a_crash,
    the_same_batch_is_made_once_however_often_it_is_submitted,
    two_batches_are_two,
    a_key_that_was_never_sent_is_not_found,
    its_own_word_for_the_status_stands_beside_ours,
    other_files_under_the_same_key_are_refused_and_nothing_is_made_of_them,
    a_key_never_seen_can_be_cancelled_and_stays_so,
    what_is_cancelled_before_it_was_submitted_is_never_made,
    what_was_taken_and_is_cancelled_afterwards_is_told_as_it_is,
    to_cancel_one_batch_leaves_the_others_alone,
    a_call_that_nobody_has_signed_is_refused,
)
"""All of them."""


def _order(it: Candidate) -> Order:
    return Order(
        provider=it.name,
        format=it.format,
        pieces=10,
        abroad=3,
        pages=20,
        day=dt.date(2026, 11, 23),
    )


@contextmanager
def _refusing(words: str) -> Iterator[list[ProviderError]]:
    """The block must end in a ProviderError that says so; it is in the list afterwards."""
    caught: list[ProviderError] = []
    try:
        yield caught
    except ProviderError as error:
        caught.append(error)
    assert caught, f"it is not refused with {words!r}"
    assert words in str(caught[0]), f"it does not say {words!r}"
