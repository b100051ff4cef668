"""Ends that lie: errors, values, exits and imports that are not what they seem."""

from __future__ import annotations

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

ERRORS = [
    refused("a lone surrogate as the error", "raise ValueError('\\ud800')", "ValueError"),
    harmless("a lone surrogate as the value", "'a\\ud800b'", r"a.+b"),
    refused(
        "an exit whose code cannot be compared",
        "class C:\n    def __eq__(self, other): raise KeyError('no')\n    __hash__ = None\n"
        "raise SystemExit(C())",
        "KeyError|SystemExit",
    ),
    refused("an exit of many digits", "raise SystemExit(10**5000)", "SystemExit|ValueError"),
    refused(
        "an error of a hostile class",
        "class M(type):\n    @property\n    def __qualname__(cls): raise MemoryError\n"
        "    __module__ = __name__ = __qualname__\nclass E(Exception, metaclass=M): pass\nraise E",
        "Error|Exception",
    ),
    refused(
        "a syntax error that is none",
        "e = SyntaxError('x')\ne.text, e.offset, e.lineno, e.filename = 'a' * 10**6, -5, 'x', []\n"
        "raise e",
        "SyntaxError|Exception",
    ),
    refused("an error that is its own cause", "e = KeyError('k')\nraise e from e", "KeyError"),
    Case(
        "an error in an error, very deep",
        "e = KeyError('k')\nfor i in range(100000):\n"
        "    n = KeyError(i); n.__context__ = e; e = n\n"
        "raise e",
        "time", None, ("raised",),
    ),
    stopped(
        "an error whose notes never end",
        "class N:\n    def __str__(self):\n        while True: pass\n"
        "e = KeyError('k')\ne.__notes__ = [N()]\nif not hasattr(e, 'add_note'):\n"
        "    while True: pass\nraise e",
    ),
    refused("an interrupt of its own", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    refused("the end of a generator", "raise GeneratorExit", "GeneratorExit"),
    stopped(
        "an output whose flush never ends",
        "import sys\nclass O:\n    def write(self, t): pass\n    def flush(self):\n"
        "        while True: pass\nsys.stdout = O()",
    ),
    refused(
        "an output whose flush fails",
        "import sys\nclass O:\n    def write(self, t): pass\n"
        "    def flush(self): raise OSError(5, 'no')\nsys.stdout = O()",
        "OSError",
    ),
    harmless("no main module", "import sys\ndel sys.modules['__main__']\nprint(1)", "^1"),
    refused(
        "no finders", "import sys\nsys.meta_path.clear()\n__import__('wa' + 've')", "ModuleNotFound"
    ),
    refused(
        "a wish of a million letters",
        "import sys\nsys.meta_path[-1]._ask('x' * 10**6)", "exit status",
    ),
    refused(
        "wishes in one", "import sys\nsys.meta_path[-1]._ask('wave,numpy,../x')", "exit status"
    ),
    refused(
        "a wish with a NUL", "import sys\nsys.meta_path[-1]._ask('wa\\0ve')", "exit status"
    ),
    Case(
        "hooks for every event",
        "import sys\ndef hook(*_): raise SystemExit(3)\nsys.addaudithook(hook)\nopen('x')",
        "raised", "Exception|SystemExit",
    ),
    refused(
        "an exit from C", "import ctypes\nctypes.pythonapi.Py_Exit(7)", "exit status 7"
    ),
    Case("the interpreter's end", "import ctypes\nctypes.pythonapi.Py_FinalizeEx()\nprint(1)",
         "crash", None, ("raised", "time", "ok")),
    stopped("it stops itself", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "time",
            "raised"),
    Case("a chain of signs", "print(" + "-" * 200_000 + "1)", "raised", None, ("crash", "ok")),
    Case("brackets in brackets", "(" * 100_000 + ")" * 100_000, "raised", None, ("crash",)),
    refused(
        "a constant of many digits", "x = 1" + "0" * 40_000 + "\nassert x < 0",
        "AssertionError",
    ),
]  # fmt: skip
