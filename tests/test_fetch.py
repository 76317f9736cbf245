"""The only door to files: what it serves, and everything it must not."""

from __future__ import annotations

import base64
import io
import zlib
from pathlib import Path

import pytest
from PIL import Image
from weasyprint.urls import FatalURLFetchingError

from mailroom.render import weasy
from mailroom.render.fetch import Door
from tests.workspaces import MAILING, make_workspace, opened, person


def png(size: tuple[int, int] = (4, 4)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 20, 30)).save(out, "PNG")
    return out.getvalue()


def signature_png() -> bytes:
    """A stroke with nothing round it."""
    out = io.BytesIO()
    picture = Image.new("RGBA", (60, 20))
    picture.paste((28, 50, 104, 255), (5, 8, 55, 12))
    picture.save(out, "PNG")
    return out.getvalue()


def bomb(side: int = 30_000) -> bytes:
    """A picture of `side` x `side` pixels in some hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])  # one bit, grey
    row = b"\0" * (1 + side // 8)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    body = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A layout's folder, and a secret beside it."""
    layout = tmp_path / "layout"
    (layout / "art").mkdir(parents=True)
    (layout / "art" / "bird one.png").write_bytes(png())
    (layout / "style.css").write_text("p {}")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "layout-2").mkdir()
    (tmp_path / "layout-2" / "a.css").write_text("secret")
    return layout


def refused(door: Door, url: str) -> str:
    with pytest.raises(FatalURLFetchingError) as caught:
        door.fetch(url)
    assert door.refused[-1] == str(caught.value)
    return door.refused[-1]


def test_files_of_the_folder_are_served(house: Path) -> None:
    door = Door([house])
    picture = door.fetch((house / "art" / "bird one.png").as_uri())
    assert picture.read() == png()
    assert picture.headers["Content-Type"] == "image/png"
    assert door.fetch((house / "style.css").as_uri() + "?v=1#top").read() == b"p {}"
    assert door.refused == []


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "art/../../secret.txt",
        "%2e%2e/secret.txt",
        "art/%2e%2e/%2E%2E/secret.txt",
        "..%2fsecret.txt",
        "../layout-2/a.css",
        "//../secret.txt",
    ],
)
def test_no_way_leads_out_of_the_folder(house: Path, path: str) -> None:
    assert "outside" in refused(Door([house]), f"{house.as_uri()}/{path}")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://example.org/etc/passwd",
        "FILE:///etc/passwd",
        "http://127.0.0.1:9/a.png",
        "https://example.org/",
        "ftp://example.org/a",
        "gopher://example.org/",
        "jar:file:///a!b",
        "\\\\server\\share",
        "//example.org/a.png",
        "art/bird.png",
        "",
    ],
)
def test_no_other_scheme_or_host_is_asked(house: Path, url: str) -> None:
    refused(Door([house]), url)


def test_a_link_inside_the_folder_is_followed_before_it_is_judged(house: Path) -> None:
    (house / "out.txt").symlink_to(house.parent / "secret.txt")
    (house / "folder").symlink_to(house.parent, target_is_directory=True)
    (house / "in.png").symlink_to(house / "art" / "bird one.png")
    door = Door([house])
    assert "outside" in refused(door, (house / "out.txt").as_uri())
    assert "outside" in refused(door, f"{house.as_uri()}/folder/secret.txt")
    assert door.fetch(f"{house.as_uri()}/in.png").read() == png()


def test_a_missing_file_and_a_folder_are_refused(house: Path) -> None:
    assert "no such file" in refused(Door([house]), (house / "gone.png").as_uri())
    assert "no such file" in refused(Door([house]), (house / "art").as_uri())
    assert "no such file" in refused(Door([Path("/dev")]), "file:///dev/zero")
    refused(Door([house]), f"{house.as_uri()}/a%00b.png")


def test_a_file_in_a_second_folder_is_served(house: Path) -> None:
    door = Door([house, house.parent / "layout-2"])
    assert door.fetch((house.parent / "layout-2" / "a.css").as_uri()).read() == b"secret"


def test_of_a_folder_outside_only_the_files_named_are_served(house: Path) -> None:
    """A signature in the workspace's own folder does not open the exports beside it."""
    signature = house.parent / "ruth.png"
    signature.write_bytes(png())
    door = Door([house], [signature])
    assert door.fetch(signature.as_uri()).read() == png()
    assert "outside" in refused(door, (house.parent / "secret.txt").as_uri())
    assert "outside" in refused(door, f"{signature.as_uri()}/../secret.txt")


def test_short_data_urls_are_served_and_others_are_not(house: Path) -> None:
    door = Door([house])
    good = "data:image/png;base64," + base64.b64encode(png()).decode()
    assert door.fetch(good).read() == png()
    assert "short" in refused(door, "data:text/html,<script>")
    assert "short" in refused(door, good + "A" * 1_000_000)
    assert "no base64" in refused(door, "data:image/png;base64,$$$")


def test_what_is_refused_is_told_in_short(house: Path) -> None:
    assert len(refused(Door([house]), "http://example.org/" + "a" * 5000)) < 400


def test_a_picture_that_explodes_is_refused(house: Path) -> None:
    (house / "bomb.png").write_bytes(bomb())
    (house / "bomb.dat").write_bytes(bomb(12_000))
    (house / "bomb.svg").write_bytes(bomb(10_000))
    for name in ("bomb.png", "bomb.dat", "bomb.svg"):
        assert "too large" in refused(Door([house]), (house / name).as_uri())
    small = base64.b64encode(bomb(12_000)).decode()
    assert "too large" in refused(Door([house]), f"data:image/png;base64,{small}")


def test_a_picture_that_is_none_or_is_damaged_is_refused(house: Path) -> None:
    (house / "text.png").write_text("not a picture")
    (house / "half.png").write_bytes(png((300, 300))[:-40])
    damaged = bytearray(png((300, 300)))
    damaged[120] ^= 0xFF
    (house / "damaged.png").write_bytes(damaged)
    assert "not a picture" in refused(Door([house]), (house / "text.png").as_uri())
    assert "damaged" in refused(Door([house]), (house / "half.png").as_uri())
    assert "damaged" in refused(Door([house]), (house / "damaged.png").as_uri())


def test_a_signature_in_the_workspaces_own_folder_opens_nothing_else(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ws", [person(1)])
    (folder / "ruth.png").write_bytes(signature_png())
    config = folder / "mailroom.toml"
    signed = config.read_text().replace("[sources", 'signature = "ruth.png"\n[sources')
    config.write_text(signed, encoding="utf-8")
    with opened(folder) as ws:
        setup = ws.setup(ws.mailing(MAILING))
    reference = weasy.open_reference(setup.layout, setup.format, setup.fonts, setup.pictures)
    (ready,) = setup.pictures
    assert reference.door.fetch(ready.as_uri()).read() == ready.read_bytes()
    for private in ("ruth.png", "exports/contacts.csv", "mailroom.toml"):
        assert "outside" in refused(reference.door, (folder / private).as_uri())
