"""Archives of models: those that are made to harm are refused before anything is written."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
from pathlib import PurePosixPath

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.model_folders import model_source
from napari_crystalseg.segmentation.model_folders.model_source import opened_source

OUTSIDE = ["/etc/passwd", "../up", "a/../../up", "C:/windows", "c:up", "a\\..\\b", "\\\\server\\share"]


def files_of(path, scratch):
    with opened_source(path, scratch) as source:
        return {str(place): b"".join(source.chunks(place)) for place in source.sizes}


def tar_of(path, *members, packed=True):
    """Archive of members given as TarInfo, or as name and bytes."""
    with tarfile.open(path, "w:gz" if packed else "w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def zip_of(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("make", [zip_of, tar_of, lambda path, *members: tar_of(path, *members, packed=False)])
def test_files_come_back(tmp_path, make):
    held = {"model/dataset.json": b"{}", "model/fold_0/weights": os.urandom(3_000_000), "empty": b""}
    assert files_of(make(tmp_path / "archive", *held.items()), tmp_path) == held


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_names_that_lead_elsewhere(tmp_path, make, name):
    path = make(tmp_path / "archive", ("good", b"1"), (name, b"2"))
    with pytest.raises(InputError, match="would not lie in the folder"):
        files_of(path, tmp_path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"]
)
def test_links_and_devices_in_tar(tmp_path, kind):
    member = tarfile.TarInfo("weights")
    member.type, member.linkname = kind, "../../secret"
    with pytest.raises(InputError, match="a link or a device"):
        files_of(tar_of(tmp_path / "a.tar.gz", member), tmp_path)


def test_links_in_zip(tmp_path):
    info = zipfile.ZipInfo("weights")
    info.external_attr = 0o120777 << 16
    with pytest.raises(InputError, match="a link or a device"):
        files_of(zip_of(tmp_path / "a.zip", (info, "/etc/passwd")), tmp_path)


@pytest.mark.parametrize("make", [zip_of, tar_of])
@pytest.mark.parametrize(("one", "other"), [("Card.json", "card.json"), ("a/b", "a/./b"), ("\u00e9", "e\u0301")])
def test_names_that_are_one_on_some_systems(tmp_path, make, one, other):
    with pytest.raises(InputError, match="one file on some systems"):
        files_of(make(tmp_path / "archive", (one, b"1"), (other, b"2")), tmp_path)


@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_bombs(tmp_path, make, monkeypatch):
    monkeypatch.setattr(model_source, "_SLACK_BYTES", 2**16)
    path = make(tmp_path / "bomb", ("weights", bytes(2**22)))
    assert path.stat().st_size < 2**14
    with pytest.raises(InputError, match="unpacks to more than"):
        files_of(path, tmp_path)


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(model_source, "MOST_FILES", 3)
    members = [(str(number), b"") for number in range(5)]
    for make in (zip_of, tar_of):
        with pytest.raises(InputError, match="more than 3 files"):
            files_of(make(tmp_path / "archive", *members), tmp_path)
    (tmp_path / "many").mkdir()
    for name, _ in members:
        (tmp_path / "many" / name).touch()
    with pytest.raises(InputError, match="more than 3 files"):
        files_of(tmp_path / "many", tmp_path)


def test_header_that_would_fill_the_memory(tmp_path):
    """A name of a gigabyte, stated in a header, is not read."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 2**30
    path = tmp_path / "a.tar"
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(2**16))
    with pytest.raises(InputError, match="no archive that can be read, or is damaged"):
        files_of(path, tmp_path)


def test_negative_length_does_not_run_in_circles(tmp_path):
    header = tarfile.TarInfo("weights")
    header.size = 512
    raw = bytearray(header.tobuf(tarfile.USTAR_FORMAT))
    raw[124:136] = b"\xff" * 4 + struct.pack(">q", -1024)
    raw[148:156] = b"%06o\0 " % (sum(raw[:148]) + sum(raw[156:]) + 8 * 32)
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(raw) + bytes(4096))
    with pytest.raises(InputError, match=r"damaged|no plain file"):
        files_of(path, tmp_path)


def test_file_with_holes(tmp_path):
    info = tarfile.TarInfo("weights")
    info.size = 512
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(2**60)}
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"1\n0\n512\n".ljust(512, b"\0")))
    with pytest.raises(InputError, match=r"no plain file|damaged"):
        files_of(path, tmp_path)


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize("make", [zip_of, tar_of])
def test_cut_off(tmp_path, make, cut):
    path = make(tmp_path / "archive", ("weights", os.urandom(200_000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(cut * len(whole))])
    with pytest.raises(InputError, match=r"damaged|cut off"):
        files_of(path, tmp_path)


def test_damaged_bytes_are_found_where_the_archive_can_tell(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("weights", os.urandom(100_000)))
    content = bytearray(path.read_bytes())
    content[50_000] ^= 255
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="damaged"):
        files_of(path, tmp_path)


def test_password(tmp_path):
    path = zip_of(tmp_path / "a.zip", ("weights", b"1"))
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="password"):
        files_of(path, tmp_path)


def test_what_is_no_archive(tmp_path):
    (tmp_path / "text").write_text("a picture of a model")
    (tmp_path / "gzip").write_bytes(gzip.compress(b"no tar"))
    for name in ("text", "gzip"):
        with pytest.raises(InputError, match="no archive that can be read"):
            files_of(tmp_path / name, tmp_path)
    with pytest.raises(InputError, match="There is no file or folder"):
        files_of(tmp_path / "absent", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="device or a pipe"):
        files_of(tmp_path / "pipe", tmp_path)


def test_links_in_a_folder_stay_in_it(tmp_path):
    (tmp_path / "secret").write_text("not for others")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "weights").write_bytes(b"1")
    (folder / "again").symlink_to("weights")
    (folder / "out").symlink_to(tmp_path / "secret")
    (folder / "all").symlink_to(tmp_path, target_is_directory=True)
    assert files_of(folder, tmp_path) == {"weights": b"1", "again": b"1"}


def test_large_file_is_not_read_where_a_small_one_is_asked_for(tmp_path):
    with opened_source(zip_of(tmp_path / "a.zip", ("card.json", os.urandom(2000))), tmp_path) as source:
        with pytest.raises(InputError, match="too many"):
            source.read(PurePosixPath("card.json"), 1000)
