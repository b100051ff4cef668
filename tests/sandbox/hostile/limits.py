"""What is measured and limited from outside; what is seen of others; what becomes of children."""

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

RAW = "import ctypes; C = ctypes.CDLL(None, use_errno=True)\n"
RESET = (
    "import sys\nf = sys._getframe()\n"
    "while 'report' not in f.f_locals: f = f.f_back\nreport = f.f_locals['report']\n"
)
SECOND = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"

OTHERS = [
    harmless(
        "clocks of others",
        "import time\ndef ask(pid):\n    try: return time.clock_gettime((~pid << 3) | 2)\n"
        "    except OSError: return None\n"
        "print([p for p in (1, PARENT, TOOL, VICTIM, *range(2, 3000)) if ask(p) is not None])",
        r"^\[\]",
    ),
    harmless(
        "threads' clocks of others",
        RAW + "t = (ctypes.c_long * 2)()\n"
        "print({C.clock_gettime((~p << 3) | 6, t) for p in (1, PARENT, TOOL, VICTIM)})",
        r"^\{-1\}",
    ),
    harmless(
        "resolution of others' clocks",
        RAW + "t = (ctypes.c_long * 2)()\n"
        "print({C.clock_getres((~p << 3) | 2, t) for p in (1, PARENT, TOOL, VICTIM)})",
        r"^\{-1\}",
    ),
    harmless(
        "sleep by another's clock",
        RAW + "t = (ctypes.c_long * 2)(0, 1)\n"
        "print({C.syscall(230, (~p << 3) | 2, 0, t, None) for p in (1, PARENT, VICTIM)})",
        r"^\{-1\}",
    ),
    harmless(
        "a clock's number in 64 bits",
        RAW + "t = (ctypes.c_long * 2)()\n"
        "print({C.syscall(228, ctypes.c_long((1 << 32) | (((~p << 3) | 2) & 0xffffffff)), t)"
        " for p in (1, PARENT, VICTIM)})",
        r"^\{-1\}",
    ),
    harmless("its own clocks", "import time\nprint(time.process_time() + time.thread_time() > 0, "
             "time.time() > 0, time.monotonic() > 0, time.get_clock_info('time').resolution < 1)",
             "^True True True True"),
    harmless("a clock that is a device", RAW + "t = (ctypes.c_long * 2)()\n"
             "print({C.clock_gettime((~fd << 3) | 3, t) for fd in range(4)})", r"^\{-1\}"),
    harmless(
        "cores of others",
        "import os\ndef ask(pid):\n    try: return os.sched_getaffinity(pid)\n"
        "    except OSError: return None\n"
        "print({ask(p) for p in (1, PARENT, TOOL, VICTIM)}, len(os.sched_getaffinity(0)) > 0)",
        r"^\{None\} True",
    ),
    harmless("limits of others", "import resource\ndef ask(pid):\n"
             "    try: return resource.prlimit(pid, resource.RLIMIT_CPU)\n"
             "    except OSError: return None\nprint({ask(p) for p in (1, PARENT, TOOL, VICTIM)})",
             r"^\{None\}"),
    *[
        refused(f"{name} of another", f"import os\nos.{name}({arguments})")
        for name, arguments in [
            ("getpgid", "PARENT"), ("getsid", "PARENT"), ("getpriority", "os.PRIO_PROCESS, PARENT"),
            ("sched_getscheduler", "PARENT"), ("sched_getparam", "PARENT"),
            ("sched_rr_get_interval", "PARENT"), ("waitpid", "PARENT, 0"), ("kill", "PARENT, 0"),
            ("setpriority", "os.PRIO_PROCESS, PARENT, 19"), ("setpgid", "0, 0"),
            ("tcgetpgrp", "0"), ("waitid", "os.P_ALL, 0, os.WEXITED"),
        ]
    ],
    harmless("its parent's number", RAW + "import os\nprint(os.getppid(), C.getppid())", "^0 -1"),
    harmless("its own number", "import os\nprint(os.getpid())", "^1"),
    harmless("its session, its group", RAW + "print(C.getsid(0), C.getpgid(0), C.getpgrp())",
             "^-1 -1 -1"),
    harmless("names of the machine", RAW + "print(C.uname(ctypes.create_string_buffer(400)), "
             "C.gethostname(ctypes.create_string_buffer(99), 99))", "^-1 -1"),
    harmless("what the machine is doing",
             RAW + "print(C.sysinfo(ctypes.create_string_buffer(200)))", "^-1"),
    harmless("memory that is resident", RAW + "C.mincore.argtypes = [ctypes.c_void_p] * 3\n"
             "print(C.mincore(0x400000, 4096, ctypes.create_string_buffer(9)))", "^-1"),
    harmless("pages of others", RAW + "print(C.syscall(279, PARENT, 0, 0, 0, 0, 0))", "^-1"),
    harmless("compare with another", RAW + "print(C.syscall(312, PARENT, TOOL, 0, 0, 0))", "^-1"),
    harmless("robust list of another", RAW + "a, b = ctypes.c_void_p(), ctypes.c_size_t()\n"
             "print(C.syscall(274, PARENT, ctypes.byref(a), ctypes.byref(b)))", "^-1"),
    harmless("capabilities of another", RAW + "import struct\n"
             "print(C.syscall(125, struct.pack('<Ii', 0x20080522, PARENT), bytes(24)))", "^-1"),
    harmless("read times of children", "import os\nprint(os.times().children_user)", "^0.0"),
]  # fmt: skip

QUANTITIES = [
    Case("reset the report and loop", RESET + "report[0] = 0\nwhile True: pass", "time"),
    Case("ask for a module again and again", RESET + "import os, struct\nname = b'wave'\n"
         "report[:12 + len(name)] = struct.pack('<B3xII', 4, 0xffffffff, len(name)) + name\n"
         "os._exit(122)", "raised", "exit status 122"),
    Case(
        "more processor time by asking for modules",
        "import random\n" + SECOND + "n = 0\n"
        "for name in ('wave', 'chunk', 'aifc', 'plistlib', 'netrc', 'tarfile', 'shelve', 'dbm'):\n"
        "    try: __import__(name)\n    except ImportError: pass\nprint('done')",
        "ok", "^done", ("time", "cpu"),
    ),
    stopped("ignore the processor's limit",
            "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
            "time", "cpu"),
    stopped("ignore the limit of output",
            "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nimport os\n"
            "while True:\n    try: os.write(1, b'x' * 100000)\n    except OSError: break",
            "output"),
    stopped("write behind the limit", "import os\nos.lseek(1, 1 << 30, 0)\nos.write(1, b'x')",
            "output"),
    harmless("write over what it wrote",
             "import os\nprint('abc')\nos.lseek(1, 0, 0)\nprint('x', end='')\nos.lseek(1, 0, 2)",
             "^xbc"),
    harmless("a hole in the output", "import os\nprint(1)\nos.lseek(1, 1000, 0)\nprint(2)", None),
    harmless("close and see the socket", "import os\nos.close(3)\nprint('here')", "^here"),
    harmless("read the socket", RAW + "import os\nprint(C.recv(3, None, 0, 0x40))", "^-1"),
    stopped("read the socket and wait", "import os\nos.read(3, 10)", "time", "raised"),
    harmless("write to the socket",
             "import os\ntry:\n    os.write(3, b'x')\nexcept OSError: pass\nprint('here')", None),
    stopped("flood the socket", "import os\nwhile True:\n    try: os.write(3, bytes(10**5))\n"
            "    except OSError: pass", "time", "killed"),
    harmless("leave by its own clock", "import signal\n"
             "signal.signal(signal.SIGALRM, lambda *_: print('rang'))\n"
             "signal.setitimer(signal.ITIMER_REAL, 0.01)\nimport time\ntime.sleep(0.1)", "^rang"),
    refused("wish for more of everything",
            "import resource\nfor one in range(16):\n"
            "    try: resource.setrlimit(one, (resource.RLIM_INFINITY,) * 2)\n"
            "    except (ValueError, OSError): continue\n    print('raised', one)\nopen('/x')"),
    harmless("capabilities", RAW + "import struct\nhead = struct.pack('<Ii', 0x20080522, 0)\n"
             "print(C.syscall(126, head, bytes([255]) * 24))", "^-1"),
    harmless("securebits, keep capabilities, dump",
             RAW + "print([C.prctl(one, 1, 0, 0, 0) for one in (28, 8, 4, 24, 47)])",
             r"^\[-1, -1, -1, -1, -1\]"),
    harmless("be somebody else", RAW + "print([C.setresuid(1, 1, 1), C.setresgid(1, 1, 1), "
             "C.setfsuid(1) + 0 * 1, C.setgroups(0, None), C.setuid(0)][::4])", r"^\[-1, -1\]"),
    harmless("a second filter", RAW + "print(C.syscall(317, 1, 0, None))", "^-1"),
    harmless("no filter", RAW + "print(C.prctl(22, 0, 0, 0, 0))", "^-1"),
    Case("a value that is longer than fits", "'x' * 3_000_000", "ok", r"^x{200}\.\.\.x{200}$"),
    Case("a value whose end is elsewhere", "'a' * 1_500_000 + 'END'", "ok", "END$"),
    Case("an error that is longer than fits", "raise ValueError('y' * 100_000)", "raised",
         "^ValueError: y"),
    Case("an error of many characters", "raise ValueError('√' * 100_000 + 'END')", "raised",
         "END$"),
    Case("a value of broken characters", "'\\ud800' * 500_000", "ok", None),
    Case("a value that lies about itself",
         "class A(str):\n    def encode(self, *_): return b'z' * 10**7\n"
         "class B:\n    def __str__(self): return A('b')\nB()", "ok", None, ("raised",)),
    Case("a text that is no text", "class B:\n    def __str__(self): return 3\nB()", "raised",
         "TypeError"),
    harmless("exactly as much as is allowed", "print('x' * (2**20 - 1))", "^x"),
    stopped("one more than is allowed", "print('x' * 2**20)", "output"),
    Case("too deep", "def f(n): return [f(n - 1)] if n else []\nimport sys\n"
         "sys.setrecursionlimit(10**6)\nx = f(50000)\ndel x\nprint('here')", "ok", "^here",
         ("crash", "raised")),
]  # fmt: skip

IMPORTS = [
    refused("a name with a comma", "__import__('wave,os')", "ModuleNotFoundError"),
    refused("a name that is a path", "__import__('../x')", "ModuleNotFoundError"),
    refused("a name with a line", "__import__('wave\\nos')", "ModuleNotFoundError"),
    refused("a name without end", "__import__('sympy.' + 'a' * 10**5)", "ModuleNotFoundError"),
    refused("an empty part", "__import__('sympy..x')", "Error"),
    refused("a name of the tool", "import mathcli.sandbox.runs2", "ModuleNotFoundError"),
    refused("an installed package that is no library", "import typer", "ModuleNotFoundError"),
    refused("the tests of a library", "import numpy.testing.tests", "ModuleNotFoundError"),
    harmless("import what was deleted",
             "import sys, wave\ndel sys.modules['wave']\n"
             "try:\n    import wave\nexcept ImportError: print('gone')", "^gone"),
    harmless("import what failed",
             "for _ in range(3):\n    try: import sympy.nothing\n"
             "    except ImportError: print('no', end='')", "^nonono"),
    harmless("its own finder", "import sys\nclass F:\n    def find_spec(self, *_): return None\n"
             "sys.meta_path.insert(0, F())\nimport wave\nprint(wave.__name__)", "^wave"),
    refused("no finders", "import sys\nsys.meta_path.clear()\nimport plistlib2", "ModuleNotFound"),
    harmless("a module of its own",
             "import sys, types\nsys.modules['numpy'] = types.ModuleType('numpy')\n"
             "import numpy\nprint(hasattr(numpy, 'array'))", "^False"),
    harmless("ask in a comment only", "# \nx = '''\nimport wave\n'''\nimport sys\nprint(1)", "^1"),
    harmless("import from NumPy later", "n = 'num' + 'py'\nprint(__import__(n).ones(2).sum())",
             "^2.0"),
    harmless("reload", "import importlib, fractions\ntry: importlib.reload(fractions)\n"
             "except ImportError: print('no')", "^no"),
    refused("a module that ends the interpreter", "import idlelib.idle", "ModuleNotFoundError"),
    harmless("many at once", "import wave, netrc, plistlib, tarfile, zipfile, gzip, bz2, lzma, "
             "colorsys, html, http, xml.dom.minidom, email.mime.text, sqlite3\nprint('all')",
             "^all"),
    harmless("a random module",
             "import random, os\nos.urandom = random._urandom = None\nprint('here')", "^here"),
]  # fmt: skip
