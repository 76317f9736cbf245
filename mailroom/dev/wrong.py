"""What Lob says no with: one exception, with Lob's own code and status."""

from __future__ import annotations


class Wrong(Exception):
    """A request that Lob refuses; `code` is from Lob's list, `status` is HTTP's."""

    def __init__(self, code: str, message: str, *, status: int = 422) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
