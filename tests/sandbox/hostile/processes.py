"""Networks, new processes and threads, and the processes that are already there."""

from tests.sandbox.hostile.case import Case, harmless, refused, stopped

RAW = "import ctypes; C = ctypes.CDLL(None, use_errno=True)\n"

NETWORKS = [
    refused("TCP", "import socket\nsocket.socket().connect(('127.0.0.1', TCP))"),
    refused("listen", "import socket\nsocket.create_server(('127.0.0.1', 0))"),
    refused(
        "UDP",
        "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', UDP))",
    ),
    refused("a unix socket", "import socket\nsocket.socket(socket.AF_UNIX).connect(UNIX)"),
    refused("a pair of sockets", "import socket\nsocket.socketpair()"),
    refused("netlink", "import socket\nsocket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"),
    refused("a raw socket", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)"),
    refused(
        "a name", "import socket\nsocket.gethostbyname('localhost.invalid')",
        "gaierror|SystemError",
    ),
    refused(
        "a page", "import urllib.request\nurllib.request.urlopen(f'http://127.0.0.1:{TCP}/')",
        "URLError|SystemError",
    ),
    refused("an event loop", "import asyncio\nasyncio.new_event_loop()"),
    harmless("a socket in C", RAW + "print(C.socket(2, 1, 0))", "^-1"),
]  # fmt: skip

NEW_PROCESSES = [
    harmless("os.system", "import os\nprint(os.system('touch ' + FOLDER + '/made') != 0)", "^True"),
    refused("subprocess", "import subprocess\nsubprocess.run(['touch', FOLDER + '/made'])"),
    refused("a shell", "import subprocess\nsubprocess.run('touch x', shell=True)", "OSError|Perm"),
    refused("popen", "import os\nos.popen('id').read()"),
    refused("fork", "import os\nos.fork()"),
    stopped(
        "fork for ever",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    ),
    refused("forkpty", "import os\nos.forkpty()"),
    refused("spawn", "import os\nos.posix_spawn('/bin/true', ['true'], {})"),
    refused("exec", "import os\nos.execv('/bin/sh', ['sh', '-c', 'id'])"),
    refused("a thread", "import threading\nthreading.Thread(target=print).start()", "RuntimeError"),
    refused(
        "a pool of threads",
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ThreadPoolExecutor().submit(print).result()",
        "RuntimeError",
    ),
    refused("a pool of processes", "import multiprocessing\nmultiprocessing.Pool(2)", "Error"),
    harmless("system in C", RAW + "print(C.system(b'touch made') != 0)", "^True"),
    harmless("clone in C", RAW + "print(C.syscall(56, 17, 0, 0, 0, 0))", "^-1"),
    harmless("clone3 in C", RAW + "print(C.syscall(435, b'\\0' * 88, 88))", "^-1"),
    harmless("vfork in C", RAW + "print(C.syscall(58))", "^-1"),
    harmless("execveat in C", RAW + "print(C.syscall(322, -100, b'/bin/sh', 0, 0, 0))", "^-1"),
]

OTHER_PROCESSES = [
    refused("kill the parent", "import os\nos.kill(PARENT, 9)"),
    refused("kill its parent", "import os\nos.kill(os.getppid(), 9)"),
    refused("kill the tool", "import os\nos.kill(TOOL, 9)"),
    refused("stop the parent", "import os, signal\nos.kill(PARENT, signal.SIGSTOP)"),
    refused("kill a victim", "import os\nos.kill(VICTIM, 9)"),
    refused("kill everybody", "import os\nos.kill(-1, 9)"),
    refused("kill the group", "import os\nos.killpg(0, 9)"),
    refused("find processes", "import os\nos.kill(1, 0)"),
    refused("hold a process", "import os\nos.pidfd_open(PARENT)"),
    refused("read the parent's memory", "open(f'/proc/{PARENT}/mem', 'rb').read(1)"),
    refused("read its environment", "open(f'/proc/{TOOL}/environ').read()"),
    harmless("attach to the parent", RAW + "print(C.ptrace(16, PARENT, 0, 0))", "^-1"),
    harmless("be traced", RAW + "print(C.ptrace(0, 0, 0, 0))", "^-1"),
    harmless(
        "read memory across", RAW + "print(C.process_vm_readv(PARENT, None, 0, None, 0, 0))", "^-1"
    ),
    harmless(
        "write memory across",
        RAW + "print(C.process_vm_writev(PARENT, None, 0, None, 0, 0))",
        "^-1",
    ),
    harmless("limit another", RAW + "print(C.prlimit(VICTIM, 0, b'\\0' * 16, None))", "^-1"),
    refused("limit itself", "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
            "(PermissionError|ValueError)"),
    refused("be nice", "import os\nos.nice(-5)"),
    refused("choose a core", "import os\nos.sched_setaffinity(0, {0})"),
    refused("be first", "import os\nos.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"),
    refused("be the superuser", "import os\nos.setuid(0)"),
    refused("lead a session", "import os\nos.setsid()"),
    harmless("outlive the parent", RAW + "print(C.prctl(1, 0))", "^-1"),
    harmless("new namespaces", RAW + "print(C.unshare(0x10000000))", "^-1"),
    harmless("set the clock", RAW + "print(C.clock_settime(0, b'\\0' * 16))", "^-1"),
    harmless("name the host", RAW + "print(C.sethostname(b'x', 1))", "^-1"),
    harmless("reboot", RAW + "print(C.syscall(169, 0xfee1dead, 672274793, 0x1234567, 0))", "^-1"),
    harmless("keys", RAW + "print(C.syscall(250, 0, -3, 0))", "^-1"),
    harmless("bpf", RAW + "print(C.syscall(321, 0, 0, 0))", "^-1"),
    harmless("io_uring", RAW + "print(C.syscall(425, 8, b'\\0' * 120))", "^-1"),
    harmless("perf", RAW + "print(C.syscall(298, b'\\0' * 120, 0, -1, -1, 0))", "^-1"),
    harmless("user faults", RAW + "print(C.syscall(323, 0))", "^-1"),
    harmless("shared memory", RAW + "print(C.shmget(0, 4096, 0o1666))", "^-1"),
    harmless("a message queue", RAW + "print(C.msgget(0, 0o1666))", "^-1"),
    harmless(
        "its own code", RAW + "C.mmap.restype = ctypes.c_long\n"
        "print(C.mmap(0, 4096, 7, 34, -1, 0))",
        "^-1",
    ),
    Case("the x32 door", RAW + "print(C.syscall(0x40000000 | 39))", "forbidden"),
]  # fmt: skip
