from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.calibration.doubting import DoubtedRollout, doubt_of, held_out

TRIALS = st.lists(
    st.builds(
        DoubtedRollout,
        problem=st.integers(0, 9),
        least=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]),
        gain=st.sampled_from([-1, 0, 1]),
        cost=st.sampled_from([0, 1]),
    )
)


def worth(rollouts: list[DoubtedRollout], doubt: float) -> tuple[int, int]:
    """Right answers more, programs fewer."""
    doubted = [one for one in rollouts if one.least < doubt]
    return sum(one.gain for one in doubted), -sum(one.cost for one in doubted)


def test_doubt_ends_where_it_begins_to_cost_answers() -> None:
    rollouts = [
        DoubtedRollout(0, 0.2, 1, 1),
        DoubtedRollout(1, 0.4, 0, 1),
        DoubtedRollout(2, 0.6, 1, 1),
        DoubtedRollout(3, 0.8, -1, 1),
        DoubtedRollout(4, 0.9, 0, 1),
    ]
    assert doubt_of(rollouts) == pytest.approx(0.7)


def test_of_equals_the_one_with_fewer_programs_is_taken() -> None:
    assert doubt_of([DoubtedRollout(0, 0.3, 1, 1), DoubtedRollout(1, 0.5, 0, 1)]) == pytest.approx(
        0.4
    )


def test_everything_is_doubted_where_that_is_best() -> None:
    assert doubt_of([DoubtedRollout(0, 0.9, 1, 1)]) == pytest.approx(0.95)


@pytest.mark.parametrize(
    "rollouts", [[], [DoubtedRollout(0, 0.3, 0, 1)], [DoubtedRollout(0, 0.3, -1, 1)]]
)
def test_doubt_that_is_no_use_is_none(rollouts: list[DoubtedRollout]) -> None:
    assert doubt_of(rollouts) == 0


def test_rollouts_that_are_equally_sure_go_together() -> None:
    assert doubt_of([DoubtedRollout(0, 0.5, 1, 1), DoubtedRollout(1, 0.5, -1, 1)]) == 0


@given(TRIALS)
def test_no_other_doubt_is_better(rollouts: list[DoubtedRollout]) -> None:
    found = worth(rollouts, doubt_of(rollouts))
    assert all(found >= worth(rollouts, other / 200) for other in range(201))


def test_a_problem_does_not_teach_the_doubt_that_it_is_measured_with() -> None:
    rollouts = [
        DoubtedRollout(0, 0.3, 1, 1),
        DoubtedRollout(1, 0.6, 1, 1),
        DoubtedRollout(2, 0.8, 0, 1),
    ]
    assert held_out(rollouts, [0, 1, 1]) == pytest.approx([0.7, 0.65, 0.65])
