"""Time, memory and output."""

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

TIME = [
    stopped("an endless loop", "while True: pass"),
    stopped(
        "one that catches everything",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    stopped("sleep", "import time\ntime.sleep(1000)"),
    stopped("wait", "import select\nselect.select([], [], [], 1000)"),
    stopped("pause", "import signal\nsignal.pause()"),
    stopped(
        "ignore every signal",
        "import signal\nfor one in range(1, 65):\n"
        "    try: signal.signal(one, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True: pass",
    ),
    stopped("a tower", "9**9**9", "time", "raised"),
    stopped("a huge tower", "print(9**9**9**9)", "time", "raised"),
    stopped("a hard factorization", "from sympy import *\nfactorint((2**607 - 1) * (2**521 - 1))"),
    stopped("a huge factorial", "from sympy import *\nfactorial(10**9)", "time", "raised"),
    stopped("a factorial in C", "import math\nmath.factorial(10**9)", "time", "raised"),
    stopped("a huge text", "str(7**10**7)"),
    stopped("a regular expression", "import re\nre.match('(a+)+$', 'a' * 60 + 'b')"),
    stopped("a generator", "sum(1 for _ in iter(int, 1))"),
    stopped("an endless value", "class A:\n    def __repr__(self):\n        while True: pass\nA()"),
    stopped(
        "an endless error",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    ),
    stopped("an endless end", "class A:\n    def __del__(self):\n        while True: pass\nA()"),
    stopped("an endless parse", "import ast\nwhile True: ast.parse('(' * 50 + ')' * 50)"),
    Case("its own alarm", "import signal\nsignal.alarm(1)\nwhile True: pass", "killed", None,
         ("time",)),
]  # fmt: skip

MEMORY = [
    refused("a huge list", "[0] * 10**10", "MemoryError"),
    refused("a huge text", "'a' * 10**11", "MemoryError"),
    refused("a huge array", "import numpy\nnumpy.ones(10**11)", "MemoryError"),
    refused("a huge shift", "1 << 10**12", "(MemoryError|OverflowError)"),
    refused("a huge map", "import mmap\nmmap.mmap(-1, 1 << 40)", "Error"),
    refused("grow for ever", "a = [b'']\nwhile True: a.append(bytes(2**24))", "MemoryError"),
    refused("double for ever", "a = 'ab'\nwhile True: a += a", "MemoryError"),
    stopped("grow and never mind",
            "a = []\nwhile True:\n    try: a.append(bytes(2**24))\n    except MemoryError: pass"),
    refused("endless recursion", "def f(): return f()\nf()", "RecursionError"),
    Case(
        "deep recursion",
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
        "raised", "(MemoryError|RecursionError)", ("crash", "time"),
    ),
    Case(
        "deep recursion through C",
        "import sys\nsys.setrecursionlimit(10**9)\n"
        "class A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\nA().x",
        "raised", None, ("crash", "time"),
    ),
    Case("a deep source", "-" * 200_000 + "1", "raised", None, ("crash", "ok")),
    Case("a deep bracket", "(" * 5000 + ")" * 5000, "raised", "(SyntaxError|MemoryError)"),
    Case(
        "a deep list", "a = []\nfor _ in range(10**6): a = [a]\nprint(a)",
        "raised", "RecursionError", ("crash", "time"),
    ),
]  # fmt: skip

OUTPUT = [
    stopped("a hundred million characters", "print('x' * 10**8)", "output"),
    stopped("endless prints", "while True: print('x' * 100)", "output"),
    stopped("endless writes", "import os\nwhile True: os.write(1, b'x' * 10**5)", "output"),
    stopped(
        "endless prints that catch everything",
        "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "while True:\n    try: print('x' * 10**5)\n    except BaseException: break",
        "output",
    ),
    stopped("a huge truncation", "import os\nos.ftruncate(1, 1 << 40)", "output", "raised"),
    harmless("escape sequences", "print('\\x1b[2J\\x1b]0;owned\\x07')", r"^\\x1b\[2J"),
    harmless("lone surrogates", "print('\\ud800')", r"^\\ud800"),
    harmless("bytes that are no text", "import os\nos.write(1, bytes(range(256)))"),
    harmless("a turned line", "print('\\u202eabc')", r"^\\u202eabc"),
    harmless("standard error in C", "import os\nos.write(2, b'x')", "^1"),
    refused("input", "input()", "EOFError"),
    harmless("standard input", "import sys\nprint(repr(sys.stdin.read()))", "^''"),
]
