"""A contract as a scan: its pages as slightly crooked, noisy greyscale pictures without a text layer.

Deterministic: the crookedness and the noise of a page come from a seed made of the contract's key
and the page number.
"""

import io
import random
import time
import zlib

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from corpus.typeset.pdf import pdf_bytes
from corpus.typeset.source import ContractSource

_DPI = 200
_QUALITY = 32
_PAPER = 246
_EPOCH = time.gmtime(946_684_800)


def scan_bytes(source: ContractSource) -> bytes:
    """The contract as a PDF that holds one JPEG per page and no text."""
    pages = pypdfium2.PdfDocument(pdf_bytes(source))
    worn = []
    for number, page in enumerate(pages):
        picture = page.render(scale=_DPI / 72, grayscale=True).to_pil().convert("L")
        worn.append(_wear(picture, seed=zlib.crc32(f"{source.key}/{number}".encode())))
    pages.close()
    out = io.BytesIO()
    worn[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=worn[1:],
        resolution=_DPI,
        quality=_QUALITY,
        creationDate=_EPOCH,
        modDate=_EPOCH,
    )
    return out.getvalue()


def _wear(picture: Image.Image, seed: int) -> Image.Image:
    """Turned by up to half a degree, softened, greyed and speckled like a copy from an office machine."""
    chance = random.Random(seed)  # noqa: S311 (a picture's noise, not a secret)
    angle = chance.choice((-1, 1)) * chance.uniform(0.15, 0.5)
    turned = picture.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor=255)
    soft = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float64)
    noise = np.random.RandomState(seed)
    grey = soft * (_PAPER / 255) + noise.normal(0, 2.0, soft.shape)
    specks = noise.randint(0, soft.size, size=120)
    grey.flat[specks] -= noise.randint(40, 160, size=120)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8), "L")
