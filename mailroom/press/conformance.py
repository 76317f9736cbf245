"""PDF/X-4: what a print file says of itself (ISO 15930-7:2010).

The output intent (6.2.2), the version and identity in XMP (6.1.3 and 6.1.4), and that nothing
in it is trapped (6.6). What its pages must be like is `separate`'s and the writer's.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID
from xml.sax.saxutils import escape

from mailroom.inks import CONDITION, Inks
from mailroom.press.objects import Objects, string_text

METADATA = b"/Type/Metadata/Subtype/XML"
_CREATOR = "mailroom"
_REGISTRY = b"/RegistryName(http://www.color.org)"
_PADDING = "\n" * 20  # somebody else's tool may write into it

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<xmpMM:DocumentID>urn:uuid:{uuid}</xmpMM:DocumentID>
<xmpMM:InstanceID>urn:uuid:{uuid}</xmpMM:InstanceID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
<xmpMM:VersionID>1</xmpMM:VersionID>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{creator}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/">
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
{padding}<?xpacket end="w"?>"""

_IDENTITY = re.compile(
    rb"<xmpMM:DocumentID>(?P<document>[^<]+)</xmpMM:DocumentID>\s*"
    rb"<xmpMM:InstanceID>(?P<instance>[^<]+)</xmpMM:InstanceID>"
)
_DERIVED = b"""<xmpMM:DocumentID>%(document)s</xmpMM:DocumentID>
<xmpMM:InstanceID>urn:uuid:%(own)s</xmpMM:InstanceID>
<xmpMM:DerivedFrom xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
  rdf:parseType="Resource">
<stRef:documentID>%(document)s</stRef:documentID>
<stRef:instanceID>%(instance)s</stRef:instanceID>
</xmpMM:DerivedFrom>"""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What is told of a whole print file."""

    title: str
    date: dt.date  #: the mailing's: equal files have equal dates, whenever they are made
    inks: Inks


def describe(document: Document, objects: Objects) -> tuple[bytes, int]:
    """Write all of it; gives the entries of the catalog and the number of the Info dictionary."""
    inks = document.inks
    profile = objects.stream(b"/N 4/Filter/FlateDecode", _deflated(inks.content()))
    intent = objects.small(
        b"<</Type/OutputIntent/S/GTS_PDFX/OutputConditionIdentifier%s/Info%s%s"
        b"/DestOutputProfile %d 0 R>>"
        % (
            string_text(inks.condition or inks.description),
            string_text(inks.description),
            _REGISTRY if inks.condition == CONDITION else b"",
            profile,
        )
    )
    metadata = objects.stream(METADATA, _xmp(document, objects.fingerprint()))
    date = string_text(f"D:{document.date:%Y%m%d}000000Z")
    info = objects.small(
        b"<</Title%s/Creator%s/Producer%s/CreationDate%s/ModDate%s/Trapped/False>>"
        % (string_text(document.title), *[string_text(_CREATOR)] * 2, date, date)
    )
    return b"/OutputIntents[%d 0 R]/Metadata %d 0 R" % (intent, metadata), info


@lru_cache(maxsize=4)
def _deflated(profile: bytes) -> bytes:
    """A profile as a stream holds it: a fifth of a second's work, and the same for every file."""
    return zlib.compress(profile, 9)


def _xmp(document: Document, fingerprint: bytes) -> bytes:
    return _XMP.format(
        title=escape(document.title),
        creator=_CREATOR,
        date=f"{document.date.isoformat()}T00:00:00Z",
        uuid=UUID(bytes=fingerprint[:16], version=4),
        padding=_PADDING,
    ).encode()


def derived(xmp: bytes, fingerprint: bytes) -> bytes:
    """The XMP of a file made of the pages of another: the same document, an instance of its own.

    `xmp` is the other's, `fingerprint` of what stands in the new one (XMP specification, part 2).
    """
    own = str(UUID(bytes=fingerprint[:16], version=4)).encode()

    def identity(found: re.Match[bytes]) -> bytes:
        named = {"document": found["document"], "instance": found["instance"], "own": own}
        return _DERIVED % {name.encode(): value for name, value in named.items()}

    return _IDENTITY.sub(identity, xmp)
