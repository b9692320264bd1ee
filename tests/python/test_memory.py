"""Device arrays, copies, pinned memory and DLPack."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pyascend_ge as ge

Hold = Callable[[ge.Stream], threading.Event]
DTYPES = ["float32", "float16", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
          "uint64", "bool", "complex64"]  # fmt: skip


@pytest.mark.parametrize("dtype", [*DTYPES, ml_dtypes.bfloat16, ml_dtypes.float8_e5m2])
def test_an_array_goes_to_the_device_and_back(runtime: ge.Runtime, dtype: object) -> None:
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)  # type: ignore[call-overload]
    array = ge.array(values)
    assert (array.shape, array.dtype, array.nbytes) == (values.shape, values.dtype, values.nbytes)
    np.testing.assert_array_equal(array.numpy(), values)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=7)))
def test_any_shape_comes_back_as_it_was(runtime: ge.Runtime, values: np.ndarray) -> None:
    returned = ge.array(values).numpy()
    assert (returned.shape, returned.dtype) == (values.shape, values.dtype)
    assert returned.tobytes() == values.tobytes()


def test_arrays_that_are_not_contiguous_are_packed(runtime: ge.Runtime) -> None:
    values = np.arange(20).reshape(4, 5)
    np.testing.assert_array_equal(ge.array(values.T).numpy(), values.T)
    np.testing.assert_array_equal(ge.array(values[::2, ::-1]).numpy(), values[::2, ::-1])


def test_copies_on_a_stream_happen_in_its_order(stream: ge.Stream, hold: Hold) -> None:
    source, target = ge.array(np.full(8, 1.0)), ge.array(np.full(8, 0.0))
    gate = hold(stream)
    target.copy_from(source, stream)
    assert target.numpy().tolist() == [0.0] * 8
    gate.set()
    assert target.numpy(stream).tolist() == [1.0] * 8


def test_a_dtype_converts_on_the_host(runtime: ge.Runtime) -> None:
    array = ge.array([1, 2, 3], dtype="bfloat16")
    assert array.dtype == ml_dtypes.bfloat16
    assert array.numpy().astype("float32").tolist() == [1.0, 2.0, 3.0]


def test_an_array_made_of_a_device_array_is_a_copy(runtime: ge.Runtime) -> None:
    first = ge.array([1.0, 2.0])
    second = ge.array(first)
    first.copy_from(np.zeros(2))
    assert second.numpy().tolist() == [1.0, 2.0]


@pytest.mark.parametrize("source", [np.zeros(3), np.zeros((2, 1)), np.zeros(2, "float32")])
def test_copying_what_does_not_fit_names_both(runtime: ge.Runtime, source: np.ndarray) -> None:
    array = ge.array([1.0, 2.0])
    with pytest.raises(ge.GraphError, match=r"float64\[2\]"):
        array.copy_from(source)


def test_numpy_fills_an_array_of_yours(runtime: ge.Runtime) -> None:
    out = np.zeros(2)
    assert ge.array([1.0, 2.0]).numpy(out=out) is out
    assert out.tolist() == [1.0, 2.0]
    for wrong in (np.zeros(3), np.zeros(2, "float32"), np.zeros((2, 2))[:, 0]):
        with pytest.raises(ge.GraphError, match="out is"):
            ge.array([1.0, 2.0]).numpy(out=wrong)


def test_numpy_never_takes_device_memory_silently(runtime: ge.Runtime) -> None:
    array = ge.array([1.0])
    with pytest.raises(TypeError, match=r"\.numpy\(\)"):
        np.asarray(array)
    with pytest.raises(Exception, match=r"(?i)device"):
        np.from_dlpack(array)


@pytest.mark.parametrize("shape", [(), 0, (0, 3), (2, 0)])
def test_arrays_without_elements_work(runtime: ge.Runtime, shape: object) -> None:
    array = ge.empty(shape)
    assert array.numpy().shape == np.empty(shape).shape  # type: ignore[call-overload]
    assert array.size == np.empty(shape).size  # type: ignore[call-overload]


@pytest.mark.parametrize("shape", [-1, (2, -3)])
def test_a_negative_size_is_refused(runtime: ge.Runtime, shape: object) -> None:
    with pytest.raises(ge.GraphError, match="shape is"):
        ge.empty(shape)


@pytest.mark.parametrize("shape", ["3", 2.5, (2.5, 3), None])
def test_a_size_that_is_no_whole_number_is_refused(runtime: ge.Runtime, shape: object) -> None:
    with pytest.raises(ge.GraphError, match="it must be a whole number or several"):
        ge.empty(shape)


def test_an_unknown_dtype_is_refused_with_close_matches(runtime: ge.Runtime) -> None:
    with pytest.raises(ge.GraphError, match="float32"):
        ge.empty(3, "flaot32")


def test_objects_are_refused(runtime: ge.Runtime) -> None:
    with pytest.raises((ge.GraphError, ValueError)):
        ge.array([object()])


def test_more_than_the_device_has_is_an_out_of_memory_error(runtime: ge.Runtime) -> None:
    total = runtime.device.memory_info().total
    with pytest.raises(ge.OutOfMemoryError) as caught:
        ge.empty(total + 1, "uint8")
    assert isinstance(caught.value, MemoryError)
    assert (caught.value.code, caught.value.function) == (207001, "aclrtMalloc")


def test_memory_is_freed_with_the_last_reference(runtime: ge.Runtime) -> None:
    before = runtime.device.memory_info().free
    array = ge.empty(32 << 20, "uint8")
    assert runtime.device.memory_info().free < before
    del array
    assert runtime.device.memory_info().free == before


def test_reshape_shares_the_memory_and_keeps_it(runtime: ge.Runtime) -> None:
    reshaped = ge.array(np.arange(6)).reshape(2, 3)
    gc.collect()
    np.testing.assert_array_equal(reshaped.numpy(), np.arange(6).reshape(2, 3))
    with pytest.raises(ge.GraphError, match="6 elements"):
        reshaped.reshape(4)


def test_foreign_memory_is_seen_and_not_freed(runtime: ge.Runtime) -> None:
    owner = ge.array(np.arange(4))
    seen = ge.from_pointer(owner.data_ptr, (2, 2), "int64", owner=owner)
    np.testing.assert_array_equal(seen.numpy(), np.arange(4).reshape(2, 2))
    seen.close()
    np.testing.assert_array_equal(owner.numpy(), np.arange(4))


def test_an_array_is_not_read_to_be_shown(runtime: ge.Runtime) -> None:
    nowhere = ge.from_pointer(0x1000, (2, 2), "float32")
    assert repr(nowhere) == "<DeviceArray float32[2, 2] on device 0 at 0x1000>"
    assert "float32[2, 2]" in nowhere._repr_html_()
    array = ge.array([1.0])
    array.close()
    assert repr(array) == "<closed DeviceArray float64[1]>"
    assert "closed" in array._repr_html_()


def test_pinned_memory_is_a_numpy_array(runtime: ge.Runtime) -> None:
    pinned = ge.pinned_empty((3, 4), "bfloat16")
    pinned[:] = 2
    assert (pinned.shape, pinned.dtype) == ((3, 4), ml_dtypes.bfloat16)
    assert ge.array(pinned).numpy().astype(float).sum() == 24
    assert ge.pinned_empty(0).size == 0


def test_copies_from_pinned_memory_are_asynchronous(stream: ge.Stream, hold: Hold) -> None:
    pinned, target = ge.pinned_empty(4), ge.array(np.zeros(4, "float32"))
    pinned[:] = 1
    gate = hold(stream)
    target.copy_from(pinned, stream)
    pinned[:] = 7  # before the copy happens: that is the rule the caller must keep
    gate.set()
    stream.synchronize()
    assert target.numpy().tolist() == [7.0] * 4


def test_pinned_memory_stays_readable_after_the_runtime() -> None:
    with ge.Runtime():
        pinned = ge.pinned_empty(1 << 20)
        pinned[:] = 3
        view = pinned[::2]
    del pinned
    assert view.sum() == 3 * (1 << 19)
    del view
    with ge.Runtime():
        assert ge.array([1.0]).numpy().tolist() == [1.0]


def test_arrays_are_closed_with_the_runtime() -> None:
    with ge.Runtime():
        array = ge.array([1.0])
    with pytest.raises(ge.HandleError, match="closed"):
        array.numpy()


def test_dlpack_shares_the_memory(runtime: ge.Runtime) -> None:
    for dtype in ("float32", "bfloat16", "bool", "int8", "uint64", "complex64", "float8_e5m2"):
        array = ge.array(np.ones((2, 3)), dtype=dtype)
        assert array.__dlpack_device__() == (12, 0)
        taken = ge.from_dlpack(array)
        address, expected = array.data_ptr, array.numpy()
        del array
        gc.collect()
        assert (taken.data_ptr, taken.dtype) == (address, expected.dtype)
        assert taken.numpy().tobytes() == expected.tobytes()


def test_dlpack_capsules_that_nobody_takes_release_the_array(runtime: ge.Runtime) -> None:
    before = runtime.device.memory_info().free
    for version in (None, (1, 0)):
        capsule = ge.empty(32 << 20, "uint8").__dlpack__(max_version=version)
        assert runtime.device.memory_info().free < before
        del capsule
        assert runtime.device.memory_info().free == before


def test_dlpack_refuses_what_it_does_not_do(runtime: ge.Runtime) -> None:
    array = ge.array([1.0])
    with pytest.raises(BufferError, match="copy"):
        array.__dlpack__(copy=True)
    with pytest.raises(BufferError, match="dl_device"):
        array.__dlpack__(dl_device=(1, 0))


def test_dlpack_from_the_host_gives_numpy(runtime: ge.Runtime) -> None:
    values = np.arange(3)
    taken = ge.from_dlpack(values)
    assert isinstance(taken, np.ndarray)
    np.testing.assert_array_equal(taken, values)
