"""503 with a page of HTML, as a load balancer answers when nobody stands behind it."""

from mailroom.faults import Answer, Call

PAGE = b"<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>\n"


def before(call: Call) -> Answer | None:
    """Nothing was done, and the body is no JSON."""
    return Answer(status=503, headers={"Content-Type": "text/html"}, body=PAGE)
