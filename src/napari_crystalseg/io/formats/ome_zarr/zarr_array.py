"""An array of a Zarr store, judged by its metadata before a chunk of it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ....errors import InputError, shortened
from ....texts.json_text import parse_json

# Others unpack text or Python objects, and "pickle" runs what it unpacks.
_CODECS = {
    *("adler32", "astype", "bitround", "blosc", "bytes", "bz2", "crc32", "crc32c", "delta", "fixedscaleoffset"),
    *("fletcher32", "gzip", "jenkins_lookup3", "lz4", "lzma", "packbits", "pcodec", "quantize", "sharding_indexed"),
    *("shuffle", "transpose", "zfpy", "zlib", "zstd"),
}
_NUMBERS = re.compile(r"[<>|=]?[biufc]\d+|bool|u?int(8|16|32|64)|float(16|32|64)|complex(64|128)")


def check_array(path: Path, level: str) -> None:
    """Refuse an array of a store that holds other things than numbers, or is packed in a way that is not known.

    Raises
    ------
    InputError
        It says what, before anything is unpacked; or there is no such array.
    """
    folder = path / level
    if not folder.resolve().is_relative_to(path.resolve()):
        raise InputError(f"{path.name} takes its image from {shortened(level)}, outside itself; this is not read.")
    for name in ("zarr.json", ".zarray"):
        if (folder / name).is_file():
            break
    else:
        raise InputError(f"{path.name} names an array {shortened(level)} that is not in it; the image is not complete.")
    try:
        stated = parse_json((folder / name).read_bytes())
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} is damaged: its {level}/{name} cannot be read ({shortened(error)}).") from error
    if not isinstance(stated, Mapping):
        raise InputError(f"{path.name} is damaged: its {level}/{name} is no JSON object.")
    kind = stated.get("data_type" if name == "zarr.json" else "dtype")
    if not isinstance(kind, str) or not _NUMBERS.fullmatch(kind):
        raise InputError(f"{path.name} holds values of the type {shortened(kind)}; only numbers are read.")
    for codec in _codecs(stated):
        if codec.lower().removeprefix("numcodecs.") not in _CODECS:
            raise InputError(
                f"{path.name} is packed with {shortened(codec)}, which is not read; "
                "save it with blosc, gzip, lz4 or zstd."
            )


def _codecs(stated: Any, depth: int = 0) -> Iterator[str]:
    """Names of all codecs, those within shards too."""
    if depth > 8:
        yield "codecs in codecs in codecs"
        return
    if not isinstance(stated, Mapping):
        return
    for key in ("codecs", "index_codecs", "filters", "compressor"):
        given = stated.get(key)
        for codec in given if isinstance(given, list) else [] if given is None else [given]:
            name = codec.get("name", codec.get("id")) if isinstance(codec, Mapping) else codec
            yield str(name)
            if isinstance(codec, Mapping):
                yield from _codecs(codec.get("configuration"), depth + 1)
