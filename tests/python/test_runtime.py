"""Runtime: what it initialises, who owns it, and how it is undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from children import child_output, run_child

import pyascend_ge as ge

ALREADY_FINALIZED = 100037


def test_importing_loads_nothing_and_touches_no_device() -> None:
    code = """
loaded = [line for line in open('/proc/self/maps') if 'ascendcl' in line or 'acl_rt' in line]
print(len(loaded), 'numpy' in {name for name in sys.modules if name.startswith('pyascend_ge')})
"""
    assert child_output(code) == "0 False"


def test_a_runtime_sets_its_device_for_the_thread() -> None:
    with ge.Runtime(device=0) as runtime:
        device = ge.ffi.new("int32_t *")
        assert ge.lib.aclrtGetDevice(device) == 0
        assert device[0] == 0
        assert runtime.device == ge.Device(0)


def test_closing_undoes_device_and_initialisation() -> None:
    code = f"""
ge.Runtime().close()
print(ge.lib.aclrtGetDevice(ge.ffi.new('int32_t *')), ge.lib.aclFinalize() == {ALREADY_FINALIZED})
"""
    assert child_output(code) == "107002 True"


def test_what_somebody_else_initialised_is_used_and_left_alone() -> None:
    code = f"""
assert ge.lib.aclInit(ge.ffi.NULL) == 0
with ge.Runtime():
    ge.array([1.0])
print(ge.lib.aclFinalize(), ge.lib.aclFinalize() == {ALREADY_FINALIZED})
"""
    assert child_output(code) == "0 True"


def test_a_runtime_can_be_opened_again_after_closing() -> None:
    for value in (1.0, 2.0):
        with ge.Runtime(), ge.Stream() as stream:
            array = ge.array([value], stream=stream)
            stream.synchronize()
            assert array.numpy().tolist() == [value]


def test_nested_runtimes_share_one_initialisation() -> None:
    with ge.Runtime() as outer:
        with ge.Runtime():
            inner_array = ge.array([3.0])
        assert inner_array.numpy().tolist() == [3.0]
        assert not outer.closed
    with pytest.raises(ge.HandleError):
        inner_array.numpy()


def test_options_of_a_second_runtime_are_ignored_with_a_warning() -> None:
    with ge.Runtime(), pytest.warns(RuntimeWarning, match=r"ge\.exec\.precision_mode"):
        ge.Runtime(options={"ge.exec.precision_mode": "force_fp16"}).close()


@pytest.mark.devices(2)
def test_runtimes_on_two_devices_return_to_the_first() -> None:
    with ge.Runtime(device=0):
        first = ge.array([1.0])
        with ge.Runtime(device=1):
            second = ge.array([2.0])
            assert second.device_id == 1
        third = ge.array([3.0])
        assert (first.device_id, third.device_id) == (0, 0)
        assert second.numpy().tolist() == [2.0]


@pytest.mark.parametrize("device", [-1, 1.5, "0", True, None])
def test_a_device_that_is_no_number_is_refused(device: object) -> None:
    with pytest.raises(ValueError, match="device is"):
        ge.Runtime(device=device)  # type: ignore[arg-type]


def test_a_device_that_does_not_exist_names_the_code_and_leaves_nothing_initialised() -> None:
    code = f"""
try:
    ge.Runtime(device=4096)
except ge.AclError as error:
    print(error.code, error.name, error.function)
print(ge.lib.aclFinalize() == {ALREADY_FINALIZED})
with ge.Runtime():
    print('opened')
"""
    expected = "107001 ACL_ERROR_RT_INVALID_DEVICEID aclrtSetDevice\nTrue\nopened"
    assert child_output(code) == expected


def test_a_configuration_may_be_a_mapping_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "acl.json"
    path.write_text(json.dumps({"err_msg_mode": "0"}))
    code = f"""
ge.Runtime(config={{'err_msg_mode': '0'}}).close()
ge.Runtime(config={str(path)!r}).close()  # the same content from another place is accepted
"""
    assert child_output(code) == ""


def test_a_configuration_that_is_wrong_is_refused() -> None:
    code = """
try:
    ge.Runtime(config={'err_msg_mode': '7'})
except ge.AclError as error:
    print(error.code, error.function)
"""
    assert child_output(code) == "100000 aclInit"


def test_a_forked_child_gets_an_error_and_not_a_hang() -> None:
    code = """
runtime = ge.Runtime()
stream = ge.Stream()
if (pid := os.fork()) == 0:
    try:
        ge.Stream()
    except ge.AscendError as error:
        print('fork' in str(error), flush=True)
    stream.close()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
stream.synchronize()
stream.close()
runtime.close()
"""
    assert child_output(code, "-W", "ignore::DeprecationWarning") == "True"


def test_a_forked_child_ends_quietly() -> None:
    code = """
runtime = ge.Runtime()
stream = ge.Stream()
stream.call(int)
sys.stdout.flush()
if (pid := os.fork()) == 0:
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    assert child_output(code, "-W", "ignore::DeprecationWarning") == ""


def test_closing_goes_on_when_an_object_fails_to_close() -> None:
    runtime = ge.Runtime()
    stream, other = ge.Stream(), ge.Stream()
    stream.call(int, "no number")
    with pytest.raises(ValueError, match="no number"):
        runtime.close()
    assert stream.closed
    assert other.closed
    with pytest.raises(ge.NotInitializedError):
        ge.Stream()
    with ge.Runtime(), ge.Stream() as again:
        again.synchronize()


@pytest.mark.devices(3)
def test_visible_devices_are_honoured() -> None:
    assert child_output("print(ge.device_count())", ASCEND_RT_VISIBLE_DEVICES="1,2") == "2"


def test_objects_before_a_runtime_say_what_is_missing() -> None:
    for make in (ge.Stream, ge.Event, ge.Context, ge.GeSession, ge.Session, lambda: ge.empty(4)):
        with pytest.raises(ge.NotInitializedError, match="Runtime"):
            make()


def test_a_runtime_says_what_it_is() -> None:
    runtime = ge.Runtime()
    assert repr(runtime).startswith("<Runtime on device 0 (")
    runtime.close()
    assert repr(runtime) == "<closed Runtime>"


def test_a_device_knows_its_chip_and_its_memory(runtime: ge.Runtime) -> None:
    before = ge.Device(0).memory_info()
    size = 64 << 20
    array = ge.empty(size, "uint8")
    after = ge.Device(0).memory_info()
    assert ge.Device(0).soc_name.startswith("Ascend")
    assert before.total == after.total
    assert before.free - after.free >= size
    assert after.used >= size
    array.close()


def test_resetting_a_device_closes_what_is_on_it_and_leaves_it_usable(runtime: ge.Runtime) -> None:
    stream, array = ge.Stream(), ge.array([1.0])
    runtime.device.reset()
    assert stream.closed
    assert array.closed
    assert ge.array([2.0]).numpy().tolist() == [2.0]


def test_a_context_becomes_current_and_gives_the_former_back(runtime: ge.Runtime) -> None:
    with ge.Context() as context:
        assert context.is_current
        with ge.Stream() as inside:
            inside.synchronize()
    with ge.Stream() as outside:
        outside.synchronize()


def test_a_stream_of_another_context_is_refused_by_name(runtime: ge.Runtime) -> None:
    with ge.Stream() as stream, ge.Context(), ge.Event() as event:
        with pytest.raises(ge.AclError) as caught:
            stream.record_event(event)
        assert caught.value.code == 107003


def test_closing_a_context_with_a_stream_in_it_is_harmless(runtime: ge.Runtime) -> None:
    context = ge.Context()
    stream = ge.Stream()
    context.close()
    stream.close()
    assert stream.closed


def test_exit_without_closing_anything_is_quiet() -> None:
    code = """
runtime = ge.Runtime()
stream = ge.Stream()
event = stream.record_event()
array = ge.array(np.ones(4), stream=stream)
pinned = ge.pinned_empty(4)
print('done')
"""
    done = run_child(code)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr
