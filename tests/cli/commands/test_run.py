"""`mathcli run` as a person or a script calls it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Run, worker_of


@pytest.mark.parametrize(
    ("program", "shown", "code"),
    [
        ("from sympy import *\nx = symbols('x')\nprint(solve(x**2 - 1))", "[-1, 1]\n", 0),
        ("6 * 7", "42\n", 0),
        ("x = 1", "Done\n", 0),
        ("1 / 0", "ZeroDivisionError: division by zero\n", 1),
        ("from sympy import mod", "ImportError: cannot import name 'mod' from 'sympy'\n", 1),
        ("open('/etc/passwd')", "PermissionError: [Errno 1] Operation not permitted: "
         "'/etc/passwd'\n", 1),
        ("while True: pass", "Timeout Error\n", 6),
        ("while True: print('x' * 1000)", "Error: stopped (output)\n", 6),
        ("print('\\x1b[31m')", "\\x1b[31m\n", 0),
    ],
)  # fmt: skip
def test_shows_what_the_model_would_see(mathcli: Run, program: str, shown: str, code: int) -> None:
    done = mathcli("run", "-", "--timeout", "1", stdin=program)
    assert (done.out, done.code, done.err) == (shown, code, "")


def test_what_was_printed_before_an_error_is_told_apart(mathcli: Run) -> None:
    done = mathcli("run", "-", stdin="print('so far')\nraise ValueError('no')\n")
    assert (done.out, done.code) == ("ValueError: no\n", 1)
    assert done.err.endswith("which a model is not shown:\nso far\n")


def test_reads_a_file(mathcli: Run, tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("print('from a file, with √2')", encoding="utf-8")
    assert mathcli("run", str(file)).out == "from a file, with √2\n"


def test_json_holds_everything(mathcli: Run) -> None:
    record = json.loads(mathcli("run", "-", "--json", stdin="print('a')\n1 / 0").out)
    assert record.pop("seconds") > 0
    assert record.pop("peak_bytes") > 0
    assert record == {
        "schema": 1,
        "status": "raised",
        "stdout": "a\n",
        "value": None,
        "error": "ZeroDivisionError: division by zero",
        "stopped_by": None,
        "truncated": False,
    }


def test_a_missing_file_is_a_usage_error(mathcli: Run, tmp_path: Path) -> None:
    done = mathcli("run", str(tmp_path / "none.py"))
    assert done.code == 2
    assert "No such file" in done.err
    assert done.out == ""


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon", "inf", "1e19"])
def test_an_impossible_timeout_is_a_usage_error(mathcli: Run, timeout: str) -> None:
    assert mathcli("run", "-", "--timeout", timeout).code == 2


def test_basic_must_be_asked_for(mathcli: Run) -> None:
    program = "import os\nprint(os.path.exists('/'))"
    assert mathcli("run", "-", stdin=program).out == "False\n"
    assert mathcli("run", "-", "--sandbox", "basic", stdin=program).out == "True\n"


def test_ctrl_c_leaves_with_130() -> None:
    command = [sys.executable, "-m", "mathcli", "run", "-", "--timeout", "60"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"while True: pass")
        process.stdin.close()
        warm_parent = Path(f"/proc/{worker_of(process)}")
        children = warm_parent / "task" / warm_parent.name / "children"
        deadline = time.monotonic() + 60
        while not children.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
        assert not warm_parent.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_program(
    mathcli: Run, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "program.py"
    file.write_bytes("print('√2')\n".encode(encoding))
    assert mathcli("run", str(file)).out == "√2\n"


@pytest.mark.parametrize(
    ("most", "said", "code"), [(0, "ulimit -f unlimited", 6), (100_000, "42\n", 0)]
)
def test_where_files_may_hold_little(most: int, said: str, code: int) -> None:
    limited = (
        f"import resource, runpy\nresource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
        "runpy.run_module('mathcli', run_name='__main__', alter_sys=True)"
    )
    done = subprocess.run([sys.executable, "-c", limited, "run", "-"], input="print(6 * 7)",
                          capture_output=True, text=True, timeout=100)  # fmt: skip
    assert done.returncode == code or (most == 0 and done.returncode == 0)  # who may raise it
    assert said in done.stdout + done.stderr or done.stdout == "42\n"
    assert "Traceback" not in done.stderr
