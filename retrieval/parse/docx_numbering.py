"""The numbers Word shows before a paragraph: they are not in its text but computed from list settings."""

from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def roman(number: int) -> str:
    """4 -> "iv"; numbers below 1 give nothing."""
    text = ""
    for value, letters in _ROMAN:
        while number >= value:
            text, number = text + letters, number - value
    return text


def letters(number: int) -> str:
    """1 -> "a", 26 -> "z", 27 -> "aa" (Word repeats the letter)."""
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1) if number > 0 else ""


def shown(number: int, style: str) -> str:
    """A counter in Word's number format."""
    if style in ("lowerLetter", "upperLetter"):
        text = letters(number)
    elif style in ("lowerRoman", "upperRoman"):
        text = roman(number)
    elif style == "decimalZero":
        text = f"{number:02d}"
    elif style == "none":
        text = ""
    else:
        text = str(number)
    return text.upper() if style.startswith("upper") else text


class Numbering:
    """Counts numbered paragraphs of one document, in the order they are asked for."""

    def __init__(self, document: Any) -> None:
        self.counters: dict[str, list[int | None]] = {}
        self.started: set[tuple[str, int]] = set()
        root = _numbering_root(document)
        self.abstract = {} if root is None else _by_id(root, "abstractNum", "abstractNumId")
        self.lists = {} if root is None else _by_id(root, "num", "numId")
        self.styles = _by_id(document.styles.element, "style", "styleId")

    def label(self, paragraph: Any) -> str:
        """The number of this paragraph ("3.2", "(a)"), counted on; "" where it has none or a bullet."""
        list_id, level = self._reference(paragraph)
        definition = self.lists.get(list_id) if list_id else None
        abstract_id = _value(definition, "abstractNumId")
        abstract = self.abstract.get(abstract_id)
        if definition is None or abstract is None or level > 8:
            return ""
        levels = {int(lvl.get(_W + "ilvl") or 0): lvl for lvl in abstract.findall(_W + "lvl")}
        counters = self.counters.setdefault(abstract_id, [None] * 9)
        self._restart(definition, list_id, levels, counters)
        current = counters[level]
        counters[level] = _start(levels.get(level)) if current is None else current + 1
        for deeper in range(level + 1, 9):
            counters[deeper] = None
        return _render(levels, level, counters)

    def heading_level(self, paragraph: Any) -> int | None:
        """1..9 for a paragraph in a heading style, None for others."""
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        found = self.styles.get(style.get(_W + "val")) if style is not None else None
        name = (_value(found, "name") or "").lower()
        if name == "title":
            return 1
        tail = name.removeprefix("heading ")
        return int(tail) if tail != name and tail.isdigit() else None

    def _restart(
        self, definition: Any, list_id: str, levels: dict[int, Any], counters: list[int | None]
    ) -> None:
        """A list may override where a level starts; that counts once, at its first use."""
        for override in definition.findall(_W + "lvlOverride"):
            level = int(override.get(_W + "ilvl") or 0)
            start = _value(override, "startOverride")
            if start.isdigit() and (list_id, level) not in self.started:
                self.started.add((list_id, level))
                counters[level] = int(start) - 1

    def _reference(self, paragraph: Any) -> tuple[str, int]:
        """List id and level: the paragraph's own, else its style's (or the style that one is based on)."""
        list_id, level = _list_of(paragraph.find(_W + "pPr"))
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        name = style.get(_W + "val") if style is not None else None
        for _ in range(10):
            found = self.styles.get(name) if name else None
            if list_id is not None or found is None:
                break
            list_id, own = _list_of(found.find(_W + "pPr"))
            level = level if level is not None else own
            name = _value(found, "basedOn")
        return list_id or "", level or 0


def _numbering_root(document: Any) -> Any:
    for part in document.part.package.iter_parts():
        if str(part.partname) == "/word/numbering.xml":
            return document.part.numbering_part.element
    return None


def _by_id(root: Any, tag: str, key: str) -> dict[str, Any]:
    return {element.get(_W + key): element for element in root.findall(_W + tag)}


def _value(element: Any, tag: str) -> str:
    found = element.find(_W + tag) if element is not None else None
    return (found.get(_W + "val") or "") if found is not None else ""


def _list_of(properties: Any) -> tuple[str | None, int | None]:
    found = properties.find(_W + "numPr") if properties is not None else None
    if found is None:
        return None, None
    level = _value(found, "ilvl")
    return _value(found, "numId") or None, int(level) if level.isdigit() else None


def _start(level: Any) -> int:
    start = _value(level, "start")
    return int(start) if start.isdigit() else 1


def _render(levels: dict[int, Any], level: int, counters: list[int | None]) -> str:
    """Fill "%1.%2" with the counters; bullets give nothing."""
    definition = levels.get(level)
    if definition is None or _value(definition, "numFmt") == "bullet":
        return ""
    text = _value(definition, "lvlText")
    legal = definition.find(_W + "isLgl") is not None
    for number in range(9):
        if f"%{number + 1}" in text:
            count = counters[number]
            upper = levels.get(number)
            style = "decimal" if legal and number != level else _value(upper, "numFmt")
            text = text.replace(f"%{number + 1}", shown(_start(upper) if count is None else count, style))
    return text.strip()
