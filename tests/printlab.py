"""A print room for tests: simulated IPP printers and a private CUPS, on loopback only.

Everything lives in one short-named temporary folder (a Unix socket's path may not be long),
runs on free ports, needs no root and touches nothing of the system's own CUPS. Debian:
`apt-get install cups cups-client cups-ipp-utils cups-filters dbus-daemon`.
"""

from __future__ import annotations

import contextlib
import grp
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailroom.errors import ProviderError
from mailroom.providers.ippclient import Client
from tests.machine import own_port

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
TOOLS = ("cupsd", "dbus-daemon", "ippeveprinter", "ipptool", "lpadmin")
COMMAND = Path(__file__).with_name("print_command.py")
PATIENCE = 60.0  # seconds, for a machine that has other things to do

MAIN, BYPASS, CARDS, ENVELOPES = "main", "by-pass-tray", "alternate", "envelope"
# name, width, height in 1/100 mm, can it be printed to the edge, trays, stocks
MEDIA = (
    ("iso_a4_210x297mm", 21000, 29700, False, (MAIN, BYPASS), ("stationery", "cardstock")),
    ("na_letter_8.5x11in", 21590, 27940, False, (MAIN, BYPASS), ("stationery", "cardstock")),
    ("iso_a6_105x148mm", 10500, 14800, True, (CARDS, BYPASS), ("cardstock", "photographic")),
    ("na_index-4x6_4x6in", 10160, 15240, True, (CARDS, BYPASS), ("cardstock", "photographic")),
    ("na_5x7_5x7in", 12700, 17780, True, (CARDS, BYPASS), ("cardstock", "photographic")),
    ("na_a7_5.25x7.25in", 13335, 18415, False, (ENVELOPES, BYPASS), ("envelope",)),
    ("iso_c6_114x162mm", 11400, 16200, False, (ENVELOPES, BYPASS), ("envelope",)),
    ("iso_dl_110x220mm", 11000, 22000, False, (ENVELOPES, BYPASS), ("envelope",)),
)
READY = (
    (21000, 29700, 423, MAIN, "stationery"),
    (12700, 17780, 0, CARDS, "cardstock"),
    (13335, 18415, 423, ENVELOPES, "envelope"),
)
DUPLEX = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")


def missing_tools() -> list[str]:
    """What of the print room is not installed here."""
    return [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]


class Process:
    """A server in a process group of its own, so that its children are swept away with it."""

    process: subprocess.Popen[bytes] | None = None

    def run(self, command: list[str], log: Path, user: str = "", **environment: str) -> None:
        identity: dict[str, Any] = {}
        if user:
            entry = pwd.getpwnam(user)
            identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, "PATH": PATH, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                **identity,
            )

    def wait_for(self, ready: Any, what: str, log: Path) -> None:
        end = time.monotonic() + PATIENCE
        while not ready():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{what} does not start: {log.read_text(errors='replace')}")
            time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(3)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    @property
    def running(self) -> bool:
        return self.process is not None


class Bus(Process):
    """An empty D-Bus: ippeveprinter 2.4 will not start without one, even with `-r off`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.socket = folder / "bus"
        config = folder / "bus.conf"
        config.write_text(
            "<!DOCTYPE busconfig PUBLIC "
            '"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" '
            '"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">\n'
            f"<busconfig><type>custom</type><listen>unix:path={self.socket}</listen>"
            "<auth>EXTERNAL</auth><policy context='default'>"
            "<allow send_destination='*'/><allow receive_sender='*'/><allow own='*'/>"
            "<allow user='*'/></policy></busconfig>"
        )
        log = folder / "bus.log"
        self.run(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile"], log)
        self.wait_for(self.socket.exists, "dbus-daemon", log)

    @property
    def address(self) -> str:
        return f"unix:path={self.socket}"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A document that arrived at the simulated printer."""

    document: bytes
    job: Mapping[str, str]  #: every job attribute, as the printer understood it

    @property
    def title(self) -> str:
        return self.job["job-name"]


class CardPrinter(Process):
    """A duplex card printer with four trays; its faults are switched on with `control`."""

    def __init__(self, folder: Path, bus: Bus, name: str = "cards", **abilities: Any) -> None:
        self.folder, self.bus, self.name = folder, bus, name
        self.port = own_port()
        for part in ("spool", "out"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "printer.conf").write_text(describe(**abilities))
        self.command = folder / "print.sh"
        self.command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{COMMAND}" "$@"\n')
        self.command.chmod(0o755)
        self.start()

    @property
    def uri(self) -> str:
        return f"ipp://localhost:{self.port}/ipp/print"

    def start(self) -> None:
        log = self.folder / "printer.log"
        self.run(
            [
                "ippeveprinter",
                *("-vv", "-k", "-d", str(self.folder / "spool"), "-c", str(self.command)),
                *("-a", str(self.folder / "printer.conf"), "-p", str(self.port)),
                *("-n", "localhost", "-r", "off", self.name),
            ],
            log,
            DBUS_SYSTEM_BUS_ADDRESS=self.bus.address,
            PRINT_ROOM=str(self.folder),
        )
        self.wait_for(lambda: _listens(self.port), "ippeveprinter", log)

    def control(self, **faults: Any) -> None:
        """`stuck` True until called again, `state` a printer-state-reason, `delay`, `exit`."""
        part = self.folder / "control.part"
        part.write_text(json.dumps(faults))
        part.replace(self.folder / "control.json")

    def received(self) -> list[Sheet]:
        """What came out, in the order it was printed."""
        found = sorted(
            self.folder.glob("out/*.json"), key=lambda path: int(path.stem.split("-")[1])
        )
        return [
            Sheet(document=path.with_suffix(".doc").read_bytes(), job=json.loads(path.read_text()))
            for path in found
        ]


class Cups(Process):
    """A private print server; as root it runs as `nobody`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = own_port()
        self.user = "nobody" if os.getuid() == 0 else ""
        for part in ("etc/ppd", "cache/rss", "state/certs", "spool/tmp", "log", "doc"):
            (folder / part).mkdir(parents=True)
        (folder / "etc/cups-files.conf").write_text(self._files())
        (folder / "etc/cupsd.conf").write_text(self._settings())
        if self.user:  # who may have to read them, whatever the umask is
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, self.user)
        self.start()

    @property
    def server(self) -> str:
        return f"127.0.0.1:{self.port}"

    def uri(self, queue: str) -> str:
        return f"ipp://{self.server}/printers/{queue}"

    def start(self) -> None:
        etc, log = self.folder / "etc", self.folder / "log/cupsd.out"
        files = ["-c", str(etc / "cupsd.conf"), "-s", str(etc / "cups-files.conf")]
        self.run(["cupsd", "-f", *files], log, self.user)
        self.wait_for(lambda: _listens(self.port), "cupsd", log)

    def add(self, queue: str, device_uri: str, *options: str) -> str:
        """A driverless queue for a device; its address.

        lpadmin returns before cupsd knows what the device can do; until then the queue
        drops every option, so it is waited for.
        """
        self.admin("lpadmin", "-p", queue, "-E", "-v", device_uri, "-m", "everywhere", *options)
        client, end = Client(self.uri(queue)), time.monotonic() + PATIENCE
        while "media-col-database" not in client.printer("media-col-database", "sides-supported"):
            assert time.monotonic() < end, f"the queue {queue} never became driverless"
            time.sleep(0.02)
        return self.uri(queue)

    def admin(self, *command: str) -> None:
        environment = {**os.environ, "CUPS_SERVER": self.server, "PATH": PATH, "LC_ALL": "C"}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    def _files(self) -> str:
        owner = pwd.getpwnam(self.user) if self.user else pwd.getpwuid(os.getuid())
        group = grp.getgrgid(owner.pw_gid).gr_name
        at = self.folder
        return "\n".join(
            [
                *(f"ServerRoot {at}/etc", f"CacheDir {at}/cache", f"StateDir {at}/state"),
                *(f"RequestRoot {at}/spool", f"TempDir {at}/spool/tmp", f"DocumentRoot {at}/doc"),
                *(f"AccessLog {at}/log/access_log", f"ErrorLog {at}/log/error_log"),
                f"PageLog {at}/log/page_log",
                *("ServerBin /usr/lib/cups", "DataDir /usr/share/cups"),
                *(f"User {owner.pw_name}", f"Group {group}", f"SystemGroup {group}"),
                "Printcap",  # empty: else the system's own list of printers is overwritten
                *("FatalErrors config", "SyncOnClose Yes", ""),
            ]
        )

    def _settings(self) -> str:
        return "\n".join(
            [
                f"Listen 127.0.0.1:{self.port}",
                *("ServerName localhost", "ServerAlias *", "Browsing Off", "WebInterface No"),
                *("LogLevel info", "MaxLogSize 0", "DefaultAuthType None"),
                *("PreserveJobHistory Yes", "PreserveJobFiles Yes", "MaxJobs 5000"),
                *("ErrorPolicy retry-job", "JobRetryInterval 3", "DirtyCleanInterval 0"),
                "<Location />\n  Order allow,deny\n  Allow 127.0.0.1\n</Location>",
                # As CUPS is delivered: only its owner sees a job's name and may touch it.
                "<Policy default>\n  JobPrivateAccess default\n  JobPrivateValues default",
                "  <Limit Send-Document Hold-Job Release-Job Cancel-Job Get-Job-Attributes>",
                "    Require user @OWNER @SYSTEM\n    Order deny,allow\n  </Limit>",
                "  <Limit All>\n    Order deny,allow\n  </Limit>\n</Policy>\n",
            ]
        )


def describe(
    *,
    sides: tuple[str, ...] = DUPLEX,
    colours: tuple[str, ...] = ("auto", "color", "monochrome"),
    default_colour: str = "auto",
    borderless: bool = True,
    documents: tuple[str, ...] = ("application/pdf", "image/pwg-raster", "image/urf"),
) -> str:
    """The attributes of a simulated printer, in the language of `ippeveprinter -a`."""
    database = [
        _media_col(width, height, margin, source, stock)
        for _, width, height, to_edge, sources, stocks in MEDIA
        for margin in ((0, 423) if to_edge and borderless else (423,))
        for source in sources
        for stock in stocks
    ]
    ready = [_media_col(*entry) for entry in READY if borderless or entry[2]]
    sizes = [
        *(_pair("integer", str(width), str(height)) for _, width, height, *_ in MEDIA),
        _pair("rangeOfInteger", "7620-21590", "12700-35560"),
    ]
    margins = "0,423" if borderless else "423"
    edges = ("bottom", "top", "left", "right")
    names = ",".join(entry[0] for entry in MEDIA)
    lines = [
        'text printer-make-and-model "Test Card Printer"',
        'text printer-info "Card printer of the test print room"',
        'text printer-device-id "MFG:Test;MDL:Card Printer;CMD:PDF,PWGRaster;"',
        "mimeMediaType document-format-default application/octet-stream",
        f"mimeMediaType document-format-supported application/octet-stream,{','.join(documents)}",
        "boolean color-supported true",
        "integer copies-default 1",
        "rangeOfInteger copies-supported 1-99",
        "enum finishings-default 3",
        "enum finishings-supported 3",
        "keyword media-default iso_a4_210x297mm",
        f"keyword media-supported {names},custom_min_76x127mm,custom_max_216x356mm",
        "keyword media-ready iso_a4_210x297mm,na_5x7_5x7in,na_a7_5.25x7.25in",
        f"keyword media-source-supported auto,{MAIN},{CARDS},{BYPASS},{ENVELOPES}",
        "keyword media-type-supported stationery,cardstock,photographic,envelope",
        *(f"integer media-{edge}-margin-supported {margins}" for edge in edges),
        "keyword media-col-supported media-size,"
        + "".join(f"media-{edge}-margin," for edge in edges)
        + "media-source,media-type",
        f"collection media-col-default {ready[0]}",
        f"collection media-col-ready {','.join(ready)}",
        f"collection media-col-database {','.join(database)}",
        f"collection media-size-supported {','.join(sizes)}",
        "keyword sides-default one-sided",
        f"keyword sides-supported {','.join(sides)}",
        f"keyword print-color-mode-default {default_colour}",
        f"keyword print-color-mode-supported {','.join(colours)}",
        "keyword print-scaling-default auto",
        "keyword print-scaling-supported auto,auto-fit,fill,fit,none",
        "enum print-quality-default 4",
        "enum print-quality-supported 3,4,5",
        "enum orientation-requested-default 3",
        "enum orientation-requested-supported 3,4,5,6",
        "resolution printer-resolution-default 600dpi",
        "resolution printer-resolution-supported 300dpi,600dpi",
        "keyword output-bin-default face-down",
        "keyword output-bin-supported face-down",
        "keyword pwg-raster-document-type-supported srgb_8,sgray_8",
        "resolution pwg-raster-document-resolution-supported 300dpi,600dpi",
        "keyword pwg-raster-document-sheet-back normal",
        "keyword urf-supported CP1,IS1-4-5-7,MT1-2-3-4-5-6,RS300-600,SRGB24,V1.4,W8,DM1",
    ]
    return "".join(f"ATTR {line}\n" for line in lines)


def _media_col(width: int, height: int, margin: int, source: str, stock: str) -> str:
    members = [f"MEMBER collection media-size {_pair('integer', str(width), str(height))}"]
    members += [
        f"MEMBER integer media-{edge}-margin {margin}"
        for edge in ("top", "bottom", "left", "right")
    ]
    members += [f"MEMBER keyword media-source {source}", f"MEMBER keyword media-type {stock}"]
    return "{ " + "\n".join(members) + " }"


def _pair(syntax: str, width: str, height: str) -> str:
    return f"{{ MEMBER {syntax} x-dimension {width} MEMBER {syntax} y-dimension {height} }}"


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.3):
        return True
    return False


def answers(uri: str) -> bool:
    """Is there a printer at this address?"""
    with contextlib.suppress(ProviderError):
        return bool(Client(uri).printer("printer-state"))
    return False
