"""Makes every paper PDF/A-2b: words about the file as XMP, one output intent, and a structure for forms.

Papers of a room are kept for decades; PDF/A says what a reader of that day may rely on. What we rest on: all fonts are
embedded, no transparency, no script, no encryption. `tests/printing/test_pdfa.py` has it judged by pikepdf's
validator, which the program itself does not need.

Source:  ISO 19005-2 (PDF/A-2), conformance level B; ISO 32000-1 14.7, 14.8 (structure).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from reportlab.pdfbase import pdfdoc

from desktop.base.paths import resource

CREATOR = "警务室"
PRODUCER = "ReportLab"
MADE_AT = "2000-01-01T00:00:00+00:00"
"""ReportLab's time of a file whose bytes must not change; the time of printing stands on the paper."""

_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<xmp:CreatorTool>{creator}</xmp:CreatorTool>
<xmp:CreateDate>{made_at}</xmp:CreateDate><xmp:ModifyDate>{made_at}</xmp:ModifyDate>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@cache
def _profile() -> bytes:
    return resource("pdf", "sRGB.icc").read_bytes()


def add_archive_words(document: Any, *, title: str, author: str, subject: str) -> None:
    """What makes the file say that it is PDF/A-2b, and in which colours it is meant.

    Errors:  EnvironmentFault ENV-010 when the colour profile is missing.
    """
    document.setTitle(title)
    document.setAuthor(author)
    document.setSubject(subject)
    document.setCreator(CREATOR)
    document.setProducer(PRODUCER)
    words = {"title": title, "author": author, "subject": subject}
    xmp = _XMP.format(
        **{name: _escaped(word) for name, word in words.items()},
        creator=CREATOR,
        producer=PRODUCER,
        made_at=MADE_AT,
    )
    catalog = document.Catalog
    catalog.Metadata = _stream(xmp.encode(), Type=pdfdoc.PDFName("Metadata"), Subtype=pdfdoc.PDFName("XML"))
    catalog.ViewerPreferences = pdfdoc.PDFDictionary({"DisplayDocTitle": pdfdoc.PDFtrue})
    intent = {
        "Type": pdfdoc.PDFName("OutputIntent"),
        "S": pdfdoc.PDFName("GTS_PDFA1"),
        "OutputConditionIdentifier": pdfdoc.PDFString("sRGB"),
        "Info": pdfdoc.PDFString("sRGB IEC61966-2.1"),
        "DestOutputProfile": document.Reference(_stream(_profile(), N=3)),
    }
    _allow(catalog, "OutputIntents")
    catalog.OutputIntents = pdfdoc.PDFArray([document.Reference(pdfdoc.PDFDictionary(intent))])


def _escaped(word: str) -> str:
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _allow(holder: Any, *names: str) -> None:
    """ReportLab writes the entries only that its class lists."""
    holder.__NoDefault__ = [*holder.__NoDefault__, *names]


def _stream(content: bytes, **entries: Any) -> Any:
    stream = pdfdoc.PDFStream(content=content, filters=[])
    for key, value in entries.items():
        stream.dictionary[key] = value
    return stream


# --------------------------------------------------------------------------------------------------------- structure


class PagePieces:
    """The pieces of text on one page, by number; `page` is ReportLab's, None while it is not finished."""

    def __init__(self) -> None:
        self.elements: list[_Element] = []
        self.page: Any = None


class _Element:
    """One element of the structure: a title, a paragraph, a table, a cell."""

    def __init__(self, role: str, parent: _Element | None) -> None:
        self.role = role
        self.parent = parent
        self.kids: list[_Element | tuple[PagePieces, int]] = []
        if parent is not None:
            parent.kids.append(self)

    @property
    def is_written(self) -> bool:
        """Whether something of it stands on a page of the paper."""
        return any(
            kid.is_written if isinstance(kid, _Element) else kid[0].page is not None for kid in self.kids
        )


class Structure:
    """What a reader for the blind or a copying hand needs: which pieces of the pages belong together, in order."""

    def __init__(self) -> None:
        self._root = _Element("Document", None)
        self._open = self._root
        self._pages: list[PagePieces] = []

    @contextmanager
    def part(self, role: str) -> Iterator[None]:
        """Everything written meanwhile belongs to one element of that role."""
        before = self._open
        self._open = _Element(role, before)
        try:
            yield
        finally:
            self._open = before

    def piece(self, pieces: PagePieces) -> tuple[str, int]:
        """A new piece of a page in the element that is open: its role and its number on the page."""
        element = self._open if self._open is not self._root else _Element("P", self._root)
        number = len(pieces.elements)
        pieces.elements.append(element)
        element.kids.append((pieces, number))
        return element.role, number

    def add_page(self, pieces: PagePieces, page: Any) -> None:
        """The page is finished and is the next of the paper."""
        _allow(page, "StructParents", "Tabs")
        page.StructParents, page.Tabs = len(self._pages), pdfdoc.PDFName("S")
        pieces.page = page
        self._pages.append(pieces)

    def add_to(self, document: Any) -> None:
        """Writes the elements; after the last page."""
        root = pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("StructTreeRoot")})
        refs: dict[_Element, Any] = {}
        root["K"] = self._write(self._root, document.Reference(root), document, refs)
        numbers: list[Any] = []
        for number, page in enumerate(self._pages):
            own = pdfdoc.PDFArray([refs[element] for element in page.elements])
            numbers += [number, document.Reference(own)]
        tree = pdfdoc.PDFDictionary({"Nums": pdfdoc.PDFArray(numbers)})
        root["ParentTree"] = document.Reference(tree)
        root["ParentTreeNextKey"] = len(self._pages)
        document.Catalog.StructTreeRoot = root
        document.Catalog.MarkInfo = pdfdoc.PDFDictionary({"Marked": pdfdoc.PDFtrue})

    def _write(self, element: _Element, parent: Any, document: Any, refs: dict[_Element, Any]) -> Any:
        words = _Words()
        refs[element] = own = document.Reference(words)
        kids: list[str] = []
        for kid in element.kids:
            if isinstance(kid, _Element):
                if kid.is_written:
                    kids.append(_shown(self._write(kid, own, document, refs), document))
            elif kid[0].page is not None:
                page = _shown(document.Reference(kid[0].page), document)
                kids.append(f"<</Type/MCR/Pg {page}/MCID {kid[1]}>>")
        words.text = f"<</Type/StructElem/S/{element.role}/P {_shown(parent, document)}/K[{' '.join(kids)}]>>"
        return own


class _Words(pdfdoc.PDFObject):  # type: ignore[misc]  # ReportLab has no types
    """An object whose text we write: a form has some hundred, and a dictionary of ReportLab costs 0.1 ms."""

    text = ""

    def format(self, _document: Any) -> bytes:
        """The text as it stands in the file."""
        return self.text.encode("ascii")


def _shown(reference: Any, document: Any) -> str:
    """A reference as it stands in the file."""
    written: bytes = reference.format(document)
    return written.decode("ascii")
