"""`mailroom layout preview`: serve the studio on this machine until Ctrl-C."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.layout import find_layouts, load_layout
from mailroom.shipped import FONTS
from mailroom.web.loopback import HERE, listen, missing

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette


def serve_preview(
    name: str,
    folders: Sequence[Path],
    *,
    port: int = 0,
    say: Callable[[str], None] = print,
) -> None:
    """Show the layout `name` of `folders` in the browser until Ctrl-C.

    `port` 0 takes a free one; `say` is told the address. ConfigError where there is no such
    layout (one with a fault is shown, with its fault); EnvironmentProblem where the extra
    `web` is not installed or the port is taken.
    """
    try:
        import uvicorn

        from mailroom.web.studio import Studio, studio_app
    except ImportError as error:
        raise missing("the preview", error) from None
    if name not in find_layouts(folders):
        load_layout(name, folders)  # says what there is
    with (
        listen(port, "leave out --port to take a free one") as listener,
        tempfile.TemporaryDirectory(prefix="mailroom-") as scratch,
    ):
        studio = Studio(folders, FONTS, Path(scratch))
        app = studio_app(studio, name, (HERE, "localhost"), lambda: server.should_exit)
        server = uvicorn.Server(_settings(app))
        address = f"http://{HERE}:{listener.getsockname()[1]}/layout/{name}"
        say(f"{address}\nSave a file and the page follows. Ctrl-C stops.")
        with contextlib.suppress(KeyboardInterrupt):
            server.run(sockets=[listener])


def _settings(app: Starlette) -> uvicorn.Config:
    import uvicorn

    # The streams end by themselves within half a second; two are for a page being drawn.
    return uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
