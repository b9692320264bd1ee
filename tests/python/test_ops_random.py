"""Random operators: the generator against its paper, distributions by moments and deviations, sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    Const,
    operator_session,  # noqa: F401 - a fixture
    run_op,
    values,
)

import pyascend_ge as ge

# Known answers of Philox4x32-10, published with the paper: counter, key, block.
ANSWERS = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 4, (2**32 - 1,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)
MANY = 20_000


def stateless(shape: Any, key: int, counter: tuple[int, int], dtype: Any, alg: int = 1) -> np.ndarray:
    inputs = [np.uint64([key]), np.uint64(counter), np.int32(alg)]
    attrs = {"dtype": dtype}
    return run_op("StatelessRandomUniformV2", [Const(np.int64(shape)), *inputs], attrs)[0]


def together(low: int, high: int) -> int:
    return low | high << 32


@pytest.mark.parametrize(("counter", "key", "block"), ANSWERS)
@pytest.mark.parametrize("alg", [1, 3])
def test_a_stateless_block_is_the_papers(counter: Any, key: Any, block: Any, alg: int) -> None:
    place = (together(*key), (together(*counter[:2]), together(*counter[2:])))
    singles = stateless([4], *place, "float32", alg)
    np.testing.assert_array_equal(singles, np.float32([(word & 0x7FFFFF) / 2**23 for word in block]))
    doubles = stateless([2], *place, "float64", alg)
    bits = [(block[i] & 0xFFFFF) << 32 | block[i + 1] for i in (0, 2)]
    np.testing.assert_array_equal(doubles, [number / 2**52 for number in bits])
    halves = stateless([4], *place, "float16", alg)
    np.testing.assert_array_equal(halves, np.float16([(word & 0x3FF) / 2**10 for word in block]))
    brains = stateless([4], *place, "bfloat16", alg)
    assert brains.dtype == BFLOAT16
    np.testing.assert_array_equal(brains.astype(float), [(word & 0x7F) / 2**7 for word in block])


def test_blocks_follow_each_other_and_the_counter_carries() -> None:
    long = stateless([3, 7], 5, (2**64 - 2, 9), "float32").reshape(-1)
    later = stateless([13], 5, (0, 10), "float32")
    np.testing.assert_array_equal(long[8:], later)


def test_threefry_is_refused() -> None:
    with pytest.raises(ge.AscendError, match=r"alg is 2; emulated are 1 \(Philox\)"):
        stateless([4], 0, (0, 0), "float32", 2)


def largest_deviation(numbers: np.ndarray, distribution: Any) -> float:
    """Kolmogorov's and Smirnov's statistic times the root of the count."""
    ordered = np.sort(numbers.astype(np.float64).reshape(-1))
    n = len(ordered)
    expected = distribution(ordered)
    above = np.arange(1, n + 1) / n - expected
    below = expected - np.arange(n) / n
    return float(max(above.max(), below.max()) * np.sqrt(n))


def normal(x: np.ndarray) -> np.ndarray:
    from math import erfc

    return np.array([0.5 * erfc(-value / np.sqrt(2)) for value in x])


FLOAT_TYPES = [FLOAT32, FLOAT16, FLOAT64]


@pytest.mark.parametrize("dtype", FLOAT_TYPES, ids=str)
def test_uniform_numbers(dtype: Any) -> None:
    attrs = {"dtype": dtype, "seed": 3, "seed2": 4}
    [y] = run_op("RandomUniform", [Const(np.int32([100, 200]))], attrs)
    assert y.dtype == dtype
    assert y.shape == (100, 200)
    assert y.min() >= 0
    assert y.max() < 1
    wide = y.astype(np.float64)
    assert abs(wide.mean() - 0.5) < 5 / np.sqrt(12 * MANY)
    assert abs(wide.var() - 1 / 12) < 0.003
    grain = 2**-10 if dtype == FLOAT16 else 0  # the middle of what rounds to the same number
    assert largest_deviation(wide + grain / 2, lambda x: x) < 1.95  # once in a thousand; halves have steps
    assert abs(np.corrcoef(wide.reshape(-1)[:-1], wide.reshape(-1)[1:])[0, 1]) < 0.03


@pytest.mark.parametrize("dtype", FLOAT_TYPES, ids=str)
def test_normal_numbers(dtype: Any) -> None:
    [y] = run_op("RandomStandardNormal", [Const(np.int64([MANY]))], {"dtype": dtype, "seed": 1})
    assert y.dtype == dtype
    wide = y.astype(np.float64)
    assert abs(wide.mean()) < 5 / np.sqrt(MANY)
    assert abs(wide.var() - 1) < 0.05
    assert abs((wide**3).mean()) < 0.1
    assert abs((wide**4).mean() - 3) < 0.3
    assert largest_deviation(wide, normal) < 1.95
    assert abs(np.corrcoef(wide[::2], wide[1::2])[0, 1]) < 0.05


@pytest.mark.parametrize("dtype", FLOAT_TYPES, ids=str)
def test_truncated_normal_numbers(dtype: Any) -> None:
    [y] = run_op("TruncatedNormal", [Const(np.int64([MANY]))], {"dtype": dtype, "seed2": 9})
    assert y.dtype == dtype
    wide = y.astype(np.float64)
    assert np.abs(wide).max() <= 2
    low, high = normal(np.array([-2.0, 2.0]))
    assert largest_deviation(wide, lambda x: (normal(x) - low) / (high - low)) < 1.95
    # The variance of a normal number kept within [-2, 2] is 1 - 4 * pdf(2) / P.
    variance = 1 - 4 * np.exp(-2) / np.sqrt(2 * np.pi) / (high - low)
    assert abs(wide.var() - variance) < 0.03


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize(("low", "high"), [(-3, 4), (0, 1), (10, 12)])
def test_integers_take_every_value_of_their_range_alone(dtype: Any, low: int, high: int) -> None:
    bounds = [dtype(low), dtype(high)]
    [y] = run_op("RandomUniformInt", [Const(np.int64([MANY])), *bounds], {"seed": 5})
    assert y.dtype == dtype
    found, counts = np.unique(y, return_counts=True)
    np.testing.assert_array_equal(found, np.arange(low, high))
    expected = MANY / (high - low)
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected) + 1


def test_integers_of_the_whole_type() -> None:
    limits = np.iinfo(np.int64)
    bounds = [np.int64(limits.min), np.int64(limits.max)]
    [y] = run_op("RandomUniformInt", [Const(np.int64([MANY])), *bounds], {"seed": 5})
    assert largest_deviation(y, lambda x: x / 2.0**64 + 0.5) < 1.95


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ge.AscendError, match="min is 4 and max is 4; min must be smaller"):
        run_op("RandomUniformInt", [Const(np.int64([3])), np.int32(4), np.int32(4)], {"seed": 1})


@pytest.mark.parametrize("dtype", FLOAT_TYPES, ids=str)
@pytest.mark.parametrize("out", [np.int32, np.int64])
def test_classes_are_drawn_as_their_logits_say(dtype: Any, out: Any) -> None:
    weights = np.array([[1.0, 2.0, 0.0, 5.0], [3.0, 0.0, 1.0, 0.0]])
    with np.errstate(divide="ignore"):
        logits = (np.log(weights) + np.array([[3.0], [-4.0]])).astype(dtype)
    attrs = {"dtype": out, "seed": 1, "seed2": 2}
    [y] = run_op("Multinomial", [logits, Const(np.int32(MANY))], attrs)
    assert y.dtype == out
    assert y.shape == (2, MANY)
    for row, weight in zip(y, weights, strict=True):
        rates = np.bincount(row, minlength=4) / MANY
        np.testing.assert_allclose(rates, weight / weight.sum(), atol=0.02)
        assert (rates[weight == 0] == 0).all()


def test_a_row_without_a_class_is_refused() -> None:
    logits = np.full((2, 3), -np.inf, np.float32)
    with pytest.raises(ge.AscendError, match="row 0 of logits has no finite number"):
        run_op("Multinomial", [logits, Const(np.int32(2))], {"seed": 1})


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.75, 1.0])
def test_masks_keep_at_their_rate_and_dropout_reads_them(dtype: Any, keep: float) -> None:
    shape, prob = [37, 301], np.array(keep, dtype)
    count = 37 * 301
    [bits] = run_op("DropOutGenMask", [Const(np.int64(shape)), prob], {"seed": 7})
    assert bits.dtype == np.uint8
    assert bits.shape == ((count + 127) // 128 * 16,)
    flags = np.unpackbits(bits, bitorder="little")[:count].reshape(shape)
    assert abs(flags.mean() - float(prob)) < 5 * np.sqrt(keep * (1 - keep) / count) + 1e-9
    x = values(1, shape, dtype, 1, 2)
    if keep > 0:
        [y] = run_op("DropOutDoMask", [x, bits, prob])
        np.testing.assert_array_equal(y != 0, flags == 1)
    [whole] = run_op("DropOutGenMaskV3", [Const(np.int32(shape)), prob], {"seed": 7})
    assert whole.dtype == np.uint8
    assert set(np.unique(whole)) <= {0, 1}
    assert whole.shape == tuple(shape)
    assert abs(whole.mean() - float(prob)) < 5 * np.sqrt(keep * (1 - keep) / count) + 1e-9
    if keep > 0:
        [y] = run_op("DropOutDoMaskV3", [x, whole, prob])
        np.testing.assert_array_equal(y != 0, whole == 1)


def test_a_rate_that_is_no_probability_is_refused() -> None:
    for wrong in (1.5, -0.5, np.nan):
        with pytest.raises(ge.AscendError, match="it must be a probability, from 0 to 1"):
            run_op("DropOutGenMask", [Const(np.int64([4])), np.float32(wrong)])


@pytest.mark.parametrize(
    ("operator", "inputs", "attrs", "message"),
    [
        ("RandomUniform", [Const(np.int64([-1]))], {"dtype": "float32"}, "input shape holds -1"),
        (
            "RandomUniform",
            [Const(np.int64([[2]]))],
            {"dtype": "float32"},
            "must be a list of at most 25 dims",
        ),
        ("RandomUniform", [Const(np.int64([2]))], {"dtype": "int32"}, r"attribute dtype is 3 \(DT_INT32\)"),
        ("Multinomial", [np.float32([1, 2]), Const(np.int32(2))], {}, r"must be \[batch, classes\]"),
        ("Multinomial", [np.float32([[1]]), Const(np.int32(-2))], {}, "num_samples is -2"),
        ("DropOutGenMask", [Const(np.int64([4])), np.float32([1, 1])], {}, "must hold one DT_FLOAT"),
    ],
)
def test_what_is_wrong_is_said(operator: str, inputs: Any, attrs: Any, message: str) -> None:
    with pytest.raises(ge.AscendError, match=message):
        run_op(operator, inputs, attrs)


# ---- sequences ----


def drawing(seed: int, seed2: int = 0, twice: bool = False) -> ge.Graph:
    """A graph of random numbers from constants alone."""
    graph = ge.Graph("draws")
    attrs = {"dtype": "float32", "seed": seed, "seed2": seed2}
    shape = np.int64([50])
    graph.output(graph.op("RandomUniform", shape, **attrs))
    if twice:
        graph.output(graph.op("RandomUniform", shape, **attrs))
    return graph


@pytest.fixture
def session() -> Any:
    with ge.GeSession() as opened:
        yield opened


def test_runs_of_a_loaded_graph_go_on_and_a_fresh_one_repeats(session: ge.GeSession) -> None:
    first, second = (session.add_graph(drawing(11)) for _ in range(2))
    mine = [np.array(first.run()[0]) for _ in range(3)]
    assert len({run.tobytes() for run in mine}) == 3
    assert len(np.unique(np.concatenate(mine))) > 140
    for run in mine:
        np.testing.assert_array_equal(second.run()[0], run)


def test_a_model_file_repeats_its_seeds_and_nothing_without(session: ge.GeSession) -> None:
    runs = {}
    for seed in (11, 0):
        built = ge.build_model(drawing(seed))
        models = [ge.Model.load(built) for _ in range(2)]
        runs[seed] = [[np.array(model.run()[0]).tobytes() for _ in range(2)] for model in models]
        for model in models:
            model.close()
    assert runs[11][0] == runs[11][1]
    assert runs[11][0][0] != runs[11][0][1]
    assert len({*runs[0][0], *runs[0][1]}) == 4
    fresh = session.add_graph(drawing(11))
    assert np.array(fresh.run()[0]).tobytes() == runs[11][0][0]


def test_other_seeds_are_other_sequences(session: ge.GeSession) -> None:
    pairs = [(1, 0), (2, 0), (0, 1), (1, 1), (-1, 0)]
    runs = [np.array(session.add_graph(drawing(*pair)).run()[0]).tobytes() for pair in pairs]
    assert len(set(runs)) == len(pairs)


def test_without_seeds_nothing_repeats(session: ge.GeSession) -> None:
    runs = [np.array(session.add_graph(drawing(0)).run()[0]).tobytes() for _ in range(3)]
    assert len(set(runs)) == 3


def test_equal_operators_are_not_merged(session: ge.GeSession) -> None:
    one, other = session.add_graph(drawing(0, twice=True)).run()
    assert (np.array(one) != np.array(other)).any()


def test_a_shape_that_the_graph_computes(session: ge.GeSession) -> None:
    graph = ge.Graph("as_many")
    x = graph.input("x", shape=[-1, 3], dtype="float32")
    shape = graph.op("Shape", x)
    graph.output(graph.op("RandomUniform", shape, dtype="float32", seed=3))
    handle = session.add_graph(graph)
    runs = [np.array(handle.run(np.zeros((n, 3), np.float32))[0]) for n in (4, 9, 4)]
    assert [run.shape for run in runs] == [(4, 3), (9, 3), (4, 3)]
    assert len(np.unique(np.concatenate(runs))) > 45  # one sequence over all shapes


def test_a_shape_known_at_run_time_only(session: ge.GeSession) -> None:
    graph = ge.Graph("told")
    shape = graph.input("shape", shape=[2], dtype="int64")
    graph.output(graph.op("RandomUniform", shape, dtype="float32", seed=3))
    handle = session.add_graph(graph)
    runs = [np.array(handle.run(np.int64([2, 5]))[0]) for _ in range(2)]
    assert runs[0].shape == (2, 5)
    assert (runs[0] != runs[1]).any()


def looping(rounds: int) -> ge.Graph:
    """The random numbers of a loop's last round."""
    body = ge.Graph("body")
    body.input("i", (), "int32")
    total = body.input("total", (40,))
    noise = body.op("RandomUniform", np.int64([40]), dtype="float32", seed=8)
    body.output(body.op("Add", body.op("Mul", total, np.float32(0)), noise))
    graph = ge.Graph(f"rounds_{rounds}")
    start = graph.input("start", (), "int32")
    graph.output(*graph.op("For", start, rounds, 1, [graph.input("x", (40,))], body=body))
    return graph


def test_loops_draw_anew_in_every_round(session: ge.GeSession) -> None:
    feeds = (np.int32(0), np.zeros(40, np.float32))
    once, twice = (session.add_graph(looping(rounds)) for rounds in (1, 2))
    runs = [np.array(once.run(*feeds)[0]) for _ in range(4)]
    assert len({run.tobytes() for run in runs}) == 4
    for expected in (runs[1], runs[3]):
        np.testing.assert_array_equal(twice.run(*feeds)[0], expected)
