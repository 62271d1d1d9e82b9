"""Reads printed lines from an image with the ONNX models of the RapidOCR wheel, on onnxruntime alone.

Detection gives a map of where print is; its connected regions become boxes. Recognition gives, for
steps of 8 pixels, the likeliest character; word spaces, which the model often leaves out, are put back
from the white gaps between the letters of the line. Why not the package itself: docs/decisions/0003.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import OcrUnavailable

Grey = NDArray[np.uint8]
_DETECTOR = "ch_PP-OCRv4_det_infer.onnx"
_RECOGNISER = "ch_PP-OCRv4_rec_infer.onnx"
_DETECT_SIDE = 1_088
_PRINT_AT = 0.3
_BOX_AT = 0.5
_UNCLIP = 1.5
_HEIGHT = 48
_STEP = 8
_BATCH = 6
_LEAST_CONFIDENCE = 0.5
_PAPER = 12  # grey levels by which paper varies
_SURE = 0.94
_SURE_FIGURE = 0.75
_BETTER = 0.1
_FIGURES = "0123456789oO,%"
_SEEN = 0.75
_SIGNS = "–—‘’“”„…•€£¥§°×©®™†‰≤≥¢"
_CLOSING = ".,;:)]}’”'?!%"
_OPENING = "([{“‘"
_FIGURE = re.compile(r"(?<![A-Za-z])[\doO]+(?:[.,:][\doO]+)*(?=[^A-Za-z]|$|th\b)")

_LABEL = re.compile(r"^(\d{1,2})\. (\d{1,2})$")


@dataclass(frozen=True, slots=True)
class Box:
    """A box in pixels of the image, y growing downwards."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def height(self) -> int:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Print:
    """A piece of a printed line with the confidence 0..1 of its characters and of its weakest figure."""

    text: str
    confidence: float
    box: Box
    figures: float = 1.0


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    mean: float
    figures: float

    @property
    def sure(self) -> bool:
        return self.mean >= _SURE and self.figures >= _SURE_FIGURE


@dataclass(frozen=True, slots=True)
class Look:
    """How a line is set before the model: white above and below in letter heights, and stretched."""

    margin: float
    stretch: float

    @property
    def type_size(self) -> float:
        """Size of the type across the line image, in pixels."""
        return 1.05 * self.stretch * _HEIGHT / (1 + 2 * self.margin)


_LOOKS = (Look(0.2, 1.0), Look(0.28, 1.0), Look(0.36, 1.2))


def models_folder() -> Path | None:
    """Where the wheel's models lie; the package itself is not imported (it needs OpenCV)."""
    spec = find_spec("rapidocr_onnxruntime")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / "models"
        if (folder / _DETECTOR).is_file() and (folder / _RECOGNISER).is_file():
            return folder
    return None


@lru_cache(maxsize=1)
def _models() -> tuple[Any, Any, tuple[str, ...]]:
    """Detector, recogniser and its characters: class 0 is "no character", the last one a space."""
    folder = models_folder()
    try:
        onnxruntime: Any = import_module("onnxruntime")  # its package does not declare what it exports
    except ImportError as error:
        raise OcrUnavailable("this page is a scan and no OCR is installed") from error
    if folder is None:
        raise OcrUnavailable("this page is a scan and no OCR is installed")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # leave the cores to others
    detector, recogniser = (
        onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
        for name in (_DETECTOR, _RECOGNISER)
    )
    characters = recogniser.get_modelmeta().custom_metadata_map["character"].split("\n")
    return detector, recogniser, ("", *characters, " ")


def detect(image: Grey) -> list[Box]:
    """Boxes of print in an upright grey image, in no particular order."""
    from PIL import Image

    detector, _, _ = _models()
    height, width = image.shape
    scale = _DETECT_SIDE / max(height, width)
    size = tuple(max(32, round(side * scale / 32) * 32) for side in (width, height))
    small = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR), np.float32)
    batch = np.repeat((small / 127.5 - 1)[None, None], 3, axis=1)
    heat = detector.run(None, {detector.get_inputs()[0].name: batch})[0][0, 0]
    across, down = width / size[0], height / size[1]
    boxes = []
    for x0, y0, x1, y1 in _regions(heat > _PRINT_AT):
        if min(x1 - x0, y1 - y0) < 3 or heat[y0:y1, x0:x1].mean() < _BOX_AT:
            continue
        grow = (x1 - x0) * (y1 - y0) / (2 * (x1 - x0 + y1 - y0)) * _UNCLIP
        left, right = (x0 - grow) * across, (x1 + grow) * across
        top, bottom = (y0 - grow) * down, (y1 + grow) * down
        boxes.append(
            Box(max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom)))
        )
    return _parted(boxes)


def _parted(boxes: Sequence[Box]) -> list[Box]:
    """Boxes grown into their neighbour on the same line are cut where the two meet."""
    parted: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.x0):
        for i, other in enumerate(parted):
            shared = min(box.y1, other.y1) - max(box.y0, other.y0)
            if other.x0 < box.x0 < other.x1 < box.x1 and shared > 0.5 * min(box.height, other.height):
                middle = (box.x0 + other.x1) // 2
                parted[i] = replace(other, x1=middle)
                box = replace(box, x0=middle)
        parted.append(box)
    return parted


def _regions(mask: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Bounding boxes of the connected regions of a mask: runs of each row, joined where they touch."""
    parent: list[int] = []
    bounds: list[list[int]] = []
    above: list[tuple[int, int, int]] = []
    for y in np.flatnonzero(mask.any(axis=1)):
        edges = np.flatnonzero(np.diff(mask[y], prepend=False, append=False))
        row = []
        for start, end in zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True):
            label = -1
            for other_start, other_end, other in above:
                if bounds[_root(parent, other)][3] >= y and other_start < end and start < other_end:
                    root = _root(parent, other)
                    label = root if label < 0 else _join(parent, bounds, label, root)
            if label < 0:
                label = len(parent)
                parent.append(label)
                bounds.append([start, int(y), end, int(y) + 1])
            box = bounds[label]
            bounds[label] = [min(box[0], start), box[1], max(box[2], end), int(y) + 1]
            row.append((start, end, label))
        above = row
    for label, box in enumerate(bounds):
        if parent[label] == label:
            yield box[0], box[1], box[2], box[3]


def _root(parent: list[int], label: int) -> int:
    while parent[label] != label:
        parent[label] = parent[parent[label]]
        label = parent[label]
    return label


def _join(parent: list[int], bounds: list[list[int]], a: int, b: int) -> int:
    a, b = _root(parent, a), _root(parent, b)
    if a != b:
        parent[b] = a
        one, two = bounds[a], bounds[b]
        bounds[a] = [min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])]
    return a


def recognise(image: Grey, boxes: Sequence[Box]) -> list[Print]:
    """The text of each box, in the order of `boxes`; boxes without readable print are left out.

    A line with a doubtful figure is looked at again, set tighter and wider; the surest reading counts.
    """
    bands = [_band(image, box) for box in boxes]
    size = float(np.median([band.height for band in bands])) if bands else 0.0
    best = _read(image, bands, size, _LOOKS[0])
    for look in _LOOKS[1:]:
        doubtful = [i for i, reading in enumerate(best) if reading.text and not reading.sure]
        again = _read(image, [bands[i] for i in doubtful], size, look)
        for i, reading in zip(doubtful, again, strict=True):
            if reading.figures * reading.mean > best[i].figures * best[i].mean + _BETTER:
                best[i] = reading
    return [
        Print(reading.text, reading.mean, box, reading.figures)
        for reading, box, band in zip(best, boxes, bands, strict=True)
        if reading.text
        and reading.mean >= (_LEAST_CONFIDENCE if len(reading.text) > 1 else _SURE)
        and band.height > 0.4 * size
    ]


def _read(image: Grey, bands: Sequence[Box], size: float, look: Look) -> list[_Reading]:
    """One pass of the recogniser over lines of similar width at a time."""
    _, recogniser, characters = _models()
    crops = [_crop(image, band, size, look) for band in bands]
    readings = [_Reading("", 0.0, 0.0)] * len(crops)
    order = sorted(range(len(crops)), key=lambda i: crops[i].shape[1])
    for at in range(0, len(order), _BATCH):
        part = order[at : at + _BATCH]
        widest = max(crops[i].shape[1] for i in part)
        batch = np.zeros((len(part), 3, _HEIGHT, widest), np.float32)
        for place, i in enumerate(part):
            batch[place, :, :, : crops[i].shape[1]] = crops[i].astype(np.float32) / 127.5 - 1
        steps = recogniser.run(None, {recogniser.get_inputs()[0].name: batch})[0]
        for place, i in enumerate(part):
            readings[i] = _decode(steps[place], crops[i], characters, (widest, look.type_size))
    return readings


def _crop(image: Grey, band: Box, size: float, look: Look) -> Grey:
    """A line image of the model's height; small print keeps the scale of the page's usual line."""
    from PIL import Image

    margin = max(2, round(look.margin * band.height))
    part = image[max(0, band.y0 - margin) : band.y1 + margin, band.x0 : band.x1]
    full = max(part.shape[0], size * (1 + 2 * look.margin), 1)
    width = max(_STEP, round(look.stretch * part.shape[1] * _HEIGHT / full))
    height = max(1, min(_HEIGHT, round(part.shape[0] * _HEIGHT / full)))
    line = np.full((_HEIGHT, width), 255, np.uint8)
    if part.size:
        low, high = np.percentile(part, (1, 80))
        clean = np.clip((part - low) * (255 / max(float(high - low) - _PAPER, 40)), 0, 255).astype(np.uint8)
        top = (_HEIGHT - height) // 2
        resized = Image.fromarray(clean).resize((width, height), Image.Resampling.BICUBIC)
        line[top : top + height] = np.asarray(resized, np.uint8)
    return line


def _band(image: Grey, box: Box) -> Box:
    """The box closed in on its line of print: a neighbouring line may reach into its edge."""
    part = image[box.y0 : box.y1, box.x0 : box.x1]
    if part.size == 0:
        return box
    low, high = np.percentile(part, (1, 90))
    inked = (part < low + 0.6 * (high - low)).sum(axis=1) > 0.004 * part.shape[1] + 1
    edges = np.flatnonzero(np.diff(inked, prepend=False, append=False))
    if high - low < 40 or not len(edges):
        return box
    spans = list(zip(edges[0::2].tolist(), edges[1::2].tolist(), strict=True))
    top, bottom = max(spans, key=lambda span: span[1] - span[0])
    for start, end in spans:
        if end <= top and top - end <= 0.2 * (bottom - top) and start > 0:
            top = start  # dots and accents above
        elif start >= bottom and start - bottom <= 0.2 * (bottom - top) and end < part.shape[0]:
            bottom = end
    return Box(box.x0, box.y0 + top, box.x1, box.y0 + bottom)


def _decode(
    steps: NDArray[np.float32], crop: Grey, characters: Sequence[str], scale: tuple[int, float]
) -> _Reading:
    """The likeliest text of one line: repeats merged, blanks dropped, spaces put back.

    `scale` is the width of the padded batch and the type size, both in pixels.
    """
    allowed = _allowed()
    best = allowed[steps[:, allowed].argmax(axis=1)]
    sure = steps[np.arange(len(best)), best]
    starts = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    letters, middles, chances = [], [], []
    for start in starts.tolist():
        end = start
        while end + 1 < len(best) and best[end + 1] == best[start]:
            end += 1
        letters.append(unicodedata.normalize("NFKC", characters[best[start]]))
        middles.append((start + end + 1) / 2 * scale[0] / len(best))
        chances.append(float(sure[start : end + 1].max()))
    if not chances:
        return _Reading("", 0.0, 0.0)
    text = tidy(_spaced(letters, middles, _gaps(crop), scale[1]))
    figures = [chance for letter, chance in zip(letters, chances, strict=True) if letter in _FIGURES]
    return _Reading(text, float(np.mean(chances)), min(figures, default=1.0))


@lru_cache(maxsize=1)
def _allowed() -> NDArray[np.intp]:
    """Classes of Latin letters, figures and signs: the model knows Chinese too, contracts here do not."""
    _, _, characters = _models()
    return np.array([i for i, c in enumerate(characters) if not c or ord(c[0]) < 0x250 or c in _SIGNS])


def _gaps(crop: Grey) -> list[tuple[float, float]]:
    """(middle, width) in pixels of the white gaps between the letters of a line image."""
    low, high = np.percentile(crop, (2, 90))
    if high - low < 40:
        return []
    ink = (crop < low + 0.6 * (high - low)).sum(axis=0) > 0
    edges = np.flatnonzero(np.diff(ink, prepend=False, append=False))
    starts, ends = edges[2::2], edges[1:-1:2]
    return [((a + b) / 2, float(b - a)) for a, b in zip(ends.tolist(), starts.tolist(), strict=True)]


def _word_gap(gaps: Sequence[tuple[float, float]], size: float) -> float:
    """Gaps come in two kinds, between letters and between words: the width where they part best."""
    widths = sorted({width for _, width in gaps if 0.08 * size <= width <= 0.4 * size})
    steps = [(b - a, (a + b) / 2) for a, b in pairwise(widths) if 0.14 * size <= (a + b) / 2 <= 0.24 * size]
    return max(steps)[1] if steps and len(gaps) > 20 else 0.19 * size


def _spaced(
    letters: Sequence[str], middles: Sequence[float], gaps: Sequence[tuple[float, float]], size: float
) -> str:
    """Letters with a space wherever the white between two of them is as wide as a word space.

    Every gap belongs to the pair of letters whose middle is nearest to its own. Where the model itself
    read a space, a narrower gap will do.
    """
    if not gaps:
        return " ".join("".join(letters).split())
    kept = [i for i, letter in enumerate(letters) if letter != " "]
    between = [(middles[a] + middles[b]) / 2 for a, b in pairwise(kept)]
    widest = [0.0] * len(between)
    for middle, width in gaps:
        pair = min(range(len(between)), key=lambda i: abs(between[i] - middle), default=None)
        if pair is not None:
            widest[pair] = max(widest[pair], width)
    usual = _word_gap(gaps, size)
    text = "".join(letters[i] for i in kept[:1])
    for (i, j), gap in zip(pairwise(kept), widest, strict=True):
        least = _least_gap(letters[i], letters[j], usual, size) * (_SEEN if j > i + 1 else 1)
        text += letters[j] if gap < least else " " + letters[j]
    return text


def _least_gap(before: str, after: str, usual: float, size: float) -> float:
    """Figures stand further apart than letters; closing signs are never preceded by a space."""
    if after in _CLOSING or before in _OPENING:
        return 0.6 * size
    if before in ".:" and after.isdigit():
        return max(usual, 0.42 * size)
    if (before.isdigit() or before in "/-") and (after.isdigit() or after in "/-"):
        return max(usual, (0.36 if "1" in (before, after) else 0.3) * size)
    if "1" in (before, after):
        return max(usual, 0.25 * size)
    return usual


def tidy(text: str) -> str:
    """Undo two errors of the model: the letter O in figures ("O0:00", "98.o") and torn labels ("7. 1")."""
    return _LABEL.sub(r"\1.\2", _FIGURE.sub(_figure, text))


def _figure(match: re.Match[str]) -> str:
    """A name such as "O2" is left alone; "O0:00", "1oth" and "Oo:oo" are figures."""
    figure = match[0]
    if figure[0] in "oO" and not re.search(r"[.,:]", figure):
        return figure
    if any(c.isdigit() for c in figure) or re.fullmatch("[oO]{2}:[oO]{2}", figure):
        return figure.replace("o", "0").replace("O", "0")
    return figure
