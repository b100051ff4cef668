"""A program's result depends on its text alone."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time

import pytest

from mathcli.sandbox import Execution, Limits
from tests.sandbox.pool import Pool

ATTRIBUTES = [
    "import sympy\nprint(sympy.stats.E(sympy.stats.Die('X', 6)))",
    "import sympy, numpy\nprint(sympy.stats.E(sympy.stats.Die('X', 6)))",
    "import sympy\nprint(sympy.physics.units.meter)",
    "import sympy\nprint(sympy.vector.CoordSys3D('N').i)",
    "import sympy\nprint(sympy.no_such_name)",
]
# Each is a line of its own in a fresh interpreter that has only what the line imports.
STATE = [
    "import sys\nprint(len(sys.modules), hash(tuple(sorted(sys.modules))))",
    "import sys\nprint('numpy' in sys.modules, 'wave' in sys.modules)",
    "from sympy import *\nprint(srepr(Dummy('x')), {Dummy('x'), Dummy('y'), Symbol('z')})",
    "import random\nprint(random.random(), random.Random().random())",
    "import random\nrandom.seed()\nprint(random.SystemRandom().randint(0, 10**9))",
    "import os, secrets, uuid\nprint(os.urandom(4), secrets.token_hex(4), uuid.uuid4())",
    "import numpy as np\nprint(np.random.rand(), np.random.default_rng().integers(10**9))",
    "import numpy as np\nnp.random.seed()\nprint(np.random.rand(), np.random.RandomState().rand())",
    "import os\nprint(os.getpid(), os.getppid())",
    "print({'a', 'b', 'c', (1, 'd'), frozenset('xyz')}, hash('text'))",
    "from sympy import *\nx = symbols('x')\nprint(simplify(sin(x)**2 + cos(x)**2), {sin, cos})",
    "import os\ndef is_open(one):\n    try: os.lseek(one, 0, 1)\n    except OSError as error: "
    "return error.errno != 9\n    return True\nprint([one for one in range(64) if is_open(one)])",
    "class A: pass\nprint([type(one).__name__ for one in {A(), 1, 'x'}].count('A'))",
    "import sympy.core.random as r\nprint(r.random(), r.rng.random())",
    "n = 0\ndef f():\n    global n\n    n += 1\n    f()\ntry: f()\nexcept RecursionError: print(n)",
    "from mathcli.sandbox import modules\nprint(modules.exists.cache_info(), modules._failed)",
    # What the memory of whoever forked it says about others: runs, processes, modules asked for.
    "import sys\nf, told = sys._getframe(), set()\n"
    "while f:\n    for one in f.f_locals.copy().values():\n"
    "        told.add(str(vars(getattr(one, '_runs', None) or int)))\n"
    "        told |= {str((s.run, list(s.names), s.pid)) for s in"
    " getattr(getattr(one, '_tools', None), 'slots', ())}\n    f = f.f_back\n"
    "print([len(one) for one in told if \"'wave'\" in one], len(told) < 9)",
]
MODULES = [
    "sympy.stats", "sympy.physics.units", "sympy.geometry", "sympy.combinatorics", "fractions",
    "itertools", "statistics", "numpy", "datetime", "random", "decimal", "cmath", "collections",
    "functools", "heapq", "bisect", "re", "string", "calendar", "csv", "wave", "tomllib",
    "difflib", "sympy.physics.mechanics", "numpy.polynomial", "sympy.crypto", "zoneinfo",
]  # fmt: skip


def told(execution: Execution) -> tuple[object, ...]:
    return (execution.status, execution.stdout, execution.value, execution.error,
            execution.stopped_by, execution.truncated)  # fmt: skip


def test_at_once_and_later_and_after_others() -> None:
    programs = [*ATTRIBUTES, *STATE]
    pool = Pool(workers=2)
    at_once = [told(one) for one in pool.run_together(programs)]
    pool.run("import wave, numpy, sympy.stats, sympy.physics.units, sympy.vector")
    time.sleep(1.0)
    for program, before in zip(programs, at_once, strict=True):
        assert told(pool.run(program)) == before
    assert [told(one) for one in pool.run_together(programs[::-1])] == at_once[::-1]
    pool.close()


@pytest.mark.parametrize("program", ATTRIBUTES[:-1])
def test_parts_of_sympy_are_always_there(pool: Pool, program: str) -> None:
    assert pool.run(program).status == "ok"


@pytest.mark.parametrize("name", MODULES)
def test_an_import_is_one_however_it_is_written(pool: Pool, name: str) -> None:
    if name == "tomllib" and sys.version_info < (3, 11):
        pytest.skip("Python 3.11")
    tail = "\nprint(m.__name__, len(dir(m)))"
    written = [
        f"import {name} as m{tail}",
        f"import importlib\nm = importlib.import_module({name!r}){tail}",
        f"if True:\n    m = __import__({name!r}, fromlist=['x']){tail}",
        f"print(end='')\nexec('import ' + '.'.join({name.split('.')}) + ' as m'){tail}",
    ]
    found = {told(one) for one in pool.run_together(written)}
    assert len(found) == 1
    assert found.pop()[1].startswith(name)  # type: ignore[union-attr]


def test_what_one_program_imports_is_not_there_for_the_next(pool: Pool) -> None:
    pool.run("import wave, numpy\nwave.x = numpy.x = 1")
    asks = "import sys\nprint('wave' in sys.modules, 'numpy' in sys.modules)"
    assert pool.run(asks).stdout == "False False\n"
    assert pool.run("import wave, numpy\nprint(hasattr(wave, 'x'), hasattr(numpy, 'x'))").stdout \
        == "False False\n"  # fmt: skip


def test_what_was_printed_before_a_late_import_is_printed_once(pool: Pool) -> None:
    program = "print('first')\nname = 'wa' + 've'\nprint(__import__(name).__name__)"
    assert pool.run(program).stdout == "first\nwave\n"


def test_many_missing_modules_come_to_an_end(pool: Pool) -> None:
    program = (
        "n = 0\nfor i in range(200):\n    try: __import__('sympy.no' + str(i))\n"
        "    except ImportError: n += 1\nprint(n)"
    )
    assert pool.run(program, limits=Limits(wall_seconds=60, cpu_seconds=60)).stdout == "200\n"


def test_functions_of_sympy_import_nothing_that_is_not_there() -> None:
    """Else their programs would run twice."""
    check = """
import sys
from mathcli.sandbox import modules
for name in modules.FIRST: modules.load(name)
before = set(sys.modules)
from sympy import *
x, n, k = symbols('x n k'); f = Function('f')
solve(x**2 - 1); solveset(sin(x) - 1, x, S.Reals); simplify(sin(x)**2 + cos(x)**2)
integrate(x * exp(x), x); integrate(1 / (x**3 + 1), x); summation(k**2, (k, 1, n))
Product(k, (k, 1, n)).doit(); nsolve(cos(x) - x, x, 1); dsolve(f(x).diff(x) - f(x))
Matrix([[2, 1], [1, 2]]).diagonalize(); refine(abs(x), Q.positive(x)); ask(Q.prime(7))
imageset(Lambda(x, x**2), Interval(-1, 1)); satisfiable(x & n); rsolve(f(n + 1) - 2 * f(n), f(n))
limit(sin(x) / x, x, 0); series(exp(x), x, 0, 5); apart(1 / (x**2 - 1)); latex(Integral(x, x))
diophantine(x**2 - 2 * n**2 - 1); minimal_polynomial(sqrt(2) + sqrt(3), x); nsimplify(0.25)
print(sorted(n for n in set(sys.modules) - before if modules.allowed(n) and n != 'atexit'))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", check], capture_output=True,
                          text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"


def generated(seed: int, count: int) -> list[str]:
    """Programs of the kinds that models write, and of kinds that they should not."""
    draw = random.Random(seed)
    kinds = [
        lambda a, b: f"print({a} ** {b} % 97)",
        lambda a, b: f"from sympy import *\nx = symbols('x')\nprint(solve(x**2 - {a}*x + {b}, x))",
        lambda a, b: f"from sympy import *\nx = symbols('x')\nprint(integrate(x**{b} + {a}, x))",
        lambda a, b: f"import numpy as np\nprint(np.random.rand() + {a}, np.arange({b}).sum())",
        lambda a, b: f"import random\nprint([random.randint(1, {a + 1}) for _ in range({b})])",
        lambda a, b: f"import sympy\nprint(sympy.stats.P(sympy.stats.Die('X', {a + 2}) > {b}))",
        lambda a, b: f"from sympy.physics.units import km, hour\nprint({a} * km / ({b} * hour))",
        lambda a, b: f"import statistics, wave\nprint(statistics.mean([{a}, {b}]))",
        lambda a, b: f"m = __import__('nu' + 'mpy')\nprint(m.gcd({a}, {b}))",
        lambda a, b: f"print({{str(i) for i in range({a})}}, {b} / 0)",
        lambda a, b: f"import sys\nprint(len(sys.modules))\nsys.modules['wave'] = {a}",
        lambda a, b: f"import math\nmath.pi = {a}\nprint(math.pi + {b})",
        lambda a, b: f"from sympy import Dummy, srepr\nprint(srepr(Dummy() + {a} * Dummy()))",
        lambda a, b: f"import os\nos._exit({a % 5})",
        lambda a, b: f"x = {a}\n{b} + x",
        lambda a, b: f"import sympy.nothing{a}",
        lambda a, b: f"print('x' * {a * 40000})",
    ]
    return [draw.choice(kinds)(draw.randint(1, 40), draw.randint(1, 12)) for _ in range(count)]


@pytest.mark.slow
def test_programs_in_any_order_give_the_same_results() -> None:
    programs = generated(seed=1, count=300)
    limits = Limits(wall_seconds=120, cpu_seconds=120)
    found = []
    for order in (None, 2, 3):
        numbers = list(range(len(programs)))
        if order is not None:
            random.Random(order).shuffle(numbers)
        pool = Pool(workers=2)
        results = pool.run_together([programs[one] for one in numbers], limits=limits)
        found.append({one: told(result) for one, result in zip(numbers, results, strict=True)})
        pool.close()
    assert found[0] == found[1] == found[2]


def test_cancelling_one_program_leaves_its_neighbours_alone() -> None:
    pool = Pool(workers=2)
    draw = random.Random(4)

    async def cancel_and_count() -> int:
        right = 0
        for _ in range(100):
            doomed = asyncio.create_task(pool.executor.run("import time\ntime.sleep(5)"))
            await asyncio.sleep(draw.choice((0, 0, 0.0001, 0.0003, 0.003)))
            honest = asyncio.create_task(pool.executor.run("print(499500)"))
            await asyncio.sleep(0)
            doomed.cancel()
            right += (await honest).stdout == "499500\n"
            with pytest.raises(asyncio.CancelledError):
                await doomed
        return right

    pool.run("1")
    parent = pool.parent
    assert pool.wait(cancel_and_count()) == 100
    assert pool.parent == parent
    pool.close()


def test_cancelling_twice_and_more_than_there_are_places() -> None:
    """A second cancelling gives the place back before the program is gone."""
    pool = Pool(workers=2)

    async def cancel_twice_and_count() -> int:
        right = 0
        for _ in range(5):
            doomed = [
                asyncio.create_task(pool.executor.run("import time\ntime.sleep(5)"))
                for _ in range(12)
            ]
            await asyncio.sleep(0.01)
            for _ in range(8):
                for one in doomed:
                    one.cancel()
                await asyncio.sleep(0)
            honest = [asyncio.create_task(pool.executor.run("print(499500)")) for _ in range(12)]
            right += [(await one).stdout for one in honest].count("499500\n")
            await asyncio.gather(*doomed, return_exceptions=True)
        return right

    pool.run("1")
    parent = pool.parent
    assert pool.wait(asyncio.wait_for(cancel_twice_and_count(), 120)) == 60
    assert pool.parent == parent
    pool.close()
