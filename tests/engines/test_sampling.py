from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mathcli.engines import Sampling
from mathcli.engines.sampling import Sampler, candidates, log_probabilities, penalized

LOGITS = np.array([1.0, 3.0, 2.0, -4.0], np.float32)


def test_temperature_zero_takes_the_likeliest_token() -> None:
    assert Sampler(Sampling()).draw(LOGITS) == 1


def test_the_same_seed_draws_the_same_tokens_and_another_seed_others() -> None:
    def draws(seed: int) -> list[int]:
        sampler = Sampler(Sampling(temperature=2.0, seed=seed))
        return [sampler.draw(LOGITS) for _ in range(50)]

    assert draws(7) == draws(7)
    assert draws(7) != draws(8)


def test_draws_follow_the_softmax_at_the_temperature() -> None:
    sampler = Sampler(Sampling(temperature=1.5, seed=1))
    counts = np.bincount([sampler.draw(LOGITS) for _ in range(20_000)], minlength=4) / 20_000
    expected = np.exp(LOGITS / 1.5) / np.exp(LOGITS / 1.5).sum()
    assert np.abs(counts - expected).max() < 0.015


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        (Sampling(temperature=1, top_k=2), [1, 2]),
        (Sampling(temperature=1, top_p=0.5), [1]),
        (Sampling(temperature=1, top_p=0.7), [1, 2]),
        (Sampling(temperature=1, min_p=0.2), [1, 2]),
        (Sampling(temperature=1), [1, 2, 0, 3]),
    ],
)
def test_filters_keep_the_likeliest_tokens(sampling: Sampling, expected: list[int]) -> None:
    assert candidates(LOGITS, np.arange(4), sampling)[0].tolist() == expected


def test_a_flat_distribution_is_cut_like_a_sorted_one() -> None:
    logits = np.random.default_rng(0).standard_normal(5000).astype(np.float32)
    sampling = Sampling(temperature=0.9, top_p=0.6, seed=2)
    ids, weights = candidates(logits, np.arange(5000), sampling)
    sampler = Sampler(sampling)
    drawn = np.bincount([sampler.draw(logits) for _ in range(20_000)], minlength=5000)
    assert set(np.flatnonzero(drawn)) <= set(ids.tolist())
    # As likely as they should be, in ten groups of equal expectation.
    groups = np.array_split(
        ids, np.searchsorted(np.cumsum(weights) / weights.sum(), np.arange(0.1, 1, 0.1))
    )
    shares = np.array([drawn[group].sum() for group in groups]) / 20_000
    assert np.abs(shares - 0.1).max() < 0.012


def test_the_penalty_makes_recent_tokens_less_likely() -> None:
    changed = penalized(LOGITS, [1, 3, 1], 2.0)
    assert changed.tolist() == [1.0, 1.5, 2.0, -8.0]
    assert LOGITS[1] == 3.0
    assert Sampler(Sampling(repetition_penalty=2.0)).draw(LOGITS, [1]) == 2


def test_log_probabilities_are_those_of_the_softmax() -> None:
    expected = LOGITS - np.log(np.exp(LOGITS.astype(np.float64)).sum())
    assert log_probabilities(LOGITS, [0, 3]) == pytest.approx([expected[0], expected[3]])


@given(
    st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=30),
    st.floats(0.01, 5),
    st.floats(0.01, 1),
    st.integers(0, 5),
)
def test_every_draw_is_a_token(
    values: list[float], temperature: float, top_p: float, top_k: int
) -> None:
    logits = np.array(values, np.float32)
    sampler = Sampler(Sampling(temperature=temperature, top_p=top_p, top_k=top_k))
    assert 0 <= sampler.draw(logits) < len(values)
