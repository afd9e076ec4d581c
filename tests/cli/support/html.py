"""Reads a proof sheet as a browser would, but without forgiving anything."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Element:
    tag: str
    attributes: dict
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Fails on any tag that is not closed in order."""

    source: str = field(repr=False)
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self.feed(self.source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(self.elements[-1])

    def handle_startendtag(self, tag, attrs):
        self.elements.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1].tag == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element.text += data

    def all(self, tag: str, **attributes) -> list[Element]:
        return [e for e in self.elements if e.tag == tag and attributes.items() <= e.attributes.items()]

    def rows(self) -> list[list[str]]:
        """Texts of the cells of the table of segments."""
        tables = re.findall(r'<table class="rows" id="segments">.*?</table>', self.source, re.S)
        return [[cell.text for cell in Page(row).elements if cell.tag in ("td", "th")]
                for table in tables for row in re.findall(r"<tr.*?</tr>", table.split("<tbody>")[1], re.S)]

    def seeks(self) -> bool:
        return any("data-at" in element.attributes for element in self.elements)

    def fact(self, name: str) -> str:
        cells = [e for e in self.elements if e.tag in ("th", "td")]
        return next(after.text for before, after in zip(cells, cells[1:]) if before.text == name)

    def audios(self, label: str) -> list[Element]:
        return [e for e in self.all("audio") if e.attributes["aria-label"].startswith(label)]
