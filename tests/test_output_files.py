"""Where outputs may go, and what becomes of what is there: files, links, pipes, devices."""

from __future__ import annotations

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from mathcli.errors import OutputError, UsageError
from mathcli.output_files import look, write_whole, writing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, pipes and devices are POSIX's")
NOT_ROOT = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


def ours(head: bytes) -> bool:
    return head.startswith(b"ours")


def write(path: Path, text: str = "ours, new") -> None:
    with writing(look(path, "the page", is_ours=ours)) as draft:
        draft.write(text)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("before", [None, "", "ours, old"])
def test_what_is_new_or_ours_is_written_whole(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "page.html"
    if before is not None:
        path.write_text(before)
    write(path)
    assert path.read_text() == "ours, new"
    assert names(tmp_path) == ["page.html"]


@pytest.mark.parametrize("before", ["a thesis", " ours", "\0" * 100])
def test_what_is_not_ours_stays(tmp_path: Path, before: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(before)
    with pytest.raises(UsageError, match="was not written by mathcli as the page"):
        write(path)
    assert path.read_text() == before
    assert names(tmp_path) == ["page.html"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "page.html"
    path.write_text("ours")
    path.chmod(mode)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "usual")
        write_whole(tmp_path / "private", "x", mode=0o600)
    finally:
        os.umask(before)
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {"usual": 0o640, "private": 0o600}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("ours")
    os.chown(path, 1234, 2345)
    write(path)
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


def test_links_are_written_through_and_stay(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    real = tmp_path / "deep" / "real.html"
    real.write_text("ours")
    real.chmod(0o600)
    (tmp_path / "one").symlink_to("deep/real.html")
    (tmp_path / "two").symlink_to("one")
    write(tmp_path / "two")
    assert real.read_text() == "ours, new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert (tmp_path / "two").is_symlink()
    assert (tmp_path / "one").is_symlink()
    assert names(tmp_path / "deep") == ["real.html"]


def test_a_link_to_nothing_makes_the_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("later.html")
    write(tmp_path / "link")
    assert (tmp_path / "later.html").read_text() == "ours, new"
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "lost").symlink_to("no/such/folder")
    with pytest.raises(UsageError, match="there is no folder"):
        write(tmp_path / "lost")


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / "a")


@pytest.mark.parametrize("spelled", ["in.txt", "./x/../in.txt", "soft", "hard"])
def test_the_input_is_no_output(tmp_path: Path, spelled: str) -> None:
    source = tmp_path / "in.txt"
    source.write_text("ours, and read")
    (tmp_path / "x").mkdir()
    (tmp_path / "soft").symlink_to("in.txt")
    (tmp_path / "hard").hardlink_to(source)
    for named in (source, os.open(source, os.O_RDONLY)):
        with pytest.raises(UsageError, match="is the input"):
            look(tmp_path / spelled, "the page", inputs=[named], is_ours=ours)
    assert source.read_text() == "ours, and read"


def test_a_folder_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder, not a file for the page"):
        write(tmp_path)
    with pytest.raises(UsageError, match="there is no folder"):
        write(tmp_path / "no" / "page.html")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="there is no folder"):
        write(tmp_path / "file" / "page.html")
    with pytest.raises(UsageError, match="cannot be written"):
        write(tmp_path / ("x" * 300))


def test_a_socket_is_no_output(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
        with pytest.raises(UsageError, match="is no file for the page"):
            write(tmp_path / "socket")


def test_a_pipe_gets_the_text_and_is_never_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="nobody reads from it"):
        write(pipe)
    found: list[str] = []
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    thread = threading.Thread(target=lambda: found.append(os.fdopen(reader).read()))
    with writing(look(pipe, "the page", is_ours=ours)) as draft:
        thread.start()
        draft.write("x" * 200_000)  # more than a pipe holds
    thread.join()
    assert found == ["x" * 200_000]
    assert names(tmp_path) == ["pipe"]


def test_a_pipe_whose_reader_goes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def leave() -> None:
        with writing(look(pipe, "the page")) as draft:
            os.close(reader)
            draft.write("x" * 200_000)

    with pytest.raises(OutputError, match="cannot be written"):
        leave()


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_written_and_not_read(device: str) -> None:
    write(Path(device))
    assert stat.S_ISCHR(Path(device).stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_is_said() -> None:
    with pytest.raises(OutputError, match="/dev/full cannot be written: No space left on device"):
        write(Path("/dev/full"))


def test_a_failure_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("ours, old")

    def fail() -> None:
        with writing(look(path, "the page")) as draft:
            draft.write("half of it")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "ours, old"
    assert names(tmp_path) == ["page.html"]


@NOT_ROOT
def test_what_is_read_only_stays(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("ours, old")
    path.chmod(0o444)
    with pytest.raises(UsageError, match="Permission denied"):
        write(path)
    tmp_path.chmod(0o555)
    with pytest.raises(UsageError, match="cannot be written to"):
        write(tmp_path / "new")
    tmp_path.chmod(0o755)
    assert path.read_text() == "ours, old"
