"""Python's own doors, and the code that shares the process with the program."""

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

PYTHON = [
    refused(
        "subclasses",
        "import subprocess\n"
        "popen = next(one for one in object.__subclasses__() if one.__name__ == 'Popen')\n"
        "popen(['touch', FOLDER + '/made'])",
    ),
    harmless(
        "a frame's globals",
        "import sys\nframe = sys._getframe()\nwhile frame.f_back: frame = frame.f_back\n"
        "print('SECRET' in repr(frame.f_globals))",
        "^False",
    ),
    harmless(
        "a gadget of pickle",
        "import pickle, os\nclass A:\n    def __reduce__(self): return os.system, ('id',)\n"
        "print(pickle.loads(pickle.dumps(A())) != 0)",
        "^True",
    ),
    refused(
        "a gadget of SymPy",
        "from sympy import sympify\nsympify('__import__(\"os\").listdir(\"/\")')",
        "SympifyError|Operation not permitted",
    ),
    harmless(
        "the environment",
        "import os\nprint(any('SECRET' in key + value for key, value in os.environ.items()))",
        "^False",
    ),
    harmless(
        "descriptors",
        "import os\nfound = []\nfor one in range(300):\n"
        "    try: os.lseek(one, 0, 1)\n    except OSError as error:\n"
        "        if error.errno != 9: found.append(one)\n    else: found.append(one)\nprint(found)",
        r"^\[0, 1, 2(, \d+)?\]",  # a lone program has the socket on which it says "done"
    ),
    Case("a null pointer", "import ctypes\nctypes.string_at(0)", "crash"),
    Case("abort", "import os\nos.abort()", "crash"),
    Case(
        "broken byte code",
        "code = (lambda: 0).__code__\n"
        "exec(code.replace(co_code=bytes(range(2, 200, 2)) * 4, co_stacksize=1))",
        "crash", None, ("raised", "time"),
    ),
    refused("leave", "import os\nos._exit(0)", "ended the interpreter"),
    refused("leave with a code", "import os\nos._exit(7)", r"exit status 7"),
    refused("exit with a text", "import sys\nsys.exit('no')", "SystemExit: no"),
    harmless("exit", "print('before')\nexit()\nprint('after')", "^before$"),
    refused("interrupt", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    refused(
        "an error that says timeout", "raise ValueError('Timeout Error')",
        "ValueError: Timeout Error",
    ),
    refused(
        "an error with a broken text",
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E", "E",
    ),
    harmless("no output", "import sys\nsys.stdout = None\nprint('x')\nsys.stdout"),
    harmless("other output", "import sys\nsys.stdout = 3"),
    harmless("closed output", "import os\nos.close(1)"),
    refused("closed and used", "import sys\nsys.stdout.close()\nprint('x')", "ValueError"),
    harmless("trace everything", "import sys\nsys.settrace(lambda *_: None)\nprint(1)", "^1"),
    harmless(
        "leave at the end",
        "import atexit, os\natexit.register(os._exit, 9)\nprint(1)", "^1",
    ),
    refused("act on import", "import antigravity", "ModuleNotFoundError"),
    refused("a module of the tool", "import mathcli.cli", "ModuleNotFoundError"),
    refused("a missing module", "import matplotlib", "No module named 'matplotlib'"),
    refused("a module that runs", "import json.tests, unittest.__main__", "ModuleNotFoundError"),
]  # fmt: skip

_REPORT = (
    "import gc\nfrom mathcli.sandbox import wire\n"
    "found = [one for one in gc.get_objects() if isinstance(one, memoryview)]\n"
    "import sys\nframe = sys._getframe()\n"
    "while frame:\n"
    "    found += [one for one in frame.f_locals.values() if isinstance(one, memoryview)]\n"
    "    frame = frame.f_back\n"
    "report = [one for one in found if len(one) == wire.REPORT_BYTES]\n"
    "def forge(outcome):\n"
    "    for one in report:\n"
    "        one[:15] = wire.REPORT.pack(outcome, 3, wire.ABSENT) + b'999'\n"
)

THE_TOOL = [
    harmless(
        "a printed answer",
        "from mathcli.sandbox import wire\nimport os\n"
        "os.write(1, wire.ANSWER.pack(wire.RESULT, 0, 1, 0, 0.0, 0, 0, 0))",
    ),
    harmless(
        "answers to every descriptor",
        "import os\nfor one in range(3, 300):\n"
        "    try: os.write(one, bytes(64))\n    except OSError: pass\nprint('nothing')",
        "^nothing",
    ),
    refused("a forged report", _REPORT + "forge(wire.OK)\nraise ValueError('x')", "^ValueError: x"),
    refused(
        "a forged report and an exit code", _REPORT + "forge(wire.OK)\nimport os\nos._exit(1)",
        "exit status 1",
    ),
    stopped(
        "says that it is done, and is not",
        "import os\nfor one in range(3, 300):\n"
        "    try: os.write(one, b'done')\n    except OSError: pass\nwhile True: pass",
    ),
    Case(  # it could as well leave
        "a forged report, says that it is done, and goes on",
        _REPORT + "forge(wire.OK)\nimport os\nfor one in range(3, 300):\n"
        "    try: os.write(one, b'done')\n    except OSError: pass\nwhile True: pass",
        "ok", ends=("time",),
    ),
    stopped("a forged report and a loop", _REPORT + "forge(wire.OK)\nwhile True: pass"),
    Case(
        "a forged report and a crash",
        _REPORT + "forge(wire.OK)\nimport ctypes\nctypes.string_at(0)", "crash",
    ),
    refused(
        "a forged wish",
        _REPORT + "import os\nname = b'antigravity'\n"
        "for one in report:\n"
        "    head = wire.REPORT.pack(wire.NEEDS_MODULE, wire.ABSENT, len(name))\n"
        "    one[: 12 + len(name)] = head + name\n"
        "os._exit(wire.EXIT_NEEDS_MODULE)",
        "exit status",
    ),
    refused(
        "wild lengths",
        _REPORT + "import os\nfor one in report:\n"
        "    one[:12] = wire.REPORT.pack(wire.OK, 0xFFFFFFF0, 0xFFFFFFF0)\nos._exit(5)",
        "exit status 5",
    ),
    Case(
        "the report of the one before",
        _REPORT + "import ctypes\nhere = ctypes.addressof(ctypes.c_char.from_buffer(report[0]))\n"
        "ctypes.memset(here - wire.SLOT_BYTES, 1, 64)", "crash", None, ("ok",),
    ),
    Case(
        "the report of the one after",
        _REPORT + "import ctypes\nhere = ctypes.addressof(ctypes.c_char.from_buffer(report[0]))\n"
        "ctypes.memset(here + wire.SLOT_BYTES, 1, 64)", "crash", None, ("ok",),
    ),
    Case(
        "begin again and again",
        _REPORT + "forge(wire.UNSAID)\nimport ctypes\nctypes.string_at(0)", "crash",
    ),
    harmless("patch SymPy", "import sympy\nsympy.solve = lambda *_: ['wrong']\nprint(1)", "^1"),
    harmless(
        "patch the child",
        "from mathcli.sandbox import child\nchild.write_report = lambda *_: None\n"
        "child._execute = None\nprint(1)",
        None,
    ),
    harmless(
        "patch the built-ins",
        "import builtins\nbuiltins.repr = builtins.str = lambda *_: 'wrong'\nprint(1)", "^1",
    ),
]  # fmt: skip
