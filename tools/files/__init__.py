"""Records that arrive as files: a folder of CSV, read by a column map that is proposed and confirmed."""

from tools.files.columns import ColumnMap, TableMap, dump_map, load_map, parse_map
from tools.files.drop import FilesDrop, FilesSettings, Preview, preview
from tools.files.propose import propose_map

__all__ = [
    "ColumnMap",
    "FilesDrop",
    "FilesSettings",
    "Preview",
    "TableMap",
    "dump_map",
    "load_map",
    "parse_map",
    "preview",
    "propose_map",
]
