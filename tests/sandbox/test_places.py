"""Where less is allowed than usual: the executor runs or says why, and doctor says the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can arrange this")

PLACE = Path(__file__).with_name("place.py")
ROOT = Path(__file__).parents[2]
CONTAINER = "unshare,landlock_create_ruleset,close_range,process_madvise,fsopen"


def mathcli(
    *words: str, before: tuple[str, ...] = (), python: str = sys.executable, **options: object
) -> subprocess.CompletedProcess[str]:
    command = [*before, python, "-m", "mathcli", *words]
    done = subprocess.run(
        command, input="print(6 * 7)", capture_output=True, text=True, timeout=200, **options
    )  # type: ignore[call-overload]
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stderr
    return done


def place(code: str, calls: str) -> tuple[str, ...]:
    return (sys.executable, str(PLACE), code, calls)


def sandbox_findings(before: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found = json.loads(mathcli("doctor", "--json", before=before).stdout)["findings"]
    return {
        one["name"].removeprefix("sandbox: "): one
        for one in found
        if one["name"].startswith("sandbox: ")
    }


@pytest.mark.parametrize(
    ("code", "calls"),
    [("EPERM", CONTAINER), ("ENOSYS", CONTAINER), ("EPERM", "memfd_create"), ("EPERM", "fsopen")],
)
def test_it_runs_with_fewer_layers(code: str, calls: str) -> None:
    done = mathcli("run", "-", before=place(code, calls))
    assert (done.stdout, done.returncode, done.stderr) == ("42\n", 0, "")


def test_doctor_in_a_container_says_what_is_so() -> None:
    found = sandbox_findings(place("EPERM", CONTAINER))
    states = {name: one["state"] for name, one in found.items()}
    assert states["landlock"] == states["namespaces"] == "warning"
    assert states["seccomp"] == states["limits"] == states["a program, strict"] == "ok"


def test_doctor_where_programs_cannot_be_confined() -> None:
    before = place("EPERM", "seccomp")
    found = sandbox_findings(before)
    assert found["seccomp"]["state"] == found["a program, strict"]["state"] == "failed"
    assert "--sandbox basic" in (found["a program, strict"]["next_step"] or "")
    assert found["a program, basic"]["state"] == "ok"
    done = mathcli("run", "-", before=before)
    assert done.returncode == 6
    assert "programs cannot be confined here" in done.stderr
    assert "--sandbox basic" in done.stderr
    assert mathcli("run", "-", "--sandbox", "basic", before=before).stdout == "42\n"


@needs_root
@pytest.mark.parametrize(
    "before",
    [("setpriv", "--bounding-set=-all", "--inh-caps=-all"),
     ("setpriv", "--securebits=+noroot,+noroot_locked", "--bounding-set=-all", "--inh-caps=-all"),
     ("setpriv", "--no-new-privs")],
    ids=["no capabilities", "no powers of root", "no new privileges"],
)  # fmt: skip
def test_a_superuser_with_less(before: tuple[str, ...]) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv")
    assert mathcli("run", "-", before=before).stdout == "42\n"


@needs_root
def test_a_superuser_whose_environment_lies_in_another_users_folder(tmp_path: Path) -> None:
    private = tmp_path / "private"
    venv = private / "venv"
    site = venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    site.mkdir(parents=True)
    (venv / "bin").mkdir()
    base = Path(sys.executable).resolve()
    (venv / "bin" / "python").symlink_to(base)
    (venv / "pyvenv.cfg").write_text(f"home = {base.parent}\n")
    for one in [*Path(sysconfig.get_path("purelib")).iterdir(), ROOT / "mathcli", ROOT / "models"]:
        if not (site / one.name).exists() and not one.name.startswith("__editable__"):
            (site / one.name).symlink_to(one)
    os.chown(private, 12345, 12345)
    private.chmod(0o700)
    done = mathcli("run", "-", python=str(venv / "bin" / "python"), cwd="/")
    assert (done.stdout, done.returncode, done.stderr) == ("42\n", 0, "")


@needs_root
@pytest.mark.parametrize(
    ("sandbox", "before"),
    [("strict", ()), ("basic", ()), ("strict", ("EPERM", CONTAINER))],
    ids=["strict", "basic", "strict, without namespaces"],
)
def test_the_superusers_programs_have_no_capabilities(
    sandbox: str, before: tuple[str, str] | tuple[()]
) -> None:
    command = [sys.executable, "-m", "tests.sandbox.capabilities", sandbox]
    done = subprocess.run(
        [*(place(*before) if before else ()), *command],
        capture_output=True, text=True, check=True, timeout=100, cwd=ROOT,
    )  # fmt: skip
    shown, waiting = done.stdout.splitlines()
    assert shown == ("-1 False" if sandbox == "strict" else "0 False")
    assert int(waiting) >= 1
