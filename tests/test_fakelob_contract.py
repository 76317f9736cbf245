"""Every verb of the fake Lob, also its refusals, keeps to Lob's own document.

Prism stands between and checks both directions: a request that Lob's document does not allow
is a 422 with a list of violations, an answer that it does not allow is a 500.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from mailroom.dev.fakelob import Running
from mailroom.dev.verifications import MAGIC
from tests.lob_batches import LIVE_KEY
from tests.lob_fixtures import LETTER, Caller, address, calling, pdf

pytestmark = pytest.mark.slow

DAY = 86_400
ABROAD = {"address_state": "", "address_zip": "10115", "address_city": "Berlin"}
GERMANY = {**ABROAD, "address_country": "DE"}
PERSON = {
    "name": "Ann Lee",
    "address_line1": "12 Main Street",
    "address_city": "Troy",
    "address_state": "NY",
    "address_zip": "12180",
}


@pytest.fixture
def checked(prism: tuple[str, Running]) -> Iterator[Caller]:
    with calling(prism[0], timeout=60) as caller:
        yield caller


@pytest.fixture
def fake(prism: tuple[str, Running]) -> Running:
    return prism[1]


def is_kept(answer: httpx.Response, status: int = 200, code: str = "") -> httpx.Response:
    """Prism has nothing against it, and it is what the fake itself said."""
    assert "sl-violations" not in answer.headers, answer.headers["sl-violations"]
    assert answer.headers.get("request-id"), answer.text
    assert answer.status_code == status, answer.text
    if code:
        assert answer.json()["error"]["code"] == code
    return answer


def test_a_postcard_is_posted_shown_listed_and_called_back(checked: Caller) -> None:
    made = is_kept(checked.post(key="one", **{"metadata[mailroom_piece]": "p1"})).json()
    assert is_kept(checked.post(key="one")).json()["id"] == made["id"]
    path = f"/postcards/{made['id']}"
    assert is_kept(checked.get(path)).json()["metadata"] == {"mailroom_piece": "p1"}
    listed = checked.get("/postcards", **{"metadata[mailroom_piece]": "p1", "limit": "100"})
    assert [piece["id"] for piece in is_kept(listed).json()["data"]] == [made["id"]]
    assert is_kept(checked.delete(path)).json() == {"id": made["id"], "deleted": True}
    assert is_kept(checked.get(path)).json()["deleted"] is True


@pytest.mark.parametrize("size", ["6x9", "6x11"])
def test_bigger_postcards_may_go_by_standard_mail(checked: Caller, size: str) -> None:
    art = pdf(666 if size == "6x9" else 810, 450)
    answer = checked.post(
        size=size, mail_type="usps_standard", files={"front": art, "back": art}, **address("from")
    )
    assert is_kept(answer).json()["from"]["name"] == "ANN LEE"


@pytest.mark.parametrize("placement", ["top_first_page", "insert_blank_page"])
def test_letters_are_posted_tracked_and_called_back(
    checked: Caller, fake: Running, placement: str
) -> None:
    wish = {"color": "true", "double_sided": "false", "address_placement": placement}
    kept = is_kept(checked.post("letters", **wish)).json()
    gone = is_kept(checked.post("letters", **wish)).json()
    is_kept(checked.delete(f"/letters/{gone['id']}"))
    fake.state.advance(30 * DAY)
    shown = is_kept(checked.get(f"/letters/{kept['id']}")).json()
    assert shown["tracking_events"][-1]["name"] == "Delivered"
    is_kept(checked.get("/letters", limit="2"))


def test_certified_letters_are_tracked_in_their_own_words(checked: Caller, fake: Running) -> None:
    """Before its first event a certified letter is a regular one, too, for Lob's document, which
    allows one of the two only: no server can answer that. So it is posted past Prism."""
    with calling(fake.base_url) as beside:
        made = beside.post("letters", extra_service="certified").json()
    fake.state.advance(30 * DAY)
    shown = is_kept(checked.get(f"/letters/{made['id']}")).json()
    assert shown["tracking_events"][-1]["details"]["event"] == "delivered"


def test_a_return_envelope_needs_its_perforated_page(checked: Caller) -> None:
    """In JSON: in a form `true` is both a boolean and a string, and the document wants one."""
    letter = {
        "to": PERSON,
        "from": PERSON,
        "file": "<p>A quiet winter</p>",
        "color": False,
        "use_type": "operational",
        "return_envelope": True,
    }
    code = "invalid_perforation_return_envelope"
    is_kept(checked.http.post("/letters", json=letter), 422, code)
    whole = {**letter, "perforated_page": 1}
    assert is_kept(checked.http.post("/letters", json=whole)).json()["return_envelope"] is True


def test_a_self_mailer_is_posted_tracked_and_called_back(checked: Caller, fake: Running) -> None:
    art = {"inside": pdf(1314, 450), "outside": pdf(1314, 450)}
    kept = is_kept(checked.post("self_mailers", files=art)).json()
    gone = is_kept(checked.post("self_mailers", files=art)).json()
    is_kept(checked.delete(f"/self_mailers/{gone['id']}"))
    fake.state.advance(30 * DAY)
    assert is_kept(checked.get(f"/self_mailers/{kept['id']}")).json()["tracking_events"]
    is_kept(checked.get("/self_mailers"))


def test_json_is_taken_as_well_as_forms(checked: Caller) -> None:
    page = "<p>A quiet winter</p>"
    content = {"to": PERSON, "front": page, "back": page, "use_type": "operational", "metadata": {}}
    made = is_kept(checked.http.post("/postcards", json=content)).json()
    assert made["to"]["address_line1"] == "12 MAIN STREET"


@pytest.mark.parametrize("country", ["DE", "GB", "KR", "CD", "VA", "ST", "LC", "CI", "TR"])
def test_countries_have_the_long_names_of_the_document(checked: Caller, country: str) -> None:
    to = {**ABROAD, "address_country": country}
    made = is_kept(checked.post(to=to, **address("from"))).json()
    assert len(made["to"]["address_country"]) > 2


def test_mail_is_delivered_or_comes_back(checked: Caller, fake: Running) -> None:
    home = is_kept(checked.post()).json()["id"]
    back = is_kept(checked.post(to={"address_line2": "Comes back"})).json()["id"]
    away = is_kept(checked.post(to=GERMANY, **address("from"))).json()["id"]
    fake.state.advance(30 * DAY)
    last = [
        is_kept(checked.get(f"/postcards/{piece}")).json()["tracking_events"][-1]["name"]
        for piece in (home, back, away)
    ]
    assert last == ["Delivered", "Returned to Sender", "International Exit"]


def test_a_piece_that_cannot_be_rendered_says_why(checked: Caller) -> None:
    made = is_kept(checked.post(description="render fails")).json()
    shown = is_kept(checked.get(f"/postcards/{made['id']}")).json()
    assert shown["status"] == "failed"
    assert shown["failure_reason"]["remediation"]


def test_every_filter_and_cursor_of_a_list_is_taken(checked: Caller) -> None:
    for _ in range(3):
        is_kept(checked.post(send_date="", **{"metadata[run]": "lists"}))
    filters = {"metadata[run]": "lists", "limit": "2", "include[]": "total_count"}
    first = is_kept(checked.get("/postcards", **filters)).json()
    assert first["total_count"] == 3
    after = httpx.URL(first["next_url"]).params["after"]
    second = is_kept(checked.get("/postcards", **filters, after=after)).json()
    assert second["count"] == 1
    is_kept(checked.get("/postcards", status="rendered", mail_type="usps_first_class"))
    is_kept(checked.get("/postcards", **{"date_created[gt]": "2020-01-01T00:00:00Z"}))


@pytest.mark.parametrize("line", [*MAGIC, "1 no magic at all"])
def test_us_addresses_are_answered_in_lobs_shape(checked: Caller, line: str) -> None:
    fields = {"primary_line": line, "zip_code": "11111"}
    single = is_kept(checked.verify("us_verifications", fields)).json()
    bulk = is_kept(checked.verify("bulk/us_verifications", {"addresses": [fields] * 20})).json()
    assert bulk["addresses"][0] == single
    assert bulk["errors"] is False
    is_kept(checked.verify("us_verifications", {"address": line}))


@pytest.mark.parametrize(
    "line", ["deliverable", "deliverable missing info", "undeliverable", "no match", "370 Water St"]
)
def test_addresses_abroad_are_answered_in_lobs_shape(checked: Caller, line: str) -> None:
    fields = {"primary_line": line, "country": "CA", "city": "Summerside", "state": "PE"}
    single = is_kept(checked.verify("intl_verifications", fields)).json()
    bulk = is_kept(checked.verify("bulk/intl_verifications", {"addresses": [fields]})).json()
    assert bulk["addresses"] == [single]


def test_a_live_key_has_its_addresses_looked_up(prism: tuple[str, Running]) -> None:
    with calling(prism[0], key=LIVE_KEY) as live:
        fields = {"primary_line": "210 King Street", "zip_code": "94107", "recipient": "Lob"}
        assert is_kept(live.verify("us_verifications", fields)).json()["recipient"] == "LOB"
        abroad = {"primary_line": "370 Water St", "country": "CA", "postal_code": "C1N 1C4"}
        is_kept(live.verify("intl_verifications", abroad))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"metadata[a]": "b" * 501}, "invalid"),
        ({"send_date": "2099-01-01"}, "invalid"),
        ({"to[address_line2]": "x" * 60}, "address_length_exceeds_limit"),
        ({"mail_type": "usps_standard"}, "invalid"),
        ({"colour": "true"}, "invalid"),
    ],
)
def test_what_only_lob_itself_refuses_is_refused_in_its_shape(
    checked: Caller, fields: dict[str, str], code: str
) -> None:
    is_kept(checked.post(**fields), 422, code)


def test_files_are_refused_in_lobs_shape(checked: Caller) -> None:
    def refused(code: str, **files: bytes) -> None:
        kind = "letters" if "file" in files else "postcards"
        is_kept(checked.post(kind, files=files), 422, code)

    good, wrong = pdf(), pdf(300, 300)
    refused("invalid_file_dimensions", front=good, back=wrong)
    refused("file_pages_exceed_max", front=pdf(pages=2), back=good)
    refused("file_pages_exceed_max", file=pdf(612, 792, pages=121))
    refused("invalid_file", front=good, back=b"GIF89a")
    refused("file_size_exceeds_limit", front=good, back=good + b"\n" * 5 * 1024 * 1024)


def test_what_cannot_go_abroad_is_refused_in_lobs_shape(checked: Caller) -> None:
    art = {"front": pdf(666, 450), "back": pdf(666, 450)}
    abroad = checked.post(to=GERMANY, size="6x9", files=art, **address("from"))
    is_kept(abroad, 422, "invalid_international_feature")
    foreign = address("from", **GERMANY)
    sent_from = checked.post("letters", files={"file": LETTER}, **foreign)
    is_kept(sent_from, 422, "foreign_return_address")


def test_keys_and_ids_that_do_not_exist_are_refused_in_lobs_shape(
    checked: Caller, prism: tuple[str, Running]
) -> None:
    is_kept(checked.get("/postcards/psc_0123456789abcdef"), 404, "not_found")
    is_kept(checked.delete("/letters/ltr_0123456789abcdef"), 404, "not_found")
    with calling(prism[0], key="sk_nonsense") as stranger:
        is_kept(stranger.get("/postcards"), 401, "invalid_api_key")
    with calling(prism[0], key="test_pub_1") as publishable:
        is_kept(publishable.get("/letters"), 401, "publishable_key_not_allowed")


def test_what_is_on_its_way_is_refused_in_lobs_shape(checked: Caller, fake: Running) -> None:
    made = is_kept(checked.post()).json()
    fake.state.advance(301)
    is_kept(checked.delete(f"/postcards/{made['id']}"), 422, "not_deletable")


@pytest.mark.parametrize("fault", ["storm_429", "error_before", "error_after"])
def test_faults_that_lob_may_have_are_in_its_shape(
    checked: Caller, fake: Running, fault: str
) -> None:
    fake.lob.faults.change(named={}, then=[fault])
    answer = checked.get("/postcards")
    is_kept(answer, 429 if fault == "storm_429" else 500)
