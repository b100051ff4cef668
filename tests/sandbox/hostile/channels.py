"""Ways from one program to another, and ways to have code run before the layers are on."""

from __future__ import annotations

import platform

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

RAW = "import ctypes; C = ctypes.CDLL(None, use_errno=True); C.syscall.restype = ctypes.c_long\n"


def _calls(name: str, *numbers_and_arguments: str) -> list[Case]:
    """System calls of x86-64 that must all fail: what stands in the brackets of `syscall`."""
    if platform.machine() != "x86_64":
        return []
    listed = ", ".join(f"C.syscall({one})" for one in numbers_and_arguments)
    program = f"b = ctypes.create_string_buffer(4096)\nprint({{{listed}}})"
    return [harmless(name, RAW + program, r"^\{-1\}")]


CHANNELS = [
    *_calls("message queues", "68, 77, 0o1666", "240, b'/q', 66, 0o666, None", "69, 0, b, 1, 0"),
    *_calls("semaphores", "64, 77, 1, 0o1666", "65, 0, b, 1", "66, 0, 0, 12"),
    *_calls("shared memory of System V", "29, 77, 4096, 0o1666", "30, 0, 0, 0", "31, 0, 2, b"),
    *_calls(
        "keyrings",
        "248, b'user', b'k', b'v', 1, -3",
        "249, b'user', b'k', None, -3",
        "250, 0, -3, 1",
    ),
    *_calls("files in memory", "319, b'x', 0", "447, 0", "319, b'x', 4"),
    *_calls("pipes and pairs", "22, b", "293, b, 0", "53, 1, 1, 0, b", "53, 2, 1, 0, b"),
    *_calls(
        "events that count", "284, 0", "290, 0, 0", "283, 1, 0", "289, -1, b, 8, 0", "282, -1, b, 8"
    ),
    *_calls("watch files", "253", "294, 0", "300, 0, 0", "254, 0, b'/tmp', 4095"),
    *_calls(
        "locks on files", "73, 1, 2", "73, 0, 2", "72, 1, 6, b", "72, 1, 7, b", "72, 0, 1024, 1"
    ),
    *_calls("seals and owners", "72, 1, 1033, 15", "72, 1, 8, 1", "72, 1, 4, 2048", "72, 3, 2, 0"),
    *_calls(
        "copies of descriptors", "32, 1", "33, 1, 7", "292, 1, 8, 0", "72, 1, 0, 0", "438, 3, 1, 0"
    ),
    *_calls(
        "reach into processes",
        "434, PARENT, 0",
        "438, 3, 0, 0",
        "310, PARENT, b, 1, b, 1, 0",
        "311, PARENT, b, 1, b, 1, 0",
        "101, 16, PARENT, 0, 0",
        "440, -10000, b, 1, 4, 0",
    ),
    *_calls(
        "priorities as a channel",
        "140, 0, 0",
        "141, 0, 0, 5",
        "140, 2, 0",
        "251, 1, 0",
        "252, 1, 0",
    ),
    *_calls(
        "scheduling as a channel",
        "203, 0, 8, b",
        "144, 0, 0, b",
        "142, 0, b",
        "314, 0, b, 0",
        "315, 0, b, 48, 0",
        "145, 0",
    ),
    *_calls(
        "names as a channel",
        "157, 15, b'name', 0, 0, 0",
        "157, 16, b, 0, 0, 0",
        "170, b'h', 1",
        "171, b'd', 1",
        "63, b",
    ),
    *_calls(
        "what the machine does",
        "99, b",
        "103, 3, b, 4096",
        "309 + 1, 0, b, 0, b, 0, 0",
        "136, 0, b",
    ),
    *_calls(
        "memory policies", "237, 0, b, 8", "238, 0, b, 8", "239, b, b, 8, 0, 0", "256, 0, 8, b, b"
    ),
    *_calls("locks on memory", "149, b, 4096", "151, 1", "152", "325, b, 4096, 1", "150, b, 4096"),
    *_calls("protection keys", "330, 0, 0", "329, b, 4096, 3, -1", "331, 1"),
    *_calls(
        "secret and guarded memory", "447, 0", "448, -1, 0", "462, b, 4096, 0", "453, 0, 4096, 0"
    ),
    *_calls(
        "wait for others",
        "61, -1, b, 0, 0",
        "247, 0, 0, b, 4, 0",
        "434, VICTIM, 0",
        "424, 3, 9, 0, 0",
    ),
    *_calls("groups and sessions", "112", "109, 0, 0", "124, PARENT", "121, PARENT", "111"),
    *_calls("terminals", "16, 0, 0x5413, b", "16, 1, 0x5412, b'x'", "16, 2, 0x540F, b", "153"),
    *_calls("accounts of use", "163, b'/tmp/a'", "179, 0, b, 0, b", "98 + 200, b, 0, -1, -1, 0"),
    harmless(
        "resident memory of its parents",
        "import resource\nu = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(u.ru_utime, u.ru_stime, u.ru_maxrss)",
        "^0.0 0.0 0",
    ),
    harmless(
        "numbers of others in its memory",
        "import sys\nf, found = sys._getframe(), set()\nwhile f:\n"
        "    for one in f.f_locals.copy().values():\n"
        "        for s in getattr(getattr(one, '_tools', None), 'slots', ()):\n"
        "            found |= {s.run, len(s.names)} - {None, 0}\n"
        "    f = f.f_back\nprint(found)",
        r"^set\(\)",
    ),
    harmless(
        "modules that others asked for",
        "from mathcli.sandbox import modules\n"
        "print(modules.exists.cache_info().currsize, modules._failed)",
        r"^0 set\(\)",
    ),
    harmless(
        "leave a note in the library",
        "import numpy, sympy.stats, sys\nprint(hasattr(numpy, 'note'), "
        "hasattr(sympy.stats, 'note'))\nnumpy.note = sympy.stats.note = 1",
        "^False False",
    ),
    harmless(
        "leave a note in caches",
        "from sympy.core.cache import cacheit\nimport functools, re, sys\n"
        "print(sys.intern('a' + 'note') in vars(sys))\nvars(sys)['anote'] = 1",
        "^False",
    ),
    harmless(
        "write over the memory that forks share",
        RAW + "import sympy\nn = id(sympy.core.numbers.Zero)\n"
        "print(ctypes.c_ssize_t.from_address(n).value > 0)",
        "^True",
    ),
    harmless(
        "a note in small numbers",
        RAW + "print(255 + 1)\nctypes.c_int.from_address(id(256) + 24).value = 257",
        "^256",
    ),
    harmless(
        "merge pages",
        RAW + "import mmap\nm = mmap.mmap(-1, 1 << 20)\n"
        "for advice in range(0, 26):\n    try: m.madvise(advice)\n"
        "    except (OSError, ValueError): pass\nprint(C.prctl(67, 1, 0, 0, 0))",
        "^-1",
    ),
    harmless(
        "time it takes to import",
        "import time\nt = time.perf_counter()\nimport wave\nprint(time.perf_counter() - t < 1)",
        "^True",
    ),
]

BEFORE_THE_LAYERS = [
    *[
        refused(f"a module that acts: {name}", f"__import__({name!r})", "ModuleNotFoundError")
        for name in (
            "idlelib.run",
            "turtledemo.clock",
            "test.support",
            "test.regrtest",
            "tkinter.ttk",
            "ensurepip._uninstall",
            "distutils.core",
            "numpy.distutils.cpuinfo",
            "venv.__main__",
            "webbrowser",
            "pip._internal",
            "setuptools",
            "pkg_resources",
            "lib2to3.main",
            "unittest.__main__",
            "mathcli.cli.app",
            "mathcli.sandbox.tryout2",
            "llama_cpp",
            "planted",
            "conftest",
            "sympy.conftest",
            "sympy.testing.tests.test_runtests_pytest",
            "numpy.conftest",
            "numpy.distutils.setup",
            "scipy.setup",
            "networkx.conftest",
            "mpmath.tests.runtests",
        )
    ],
    *[
        Case(
            f"a module that could act: {name}",
            f"import {name}\nprint('loaded')",
            "ok",
            None,
            ("raised",),
        )
        for name in (
            "pydoc",
            "pty",
            "rlcompleter",
            "readline",
            "cgitb",
            "code",
            "pdb",
            "sympy.testing",
            "sympy.interactive.session",
            "sympy.galgebra",
            "multiprocessing.resource_tracker",
            "concurrent.futures.process",
            "asyncio",
            "ctypes.util",
            "numpy.f2py",
            "sympy.utilities.autowrap",
            "sympy.parsing.latex",
            "numpy.ctypeslib",
            "socketserver",
            "xmlrpc.server",
            "smtplib",
            "curses",
            "sqlite3",
            "sympy.plotting.pygletplot",
            "numpy.testing.print_coercion_tables",
        )
    ],
    harmless(
        "a finder for the next",
        "import sys, importlib.machinery\n"
        "sys.path.append(FOLDER); sys.path_hooks.clear(); sys.meta_path.append(1)\n"
        "importlib.machinery.PathFinder.find_spec = None\nprint('here')",
        "^here",
    ),
    harmless(
        "a path of its own",
        "import sys\nsys.path[:] = [FOLDER, '/tmp', '']\n"
        "try: import planted\nexcept ImportError: print('no')",
        "^no",
    ),
    harmless(
        "its own place for the standard library",
        "import os, sys\nos.environ['PYTHONPATH'] = FOLDER\nsys.path_importer_cache.clear()\n"
        "n = 'netr' + 'c'\nprint(__import__(n).__name__)",
        "^netrc",
    ),
    harmless(
        "a module with the name of one to load",
        "import sys, types\nsys.modules['plistlib'] = types.ModuleType('plistlib')\n"
        "import tarfile, plistlib\nprint(hasattr(plistlib, 'load'))",
        "^False",
    ),
    harmless(
        "a name that differs in case",
        "for n in ('Wave', 'NumPy', 'SYMPY'):\n"
        "    try: __import__(n)\n    except ImportError: print('no', end='')",
        "^nonono",
    ),
    harmless(
        "a name in other letters",
        "try: __import__('\\uff4eumpy')\nexcept ImportError: print('no')",
        "^no",
    ),
    harmless(
        "names that are no names",
        "for n in ('a\\0b', 'sympy.\\ud800', 'numpy.\\n', '.', 'wave/x',"
        " 'sympy.' * 90):\n    try: __import__(n)\n"
        "    except (ImportError, ValueError, KeyError): print('no', end='')",
        "^(no){6}",
    ),
    harmless(
        "a thousand imports in the text",
        "\n".join(f"try: import sympy.x{i}\nexcept ImportError: pass" for i in range(40))
        + "\nprint('end')",
        "^end",
    ),
    harmless(
        "a loader of its own",
        "import importlib.util, importlib.machinery\n"
        "s = importlib.util.spec_from_file_location('p', FOLDER + '/planted.py')\n"
        "try: s.loader.exec_module(importlib.util.module_from_spec(s))\n"
        "except OSError: print('no')",
        "^no",
    ),
    refused(
        "a zip of modules",
        "import zipimport\nzipimport.zipimporter(FOLDER + '/planted.zip')",
        "Error",
    ),
    refused("run a path", "import runpy\nrunpy.run_path(FOLDER + '/planted.py')"),
    refused("run a module", "import runpy\nrunpy.run_module('planted')", "ImportError"),
]

MORE_LIMITS = [
    refused(
        "memory by pieces",
        "import mmap\na = []\nwhile True: a.append(mmap.mmap(-1, 1 << 24))",
        "Error",
    ),
    harmless(
        "shared memory by pieces",
        "import mmap\na = []\ntry:\n"
        "    while True: a.append(mmap.mmap(-1, 1 << 24, mmap.MAP_SHARED))\n"
        "except OSError: print(len(a) < 100)",
        "^True",
    ),
    harmless(
        "huge pages",
        RAW + "C.mmap.restype = ctypes.c_long\nprint(C.mmap(0, 1 << 30, 3, 0x40022, -1, 0))",
        "^-1",
    ),
    harmless(
        "a mapping that grows",
        RAW + "C.mmap.restype = C.mremap.restype = ctypes.c_long\n"
        "a = C.mmap(0, 4096, 3, 34, -1, 0)\n"
        "print(C.mremap(ctypes.c_void_p(a), 4096, ctypes.c_size_t(1 << 40), 1))",
        "^-1",
    ),
    harmless("the break", RAW + "print(C.sbrk(ctypes.c_size_t(1 << 40)))", "^-1"),
    harmless(
        "no reserve",
        RAW + "C.mmap.restype = ctypes.c_long\n"
        "print(C.mmap(0, ctypes.c_size_t(1 << 40), 3, 0x4022, -1, 0))",
        "^-1",
    ),
    harmless(
        "map its output",
        RAW + "print(1, flush=True)\nC.mmap.restype = ctypes.c_long\n"
        "print(C.mmap(0, ctypes.c_size_t(1 << 40), 3, 1, 1, 0))",
        "^1\n-1",
    ),
    *_calls(
        "other ways to write",
        "275, 1, 0, 1, 0, 10, 0",
        "278, 1, b, 1, 0",
        "276, 1, 1, 10, 0",
        "40, 1, 0, 0, 10",
        "326, 1, 0, 1, 0, 10, 0",
        "18, 1, b, 10, 0",
        "296, 1, b, 1, 0, 0",
        "328, 1, b, 1, 0, 0, 0",
        "285, 1, 0, 0, 1 << 40",
        "77, 1, 1 << 40",
    ),
    *_calls(
        "other ways to begin",
        "56, 0x100, 0, 0, 0, 0",
        "57",
        "58",
        "435, b, 88",
        "59, b'/bin/sh', 0, 0",
        "322, 1, b'', 0, 0, 0x1000",
        "56, 0x10f00, b, 0, 0, 0",
    ),
    *_calls("timers that outlive", "222, 1, 0, b", "283, 0, 0", "226, 0", "223, 0, 0, b, 0"),
    *_calls(
        "other doors",
        "425, 8, b",
        "321, 0, b, 64",
        "298, b, 0, -1, -1, 0",
        "323, 0",
        "175, b, 0, b''",
        "246, 0, 0, 0, 0",
        "169, 1, 2, 3",
        "155, b, b",
        "161, b'/'",
        "165, b, b, b, 0, 0",
        "272, 0x10000000",
        "308, 3, 0",
        "442, 0, b, 0, b, 32",
        "303, -100, b'/', b, b, 0",
    ),
    *_calls(
        "ways to change its own layers",
        "157, 22, 0, 0",
        "317, 0, 0, 0",
        "317, 1, 8, b",
        "446, 3, 0",
        "444, b, 16, 0",
        "158, 0x1002, b",
        "154, 1, b, 16",
        "135, 0x0040000",
        "205, b",
    ),
    harmless(
        "raise its own limits",
        "import resource\nfor k in range(16):\n"
        "    a, b = resource.getrlimit(k)\n    try: resource.setrlimit(k, (b, b))\n"
        "    except (OSError, ValueError): continue\n    print('raised')",
        None,
    ),
    stopped(
        "timers that interrupt for ever",
        "import signal\n"
        "signal.signal(signal.SIGALRM, lambda *_: None)\n"
        "signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)\nwhile True: pass",
    ),
    stopped(
        "handlers within handlers",
        "import signal\n"
        "def h(*_): signal.raise_signal(10)\nsignal.signal(10, h)\nwhile True:\n"
        "    try: h()\n    except BaseException: pass",
        "time",
        "crash",
        "raised",
    ),
    harmless(
        "a signal to itself",
        RAW + "import os\nprint(C.kill(0, 9), C.raise_(9) if "
        "hasattr(C, 'raise_') else -1, C.syscall(234, 1, 1, 9), C.syscall(200, 1, 9))",
        "^-1 -1 -1 -1",
    ),
    stopped(
        "wait on a lock",
        RAW + "a = ctypes.c_int(0)\n"
        "while True: C.syscall(202, ctypes.byref(a), 0, 0, None, None, 0)",
    ),
    harmless(
        "locks on the memory of all",
        RAW + "a = ctypes.c_int(0)\nprint(C.syscall(202, ctypes.byref(a), 1, 1000, None, None, 0))",
        "^0",
    ),
    Case(
        "no stack",
        RAW + "C.sigaltstack(None, None)\nimport sys\nsys.setrecursionlimit(10**7)\n"
        "def f(n): return [*map(f, [n + 1])]\nf(0)",
        "crash",
        None,
        ("raised", "time"),
    ),
    refused(
        "an output that is closed and opened",
        "import os\nos.close(1)\ntry: os.dup(0)\nexcept OSError: print('x')",
        "Bad file descriptor",
    ),
    Case(
        "an answer of its own",
        "import os, struct\nos.lseek(1, 0, 0)\n"
        "os.write(1, struct.pack('<BBxxIidQII', 2, 0, 1, 0, 0.1, 1000, 12, 3) + b'abc')",
        "ok",
    ),
    harmless(
        "values that change while they are read",
        "class A(str):\n    n = 0\n    def __len__(self): A.n += 1; return A.n * 10**9\n"
        "    def __str__(self): return self\nA('x')",
        None,
    ),
    Case(
        "an output that lies",
        "import sys\nclass O:\n    def write(self, s): return -1\n"
        "    def flush(self): raise MemoryError\nsys.stdout = O()\n1",
        "raised",
        None,
        ("ok",),
    ),
]
