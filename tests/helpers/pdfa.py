"""Judges a paper as PDF/A-2b, and looks into its structure."""

from __future__ import annotations

import re
from io import BytesIO

import pikepdf
import pikepdf.pdfa


def findings(pdf: bytes) -> list[object]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return list(pikepdf.pdfa.check(opened, "2b").findings)


def roles(pdf: bytes) -> list[str]:
    """The roles of the structure in reading order."""

    def walk(element: pikepdf.Object) -> list[str]:
        if not isinstance(element, pikepdf.Dictionary) or "/S" not in element:
            return []
        kids = element.get("/K", pikepdf.Array())
        return [str(element["/S"])[1:], *(role for kid in kids for role in walk(kid))]

    with pikepdf.open(BytesIO(pdf)) as opened:
        return walk(opened.Root.StructTreeRoot.K)


def loose_text(pdf: bytes) -> list[str]:
    """What is written on a page and neither belongs to an element nor is ornament, and pieces that no element knows."""
    found = []
    with pikepdf.open(BytesIO(pdf)) as opened:
        tree = opened.Root.StructTreeRoot.ParentTree.Nums
        for number, page in enumerate(opened.pages):
            content = page.Contents.read_bytes()
            if len(tree[2 * number + 1]) != len(re.findall(rb"/MCID \d+", content)):
                found.append(f"page {number + 1}: pieces that no element knows")
            outside = re.sub(rb"(?s)/\w+ (<</MCID \d+>> BDC|BMC).*?EMC", b"", content)
            found += [f"page {number + 1}: {line!r}" for line in outside.splitlines() if b"Tj" in line]
    return found
