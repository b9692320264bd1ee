"""Models: ``.om`` files, loaded and executed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pyascend_ge import _process, _sites
from pyascend_ge._dataset import Dataset
from pyascend_ge._handle import Handle
from pyascend_ge._native import ffi, lib
from pyascend_ge._process import check
from pyascend_ge._tensors import checked
from pyascend_ge.device import current_id
from pyascend_ge.dtypes import format_number
from pyascend_ge.errors import GraphError, acl_error
from pyascend_ge.gears import Gears, read_gears
from pyascend_ge.memory import DeviceArray, adopted, array, empty
from pyascend_ge.specs import TensorSpec

if TYPE_CHECKING:
    import numpy as np

    from pyascend_ge.stream import Stream

__all__ = ["Model"]

# ACL_DYNAMIC_TENSOR_NAME: the extra input through which a model with gears learns which one to use.
GEAR_INPUT = "ascend_mbatch_shape_data"
_UNKNOWN_MODEL = 145003
_NOT_INITIALIZED = 145001


class Model(Handle):
    """A model on a device. Made by :meth:`Model.load`.

    Attributes
    ----------
    model_id : int
        CANN's number of the model.
    inputs, outputs : tuple of TensorSpec
        What it takes and gives. The extra input of models with gears is not among them.
    gears : Gears
        The sizes it was built for, when it has gears.

    Notes
    -----
    One model must not run on several streams at once, :meth:`run` included: they share its work memory.
    Order the runs by one stream, by events or by waiting.
    """

    __slots__ = ("_gear", "device_id", "gears", "inputs", "name", "outputs")
    rank: ClassVar[int] = 1
    name: str
    device_id: int
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    gears: Gears
    _gear: tuple[str, tuple[int, ...]] | None

    def __init__(self) -> None:
        raise TypeError("Model: use Model.load(path_or_bytes)")

    @classmethod
    def load(cls, source: str | os.PathLike[str] | bytes | Any) -> Model:
        """Load a model onto this thread's device.

        Wraps ``aclmdlLoadFromFile`` for a path and ``aclmdlLoadFromMem`` for bytes, which may go afterwards.

        Parameters
        ----------
        source : path, bytes, or anything bytes() takes
            An ``.om`` file, its contents, or what :func:`~pyascend_ge.build_model` returned.
        """
        out = ffi.new("uint32_t *")
        if isinstance(source, (str, os.PathLike)):
            parent = _process.require("aclmdlLoadFromFile")
            name = Path(source).name
            check(lib.aclmdlLoadFromFile, os.fsencode(source), out)
        else:
            parent = _process.require("aclmdlLoadFromMem")
            name = getattr(source, "name", "model")
            data = bytes(source)
            check(lib.aclmdlLoadFromMem, ffi.from_buffer(data), len(data), out)
        model = cls.__new__(cls)
        model.name, model._gear = name, None
        model.device_id = current_id()
        model._opened(int(out[0]), parent)
        model._describe()
        return model

    def _describe(self) -> None:
        """Read what the model says about itself (``aclmdlGetDesc``)."""
        desc = lib.aclmdlCreateDesc()
        try:
            check(lib.aclmdlGetDesc, desc, self._h)
            inputs = [_spec(desc, index, "Input") for index in range(lib.aclmdlGetNumInputs(desc))]
            self.outputs = tuple(
                _spec(desc, index, "Output") for index in range(lib.aclmdlGetNumOutputs(desc))
            )
            self.gears = read_gears(desc)
        finally:
            lib.aclmdlDestroyDesc(desc)
        self.inputs = tuple(spec for spec in inputs if spec.name != GEAR_INPUT)

    @property
    def model_id(self) -> int:
        """CANN's number of the model; unique in the process, valid in every thread."""
        return int(self._h)

    def set_batch_size(self, batch: int) -> None:
        """Choose the batch size of the next runs (``aclmdlSetDynamicBatchSize``); one of ``gears.batch``."""
        self._choose("batch", (batch,), self.gears.batch)

    def set_image_size(self, height: int, width: int) -> None:
        """Choose the image size of the next runs (``aclmdlSetDynamicHWSize``); one of ``gears.image``."""
        self._choose("image", (height, width), self.gears.image)

    def set_dims(self, *dims: int) -> None:
        """Choose all dimensions of all inputs for the next runs (``aclmdlSetInputDynamicDims``)."""
        self._choose("dims", dims, self.gears.dims)

    def _choose(self, kind: str, gear: tuple[int, ...], known: Sequence[Any]) -> None:
        wanted = [entry if isinstance(entry, tuple) else (entry,) for entry in known]
        if gear not in wanted:
            raise GraphError(
                f"{self.name}: {kind} {gear} is none of its gears; it has {list(known) or 'none'}"
            )
        _ = self._h
        self._gear = (kind, gear)

    def run(self, *inputs: Any) -> list[np.ndarray[Any, Any]]:
        """Run and wait. Inputs are copied to the device and outputs back.

        Wraps ``aclmdlExecuteAsync`` on the context's default stream and ``aclrtSynchronizeStream``: CANN
        binds a static model to the first way it is executed, and so this and run_on_stream can be mixed.
        Wraps ``aclmdlExecute`` when an output has no upper bound; only that allocates such an output.

        Parameters
        ----------
        *inputs : array_like or DeviceArray
            In the model's order.

        Returns
        -------
        list of numpy.ndarray
        """
        arrays = checked(inputs, self.inputs, "input", self.name)
        device = [value if isinstance(value, DeviceArray) else array(value) for value in arrays]
        if not all(map(_is_bounded, self.outputs)):
            return self._execute(device)
        from pyascend_ge.stream import Stream

        with Stream.default() as stream:
            outputs = [self._room(spec) for spec in self.outputs]
            targets = self._queue(stream, device, outputs, _sites.here())
            stream.synchronize()
            return [self._result(output, targets, index).numpy() for index, output in enumerate(outputs)]

    def _execute(self, inputs: list[DeviceArray]) -> list[np.ndarray[Any, Any]]:
        """Run and wait; CANN allocates the outputs without an upper bound."""
        outputs = [self._room(spec) if _is_bounded(spec) else None for spec in self.outputs]
        given, taken, _gear = self._datasets(inputs, outputs)
        status = lib.aclmdlExecute(self._h, given.pointer, taken.pointer)
        if status and _process.rebind(status):
            status = lib.aclmdlExecute(self._h, given.pointer, taken.pointer)
        if status:
            _process.fail(status, "aclmdlExecute", [_sites.outside()])
        return [self._result(output, taken, index).numpy() for index, output in enumerate(outputs)]

    def run_on_stream(
        self, stream: Stream, inputs: Sequence[DeviceArray], outputs: Sequence[DeviceArray] | None = None
    ) -> list[DeviceArray]:
        """Queue a run (``aclmdlExecuteAsync``); results are valid after ``stream.synchronize()``.

        Parameters
        ----------
        stream : Stream
        inputs : sequence of DeviceArray
            In the model's order; kept alive and not to be changed until the stream is done.
        outputs : sequence of DeviceArray, optional
            Where results go; new arrays by default. Outputs without an upper bound need
            :meth:`Stream.register_allocator` to be left out.
        """
        given = self._on_device(checked(inputs, self.inputs, "input", self.name), "input")
        taken: list[DeviceArray | None]
        if outputs is None:
            allocates = stream._allocator is not None
            taken = [
                None if allocates and not _is_bounded(spec) else self._room(spec) for spec in self.outputs
            ]
        else:
            taken = [*self._on_device(checked(outputs, self._output_specs(), "output", self.name), "output")]
        targets = self._queue(stream, given, taken, _sites.here())
        if outputs is not None:
            return list(outputs)
        return [self._result(output, targets, index, stream) for index, output in enumerate(taken)]

    def _queue(
        self, stream: Stream, given: list[DeviceArray], taken: Sequence[DeviceArray | None], site: _sites.Site
    ) -> Dataset:
        """Queue a run; the outputs' dataset knows their shapes."""
        sources, targets, gear = self._datasets(given, taken)
        status = lib.aclmdlExecuteAsync(self._h, sources.pointer, targets.pointer, stream._p)
        if status and _process.rebind(status):
            status = lib.aclmdlExecuteAsync(self._h, sources.pointer, targets.pointer, stream._p)
        if status:
            _process.fail(status, "aclmdlExecuteAsync", [_sites.describe(site)])
        stream._note(site, self, given, taken, sources, targets, gear)
        return targets

    def _output_specs(self) -> tuple[TensorSpec, ...] | None:
        return None if self.gears or any(spec.shape is None for spec in self.outputs) else self.outputs

    def _on_device(self, values: list[Any], what: str) -> list[DeviceArray]:
        for position, value in enumerate(values):
            if not isinstance(value, DeviceArray):
                raise GraphError(
                    f"{self.name}: {what} {position} is of type {type(value).__name__}; on a stream it must "
                    "be a DeviceArray (pyascend_ge.array copies one to the device)"
                )
        return values

    def _room(self, spec: TensorSpec) -> DeviceArray:
        """Allocate an output: as large as it can become."""
        if spec.shape is not None and min(spec.shape, default=0) >= 0:
            return empty(spec.shape, spec.dtype)
        if not _is_bounded(spec):
            raise GraphError(
                f"{self.name}: output '{spec.name}' has no upper bound; give outputs of your own, "
                "or register an allocator for the stream"
            )
        return empty(spec.nbytes // spec.dtype.itemsize, spec.dtype)

    def _datasets(
        self, inputs: list[DeviceArray], outputs: Sequence[DeviceArray | None]
    ) -> tuple[Dataset, Dataset, Any]:
        """Make both datasets, and set the gear or the actual shapes. Outputs that are None CANN allocates."""
        pairs = [(value.data_ptr, value.nbytes) for value in inputs]
        gear = empty(self.gears.words, "int64") if self.gears else None
        if gear is not None:
            pairs.append((gear.data_ptr, gear.nbytes))
        given = Dataset(pairs)
        taken = Dataset(
            [(value.data_ptr, value.nbytes) if value is not None else (0, 0) for value in outputs]
        )
        if gear is not None:
            self._set_gear(given, len(inputs), inputs)
        else:
            for index, (value, spec) in enumerate(zip(inputs, self.inputs, strict=True)):
                if spec.shape is None or min(spec.shape, default=0) < 0:
                    given.describe(index, value.shape, value.dtype, format_number(spec.format))
        return given, taken, gear

    def _set_gear(self, given: Dataset, index: int, inputs: list[DeviceArray]) -> None:
        kind, gear = self._gear or self.gears.fitting(
            [value.shape for value in inputs], self.inputs, self.name
        )
        if kind == "batch":
            check(lib.aclmdlSetDynamicBatchSize, self._h, given.pointer, index, gear[0])
        elif kind == "image":
            check(lib.aclmdlSetDynamicHWSize, self._h, given.pointer, index, *gear)
        else:
            dims = ffi.new("aclmdlIODims *")
            dims.dimCount = len(gear)
            dims.dims[0 : len(gear)] = gear
            check(lib.aclmdlSetInputDynamicDims, self._h, given.pointer, index, dims)

    def _result(
        self, output: DeviceArray | None, taken: Dataset, index: int, stream: Stream | None = None
    ) -> DeviceArray:
        """Give an output the shape the run gave it, and the memory when it had none."""
        shape = taken.actual_shape(index)
        if output is None:
            address, _size = taken.address(index)
            assert shape is not None  # a run describes what it allocated
            dtype = self.outputs[index].dtype.numpy
            if stream is None or stream._allocator is None:
                return adopted(address, shape, dtype, self.device_id, self._parent)
            free = partial(stream._allocator.adapter.free, address, 0)
            return DeviceArray._make(address, shape, dtype, self.device_id, (self._parent, stream), free)
        if shape is None and self.gears:
            shape = self._current_shape(index)
        if shape is None or shape == output.shape:
            return output
        address, _size = taken.address(index)
        return DeviceArray._make(address, shape, output.dtype, output.device_id, (self._parent, output), None)

    def _current_shape(self, index: int) -> tuple[int, ...]:
        """Return an output's shape under the gear that was set last (``aclmdlGetCurOutputDims``)."""
        desc = lib.aclmdlCreateDesc()
        try:
            check(lib.aclmdlGetDesc, desc, self._h)
            dims = ffi.new("aclmdlIODims *")
            check(lib.aclmdlGetCurOutputDims, desc, index, dims)
            return tuple(dims.dims[0 : dims.dimCount])
        finally:
            lib.aclmdlDestroyDesc(desc)

    def _release(self, handle: Any) -> None:
        status = lib.aclmdlUnload(handle)
        if status and _process.rebind(status):
            status = lib.aclmdlUnload(handle)
        if status not in (0, _UNKNOWN_MODEL, _NOT_INITIALIZED):  # gone with the executor or its device
            raise acl_error(status, "aclmdlUnload")

    def __repr__(self) -> str:
        if self.closed:
            return f"<closed Model '{self.name}'>"
        inputs, outputs = (", ".join(map(repr, specs)) for specs in (self.inputs, self.outputs))
        return f"<Model {self.model_id} '{self.name}' on device {self.device_id}: ({inputs}) -> ({outputs})>"


def _is_bounded(spec: TensorSpec) -> bool:
    """Whether an output's largest size is known before a run."""
    return bool(spec.nbytes) or (spec.shape is not None and min(spec.shape, default=0) >= 0)


def _spec(desc: Any, index: int, kind: str) -> TensorSpec:
    """Read one input or output of a description."""
    dims = ffi.new("aclmdlIODims *")
    read = lib.aclmdlGetInputDims if kind == "Input" else lib.aclmdlGetOutputDims
    check(read, desc, index, dims)
    name = getattr(lib, f"aclmdlGet{kind}NameByIndex")(desc, index)
    return TensorSpec.make(
        ffi.string(name).decode(),
        tuple(dims.dims[0 : dims.dimCount]),
        int(getattr(lib, f"aclmdlGet{kind}DataType")(desc, index)),
        int(getattr(lib, f"aclmdlGet{kind}Format")(desc, index)),
        int(getattr(lib, f"aclmdlGet{kind}SizeByIndex")(desc, index)),
    )
