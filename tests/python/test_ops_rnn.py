"""Recurrent layers against cells written out in numpy, one sample and one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ops_harness import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    assert_close,
    few,
    operator_session,  # noqa: F401
    run_op,
    seeds,
    values,
)

import pyascend_ge as ge

TYPES = [FLOAT32, FLOAT16, BFLOAT16]
SLACK = {FLOAT32: 2e-5, FLOAT16: 4e-3, BFLOAT16: 4e-2}
Function = Callable[[np.ndarray], np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def times(length: int, reverse: bool) -> list[int]:
    return list(range(length))[::-1] if reverse else list(range(length))


def lstm(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray,
    h: np.ndarray,
    c: np.ndarray,
    p: np.ndarray,
    lengths: np.ndarray,
    reverse: bool,
    clip: float,
    input_forget: bool,
    functions: tuple[Function, Function, Function],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ONNX's formulas with gates i, o, f, c in this order."""
    n = h.shape[-1]
    f_gate, g_cell, h_out = (lambda v, fn=fn: fn(np.clip(v, -clip, clip)) for fn in functions)
    y = np.zeros((*x.shape[:2], n))
    h, c = h.copy(), c.copy()
    pi, po, pf = np.split(p, 3)
    for k in range(x.shape[1]):
        for t in times(int(lengths[k]), reverse):
            i, o, f, g = np.split(w @ x[t, k] + r @ h[k] + b[: 4 * n] + b[4 * n :], 4)
            i = f_gate(i + pi * c[k])
            f = 1 - i if input_forget else f_gate(f + pf * c[k])
            c[k] = f * c[k] + i * g_cell(g)
            h[k] = f_gate(o + po * c[k]) * h_out(c[k])
            y[t, k] = h[k]
    return y, h, c


def gru(
    x: np.ndarray,
    w: np.ndarray,
    r: np.ndarray,
    b: np.ndarray,
    h: np.ndarray,
    lengths: np.ndarray,
    reverse: bool,
    after: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """ONNX's formulas with gates z, r, h in this order."""
    n = h.shape[-1]
    y = np.zeros((*x.shape[:2], n))
    h = h.copy()
    for k in range(x.shape[1]):
        for t in times(int(lengths[k]), reverse):
            xz, xr, xh = np.split(w @ x[t, k] + b[: 3 * n], 3)
            hz, hr, _ = np.split(r @ h[k] + b[3 * n :], 3)
            z, reset = sigmoid(xz + hz), sigmoid(xr + hr)
            state = r[2 * n :] @ (h[k] if after else reset * h[k]) + b[5 * n :]
            new = np.tanh(xh + (reset * state if after else state))
            h[k] = (1 - z) * new + z * h[k]
            y[t, k] = h[k]
    return y, h


@st.composite
def layers(draw: st.DrawFn) -> dict[str, Any]:
    """Sizes and what is optional."""
    return {
        "steps": draw(st.integers(1, 5)),
        "batch": draw(st.integers(1, 3)),
        "input": draw(st.integers(1, 9)),
        "hidden": draw(st.sampled_from([1, 3, 16, 19])),
        "direction": draw(st.sampled_from(["forward", "reverse", "bidirectional"])),
        "bias": draw(st.booleans()),
        "state": draw(st.booleans()),
        "lengths": draw(st.booleans()),
    }


def parameters(layer: dict[str, Any], gates: int, dtype: Any, seed: int) -> dict[str, Any]:
    """Random inputs of a layer, None for what it does without."""
    n, d = layer["hidden"], 2 if layer["direction"] == "bidirectional" else 1
    batch, steps, width = layer["batch"], layer["steps"], layer["input"]
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        return values(int(rng.integers(1 << 31)), shape, dtype, -0.6, 0.6)

    return {
        "x": draw(steps, batch, width),
        "w": draw(d, gates * n, width),
        "r": draw(d, gates * n, n),
        "b": draw(d, 2 * gates * n) if layer["bias"] else None,
        "lengths": rng.integers(0, steps + 1, batch).astype(np.int32) if layer["lengths"] else None,
        "h": draw(d, batch, n) if layer["state"] else None,
        "c": draw(d, batch, n) if layer["state"] else None,
        "p": draw(d, 3 * n) if layer["state"] else None,
    }


def wide(given: dict[str, Any], name: str, d: int, shape: tuple[int, ...]) -> np.ndarray:
    """A direction's parameter in double, zeros where it is left out."""
    return np.zeros(shape) if given[name] is None else given[name][d].astype(np.float64)


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(layers(), st.booleans(), st.sampled_from([None, 0.5]), seeds)
def test_common_lstm(dtype: Any, layer: dict[str, Any], input_forget: bool, clip: Any, seed: int) -> None:
    given_inputs = parameters(layer, 4, dtype, seed)
    n, d = layer["hidden"], given_inputs["w"].shape[0]
    batch, steps = layer["batch"], layer["steps"]
    lengths = given_inputs["lengths"] if layer["lengths"] else np.full(batch, steps)
    attrs = {"hidden_size": n, "direction": layer["direction"], "input_forget": int(input_forget)}
    attrs |= {} if clip is None else {"clip": clip}
    inputs = [given_inputs[name] for name in ("x", "w", "r", "b", "lengths", "h", "c", "p")]
    y, y_h, y_c = run_op("CommonLSTM", inputs, attrs)
    for k in range(d):
        expected, h, c = lstm(
            given_inputs["x"].astype(np.float64),
            *(given_inputs[name][k].astype(np.float64) for name in ("w", "r")),
            wide(given_inputs, "b", k, (8 * n,)),
            wide(given_inputs, "h", k, (batch, n)),
            wide(given_inputs, "c", k, (batch, n)),
            wide(given_inputs, "p", k, (3 * n,)),
            lengths,
            layer["direction"] == "reverse" or k == 1,
            clip or np.inf,
            input_forget,
            (sigmoid, np.tanh, np.tanh),
        )
        assert_close(y[:, k], expected, dtype, rtol=8, atol=SLACK[dtype])
        assert_close(y_h[k], h, dtype, rtol=8, atol=SLACK[dtype])
        assert_close(y_c[k], c, dtype, rtol=8, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@few
@given(layers(), st.booleans(), seeds)
def test_common_gru(dtype: Any, layer: dict[str, Any], after: bool, seed: int) -> None:
    given_inputs = parameters(layer, 3, dtype, seed)
    n, d = layer["hidden"], given_inputs["w"].shape[0]
    batch, steps = layer["batch"], layer["steps"]
    lengths = given_inputs["lengths"] if layer["lengths"] else np.full(batch, steps)
    attrs = {"hidden_size": n, "direction": layer["direction"], "linear_before_reset": int(after)}
    y, y_h = run_op("CommonGRU", [given_inputs[name] for name in ("x", "w", "r", "b", "lengths", "h")], attrs)
    for k in range(d):
        expected, h = gru(
            given_inputs["x"].astype(np.float64),
            *(given_inputs[name][k].astype(np.float64) for name in ("w", "r")),
            wide(given_inputs, "b", k, (6 * n,)),
            wide(given_inputs, "h", k, (batch, n)),
            lengths,
            layer["direction"] == "reverse" or k == 1,
            after,
        )
        assert_close(y[:, k], expected, dtype, rtol=8, atol=SLACK[dtype])
        assert_close(y_h[k], h, dtype, rtol=8, atol=SLACK[dtype])


ACTIVATIONS: list[tuple[str, list[float], list[float], Function]] = [
    ("Relu", [], [], lambda v: np.maximum(v, 0)),
    ("Sigmoid", [], [], sigmoid),
    ("Softsign", [], [], lambda v: v / (1 + np.abs(v))),
    ("Softplus", [], [], lambda v: np.log1p(np.exp(v))),
    ("Affine", [0.5], [0.25], lambda v: 0.5 * v + 0.25),
    ("LeakyRelu", [0.3], [], lambda v: np.where(v < 0, 0.3 * v, v)),
    ("ThresholdedRelu", [0.1], [], lambda v: np.where(v > 0.1, v, 0)),
    ("ScaledTanh", [0.5], [2.0], lambda v: 0.5 * np.tanh(2 * v)),
    ("HardSigmoid", [0.3], [0.4], lambda v: np.clip(0.3 * v + 0.4, 0, 1)),
    ("Elu", [0.7], [], lambda v: np.where(v < 0, 0.7 * np.expm1(v), v)),
]


@pytest.mark.parametrize(("name", "alpha", "beta", "function"), ACTIVATIONS, ids=[a[0] for a in ACTIVATIONS])
def test_activations_take_their_numbers_in_order(
    name: str, alpha: list[float], beta: list[float], function: Function
) -> None:
    layer = {"steps": 3, "batch": 2, "input": 4, "hidden": 5, "direction": "forward"}
    p = parameters(layer | {"bias": True, "state": True, "lengths": False}, 4, FLOAT32, 7)
    # The output's function comes last: its numbers stand behind those of the cell's.
    attrs = {
        "hidden_size": 5,
        "activations": ["Sigmoid", "HardSigmoid", name],
        "activation_alpha": [0.2, *alpha],
        "activation_beta": [0.5, *beta],
    }
    [y, *_] = run_op("CommonLSTM", [p[key] for key in ("x", "w", "r", "b", "lengths", "h", "c", "p")], attrs)
    first = [p[key][0].astype(np.float64) for key in ("w", "r", "b", "h", "c", "p")]
    inner = (sigmoid, lambda v: np.clip(0.2 * v + 0.5, 0, 1), function)
    expected, *_ = lstm(p["x"].astype(np.float64), *first, np.full(2, 3), False, np.inf, False, inner)
    assert_close(y[:, 0], expected, FLOAT32, rtol=8, atol=2e-5)


@pytest.mark.parametrize(
    ("change", "attrs", "message"),
    [
        ({"x": np.zeros((2, 3), np.float32)}, {}, r"x is \[2,3\]; it must be \[steps, batch, input\]"),
        ({"w": np.zeros((1, 8, 4), np.float32)}, {}, r"input w has shape \[1,8,4\]"),
        ({"lengths": np.zeros(3, np.int32)}, {}, "sequence_lens is DT_INT32"),
        ({}, {"direction": "up"}, "direction is .up."),
        ({}, {"activations": ["Sigmoid", "Tanh", "Sine"]}, "activations holds .Sine."),
        ({}, {"activations": ["Sigmoid"]}, "activations has 1 names"),
        ({}, {"hidden_size": 0}, "hidden_size is 0"),
    ],
    ids=["rank", "weights", "lengths", "direction", "activation", "count", "hidden"],
)
def test_layers_that_do_not_fit_are_refused(
    change: dict[str, Any], attrs: dict[str, Any], message: str
) -> None:
    layer = {"steps": 3, "batch": 2, "input": 4, "hidden": 5, "direction": "forward"}
    p = parameters(layer | {"bias": False, "state": False, "lengths": False}, 4, FLOAT32, 7) | change
    with pytest.raises(ge.AscendError, match=message):
        run_op(
            "CommonLSTM",
            [p[k] for k in ("x", "w", "r", "b", "lengths", "h", "c", "p")],
            {"hidden_size": 5} | attrs,
        )


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("order", ["ijfo", "ifjo"])
@pytest.mark.parametrize("op", ["DynamicRNN", "DynamicRNNV2", "DynamicRNNV3", "BasicLSTMCell"])
@pytest.mark.parametrize("reverse", [False, True])
def test_dynamic_rnn(dtype: Any, order: str, op: str, reverse: bool) -> None:
    cell = op == "BasicLSTMCell"
    order = "ijfo" if cell or op == "DynamicRNNV3" else order
    reverse = reverse and not cell
    steps, batch, width, n = 1 if cell else 4, 3, 5, 6
    x = values(1, (steps, batch, width), dtype)
    wx, wh = values(2, (width, 4 * n), dtype, -0.5, 0.5), values(3, (n, 4 * n), dtype, -0.5, 0.5)
    bias = values(4, (4 * n,), dtype)
    h0, c0 = values(5, (1, batch, n), dtype), values(6, (1, batch, n), dtype)
    lengths = None if cell else np.array([4, 2, 0], np.int32)
    peep = [values(7 + k, (n,), dtype) for k in range(3)]
    attrs: dict[str, Any] = {"forget_bias": 0.75}
    if not cell:
        attrs |= {"direction": "REDIRECTIONAL" if reverse else "UNIDIRECTIONAL", "use_peephole": True}
    if op in ("DynamicRNN", "DynamicRNNV2"):
        attrs["gate_order"] = order
    joined = np.concatenate([wx, wh])
    if cell:
        outputs = run_op(op, [x[0], h0[0], c0[0], joined, bias, None], attrs)
        c, h, *gates = (part[None] for part in outputs)
        traced = [h, h, c, *gates]
    else:
        weights = [wx, wh] if op == "DynamicRNNV2" else [joined]
        rest = [None] * (3 if op == "DynamicRNNV3" else 1)
        traced = run_op(op, [x, *weights, bias, lengths, h0, c0, *peep, *rest], attrs)
    places = {gate: order.index(gate) for gate in "ijfo"}
    expected = [np.zeros((steps, batch, n)) for _ in range(8)]
    p = [np.zeros(n)] * 3 if cell else [part.astype(np.float64) for part in peep]
    for k in range(batch):
        h, c = h0[0, k].astype(np.float64), c0[0, k].astype(np.float64)
        for t in times(steps if lengths is None else int(lengths[k]), reverse):
            sums = x[t, k].astype(np.float64) @ wx.astype(np.float64) + h @ wh.astype(np.float64) + bias
            gate = {name: sums[at * n : (at + 1) * n] for name, at in places.items()}
            i, f = sigmoid(gate["i"] + p[0] * c), sigmoid(gate["f"] + np.float32(0.75) + p[1] * c)
            j = np.tanh(gate["j"])
            c = f * c + i * j
            o = sigmoid(gate["o"] + p[2] * c)
            h = o * np.tanh(c)
            for to, part in zip(expected, (h, h, c, i, j, f, o, np.tanh(c)), strict=True):
                to[t, k] = part
    for actual, wanted in zip(traced, expected, strict=True):
        assert_close(actual, wanted, dtype, rtol=8, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("order", ["zrh", "rzh"])
@pytest.mark.parametrize("after", [False, True])
def test_dynamic_gru_v2(dtype: Any, order: str, after: bool) -> None:
    steps, batch, width, n = 4, 3, 5, 6
    x = values(1, (steps, batch, width), dtype)
    w, r = values(2, (width, 3 * n), dtype, -0.5, 0.5), values(3, (n, 3 * n), dtype, -0.5, 0.5)
    bx, bh, h0 = values(4, (3 * n,), dtype), values(5, (3 * n,), dtype), values(6, (1, batch, n), dtype)
    lengths = np.array([4, 2, 0], np.int32)
    y, output_h, update, *_ = run_op(
        "DynamicGRUV2", [x, w, r, bx, bh, lengths, h0], {"gate_order": order, "reset_after": after}
    )
    swap = [1, 0, 2] if order == "rzh" else [0, 1, 2]

    def turned(matrix: np.ndarray) -> np.ndarray:
        parts = np.split(matrix.astype(np.float64), 3, -1)
        return np.concatenate([parts[k] for k in swap], -1)

    expected, _ = gru(
        x.astype(np.float64),
        turned(w).T,
        turned(r).T,
        np.concatenate([turned(bx), turned(bh)]),
        h0[0].astype(np.float64),
        lengths,
        False,
        after,
    )
    assert_close(y, expected, dtype, rtol=8, atol=SLACK[dtype])
    assert_close(output_h, expected, dtype, rtol=8, atol=SLACK[dtype])
    z = sigmoid(turned(x[0, 0] @ w + bx + h0[0, 0].astype(np.float64) @ r + bh)[:n])
    assert_close(update[0, 0], z, dtype, rtol=8, atol=4 * SLACK[dtype])


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
def test_dynamic_gru(dtype: Any) -> None:
    steps, batch, width, n = 3, 2, 4, 5
    x = values(1, (steps, batch, width), dtype)
    w, cw = values(2, (width + n, 2 * n), dtype, -0.5, 0.5), values(3, (width + n, n), dtype, -0.5, 0.5)
    b, cb = values(4, (2 * n,), dtype), values(5, (n,), dtype)
    y, output_h, reset, update, new = run_op("DynamicGRU", [x, w, b, cw, cb, None, None])
    h = np.zeros((batch, n))
    for t in range(steps):
        both = np.concatenate([x[t].astype(np.float64), h], 1)
        r, i = np.split(sigmoid(both @ w.astype(np.float64) + b), 2, 1)
        both[:, width:] *= r
        candidate = np.tanh(both @ cw.astype(np.float64) + cb)
        h = i * h + (1 - i) * candidate
        for actual, wanted in ((y, h), (output_h, h), (reset, r), (update, i), (new, candidate)):
            assert_close(actual[t], wanted, dtype, rtol=8, atol=SLACK[dtype])


def resets(steps: int, batch: int) -> np.ndarray:
    """Where sequences go on: not in the first step, and not in the middle of the second sample."""
    cont = np.ones((steps, batch))
    cont[0] = 0
    cont[steps // 2, 1] = 0
    return cont


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
@pytest.mark.parametrize("begun", [False, True])
def test_lstm_as_caffe(dtype: Any, begun: bool) -> None:
    steps, batch, width, n = 5, 3, 4, 6
    x, cont = values(1, (steps, batch, width), dtype), resets(steps, batch)
    cont[0] = begun
    wx, wh = values(2, (4 * n, width), dtype, -0.5, 0.5), values(3, (4 * n, n), dtype, -0.5, 0.5)
    bias = values(4, (4 * n,), dtype)
    h0, c0 = values(5, (1, batch, n), dtype), values(6, (1, batch, n), dtype)
    inputs = [x, cont.astype(dtype), wx, bias, wh, None, *([h0, c0] if begun else [None, None]), None]
    y, h_t, c_t = run_op("LSTM", inputs)
    h = h0[0].astype(np.float64) if begun else np.zeros((batch, n))
    c = c0[0].astype(np.float64) if begun else np.zeros((batch, n))
    for t in range(steps):
        h, c = h * cont[t][:, None], c * cont[t][:, None]
        sums = x[t].astype(np.float64) @ wx.astype(np.float64).T + h @ wh.astype(np.float64).T + bias
        i, f, o, g = np.split(sums, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        assert_close(y[t], h, dtype, rtol=8, atol=SLACK[dtype])
    assert_close(h_t[0], h, dtype, rtol=8, atol=SLACK[dtype])
    assert_close(c_t[0], c, dtype, rtol=8, atol=SLACK[dtype])


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT16], ids=str)
def test_rnn_as_caffe(dtype: Any) -> None:
    steps, batch, width, n, outputs = 5, 3, 4, 6, 2
    x, cont = values(1, (steps, batch, width), dtype), resets(steps, batch)
    cont[0] = 1
    wx, wh = values(2, (n, width), dtype, -0.5, 0.5), values(3, (n, n), dtype, -0.5, 0.5)
    bh, wo, bo = values(4, (n,), dtype), values(5, (outputs, n), dtype), values(6, (outputs,), dtype)
    h0 = values(7, (1, batch, n), dtype)
    o, h_t = run_op("RNN", [x, cont.astype(dtype), None, h0, wx, bh, None, wh, wo, bo])
    h = h0[0].astype(np.float64)
    for t in range(steps):
        h = h * cont[t][:, None]
        h = np.tanh(x[t].astype(np.float64) @ wx.astype(np.float64).T + h @ wh.astype(np.float64).T + bh)
        expected = np.tanh(h @ wo.astype(np.float64).T + bo)
        assert_close(o[t], expected, dtype, rtol=8, atol=SLACK[dtype])
    assert_close(h_t[0], h, dtype, rtol=8, atol=SLACK[dtype])
