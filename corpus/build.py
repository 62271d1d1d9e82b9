"""Typeset the invented contracts: corpus/source/<key>.md -> corpus/contracts/<key>.pdf, .docx or .txt.

    python corpus/build.py                   build every source
    python corpus/build.py acme-msa …        build some
    python corpus/build.py --check [keys]    build nothing; list files that do not match their source
    python corpus/build.py --company second  those of the second company, corpus/second

The dialect of the sources is described in corpus/typeset/source.py; `format: scan` gives a PDF of
page pictures without text. Output is deterministic: the same source and the locked libraries give
the same bytes. Needs the dev group (reportlab). The built files are committed, so nothing of this
runs at run time.
"""

import argparse
import io
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.typeset.errors import SourceError
from corpus.typeset.pdf import pdf_bytes
from corpus.typeset.scan import scan_bytes
from corpus.typeset.source import ContractSource, read_source
from corpus.typeset.text import text_bytes
from corpus.typeset.word import docx_bytes

CORPUS = Path(__file__).resolve().parent
RENDER: dict[str, Callable[[ContractSource], bytes]] = {
    "pdf": pdf_bytes,
    "docx": docx_bytes,
    "txt": text_bytes,
    "scan": scan_bytes,
}


def render(source: ContractSource) -> bytes:
    """The bytes of the contract's file."""
    return RENDER[source.format](source)


def sources(keys: Sequence[str] = (), home: Path = CORPUS) -> list[ContractSource]:
    """The sources of `keys`, all when none is given. SourceError for a key without a source."""
    paths = [home / "source" / f"{key}.md" for key in keys] or sorted((home / "source").glob("*.md"))
    for path in paths:
        if not path.is_file():
            raise SourceError(f"{path.stem}: no source {path.name} in corpus/source")
    return [read_source(path) for path in paths]


def stale(source: ContractSource, home: Path = CORPUS) -> bool:
    """Whether the built file is missing or differs from what its source gives."""
    built = home / "contracts" / source.file
    return not built.is_file() or _content(built.read_bytes()) != _content(render(source))


def _content(data: bytes) -> object:
    """What is compared: of an archive its members, since compression differs between zlib builds."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Typeset the contracts of the corpus.")
    parser.add_argument("keys", nargs="*", help="contract keys; none means all")
    parser.add_argument("--check", action="store_true", help="only say which files do not match")
    parser.add_argument("--company", choices=["second"], help="the contracts of another company")
    chosen = parser.parse_args(arguments)
    home = CORPUS / (chosen.company or "")
    try:
        found = sources(chosen.keys, home)
        if chosen.check:
            old = [source.file for source in found if stale(source, home)]
            print("\n".join(f"does not match its source: {name}" for name in old) or "all files match")
            return 1 if old else 0
        for source in found:
            data = render(source)
            (home / "contracts" / source.file).write_bytes(data)
            print(f"{source.file}: {len(data) / 1024:.0f} KB")
    except SourceError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
