"""The given training loop: it trains, tells, stops, and goes on from a checkpoint with the very same numbers."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile

import numpy as np
import pytest

from autograder.oracle import reference_modules
from dlcourse.toolkit import training
from dlcourse.toolkit.training import GradientDescent, History, fit, load_checkpoint, save_checkpoint

MODULES = reference_modules("losses.cross_entropy", ())
cross_entropy = MODULES.load("losses").cross_entropy
Layer, Parameter = (getattr(MODULES.load("layers"), name) for name in ("Layer", "Parameter"))


class Linear(Layer):
    def __init__(self, in_features, out_features, rng):
        self.weight = Parameter(rng.normal(size=(out_features, in_features)) * np.sqrt(2 / in_features))
        self.bias = Parameter(np.zeros(out_features))

    def parameters(self):
        return [self.weight, self.bias]

    def forward(self, x):
        self.x = x
        return x @ self.weight.value.T + self.bias.value

    def backward(self, gradient):
        self.weight.grad += gradient.T @ self.x
        self.bias.grad += gradient.sum(axis=0)
        return gradient @ self.weight.value


class ReLU(Layer):
    def forward(self, x):
        self.positive = x > 0
        return x * self.positive

    def backward(self, gradient):
        return gradient * self.positive


class Noise(Layer):
    """Random and with a running average, as dropout and batch normalization are."""

    def __init__(self, size, rng):
        self.rng, self.running_mean, self.running_batches = rng, np.zeros(size), 0

    def forward(self, x):
        if not self.training:
            return x - self.running_mean
        self.running_mean = 0.9 * self.running_mean + 0.1 * x.mean(axis=0)  # a new array each time
        self.running_batches += 1
        return x + 0.1 * self.rng.normal(size=x.shape)

    def backward(self, gradient):
        return gradient


class Sequential(Layer):
    def __init__(self, *layers):
        self.layers = list(layers)

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def train(self, mode=True):
        for layer in self.layers:
            layer.train(mode)
        return super().train(mode)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, gradient):
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)
        return gradient


class CrossEntropyLoss:
    def forward(self, scores, labels):
        loss, self.gradient = cross_entropy(scores, labels)
        return loss

    def backward(self):
        return self.gradient


class Momentum:
    """An optimizer with all kinds of state: a number, an array, a list that is filled in the first step."""

    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = parameters, learning_rate
        self.steps, self.scale, self.velocity = 0, np.float64(1.0), None

    def step(self):
        if self.velocity is None:
            self.velocity = [np.zeros_like(parameter.value) for parameter in self.parameters]
        self.steps, self.scale = self.steps + 1, self.scale * np.float64(0.999)
        for parameter, velocity in zip(self.parameters, self.velocity, strict=True):
            velocity *= 0.9
            velocity += parameter.grad
            parameter.value -= self.learning_rate * self.scale * velocity

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.zero_grad()


class Patience:
    """What Part VI's EarlyStopping does."""

    def __init__(self, patience):
        self.patience, self.best, self.waited = patience, None, 0

    def update(self, value):
        better = self.best is None or value < self.best
        self.best, self.waited = (value, 0) if better else (self.best, self.waited + 1)
        return self.waited >= self.patience


def network(seed=0, hidden=8):
    rng = np.random.default_rng(seed)
    return Sequential(Linear(4, hidden, rng), Noise(hidden, rng), Sequential(ReLU(), Linear(hidden, 3, rng)))


def blobs(seed=0, num_examples=150):
    rng = np.random.default_rng(seed)
    labels = np.arange(num_examples) % 3
    return rng.normal(size=(num_examples, 4)) + 3 * np.eye(3, 4)[labels], labels


def data():
    return (*blobs(0), *blobs(1, 60))


def flip(images, rng):
    return images * rng.choice([0.9, 1.1], size=(len(images), 1))


def set_up():
    """Everything that one run needs, made from seeds."""
    model = network()
    return dict(
        model=model,
        loss=CrossEntropyLoss(),
        data=data(),
        optimizer=Momentum(model.parameters(), 0.01),
        rng=np.random.default_rng(5),
        batch_size=16,
        transform=flip,
        schedule=lambda epoch: 0.05 * 0.9**epoch,
        early_stopping=Patience(100),
        progress=False,
    )


def everything(run, history):
    """All numbers of a run but the seconds, as text that is equal only if every bit is."""
    arrays = {name: parameter.value.tolist() for name, parameter in training.named_parameters(run["model"])}
    noise, optimizer = run["model"].layers[1], run["optimizer"]
    rest = [noise.running_mean.tolist(), noise.running_batches, noise.rng.bit_generator.state, run["rng"].bit_generator.state]
    rest += [optimizer.steps, optimizer.scale, [each.tolist() for each in optimizer.velocity], vars(run["early_stopping"])]
    return json.dumps([arrays, rest, vars(history) | {"seconds": len(history.seconds)}])


def weights(model):
    return [parameter.value.copy() for parameter in model.parameters()]


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


# ----------------------------------------------------------------------------------------------------------- training


def test_training_lowers_the_loss_and_the_history_tells():
    run = set_up()
    history = fit(**run, epochs=10)
    assert history.epochs == 10 and history.stopped is None
    assert len(history.losses) == len(history.learning_rates) == 10 * 10  # 150 images in batches of at most 16
    assert [len(each) for each in (history.train_accuracy, history.validation_loss, history.validation_accuracy)] == [10] * 3
    assert history.train_loss[-1] < 0.3 * history.train_loss[0] and history.validation_accuracy[-1] > 0.9
    np.testing.assert_allclose(history.learning_rates, 0.05 * 0.9 ** (np.arange(100) / 10))
    assert "10 epochs" in repr(history) and len(repr(history)) < 300


def test_epoch_numbers_are_means_over_the_images():
    """Without learning, the loss of an epoch is that of the whole set, whatever the batches."""
    images, labels = blobs(num_examples=50)
    model = Sequential(Linear(4, 3, np.random.default_rng(0)))
    history = fit(
        model, CrossEntropyLoss(), (images, labels, images, labels), GradientDescent(model.parameters(), 0.0), epochs=1,
        rng=np.random.default_rng(0), batch_size=16, progress=False,
    )  # fmt: skip
    scores = model.forward(images)
    expected = cross_entropy(scores, labels)[0]
    assert history.train_loss == pytest.approx([expected]) and history.validation_loss == pytest.approx([expected])
    share = np.mean(np.argmax(scores, axis=1) == labels)
    assert history.train_accuracy == pytest.approx([share]) and history.validation_accuracy == pytest.approx([share])


def test_an_epoch_sees_every_image_once_in_batches_of_nearly_equal_size():
    seen = []

    class Watching(CrossEntropyLoss):
        def forward(self, scores, labels):
            seen.append(labels)
            return super().forward(scores, labels)

    images, _ = blobs(num_examples=65)
    model = Sequential(Linear(4, 65, np.random.default_rng(0)))
    fit(model, Watching(), (images, np.arange(65)), GradientDescent(model.parameters(), 0.1), epochs=2,
        rng=np.random.default_rng(0), batch_size=64, progress=False)  # fmt: skip
    assert [len(batch) for batch in seen] == [33, 32, 33, 32]
    first, second = np.concatenate(seen[:2]), np.concatenate(seen[2:])
    assert sorted(first) == sorted(second) == list(range(65)) and first.tolist() != second.tolist() != list(range(65))


def test_same_seed_same_numbers_other_seed_others():
    one, other = set_up(), set_up()
    assert everything(one, fit(**one, epochs=2)) == everything(other, fit(**other, epochs=2))
    another = set_up() | {"rng": np.random.default_rng(6)}
    assert everything(one, fit(**one, epochs=2)) != everything(another, fit(**another, epochs=2))


def test_a_step_is_gradient_descent_on_the_batch():
    images, labels = blobs(num_examples=10)
    model = Sequential(Linear(4, 3, np.random.default_rng(0)))
    before = weights(model)
    fit(model, CrossEntropyLoss(), (images, labels), GradientDescent(model.parameters(), 0.1), epochs=1,
        rng=np.random.default_rng(0), progress=False)  # fmt: skip
    gradient = cross_entropy(images @ before[0].T + before[1], labels)[1]
    expected = [before[0] - 0.1 * gradient.T @ images, before[1] - 0.1 * gradient.sum(axis=0)]
    for got, value in zip(weights(model), expected, strict=True):
        np.testing.assert_allclose(got, value, rtol=1e-12)


def test_callback_films_each_epoch_and_validation_is_optional():
    run, frames = set_up() | {"data": blobs(), "early_stopping": None}, []
    history = fit(**run, epochs=3, callback=lambda history: frames.append(history.epochs))
    assert frames == [1, 2, 3] and history.validation_loss == history.validation_accuracy == []


def test_early_stopping_gets_the_validation_loss_and_ends_training():
    values = []

    class Third:
        def update(self, value):
            values.append(value)
            return len(values) == 3

    run = set_up() | {"early_stopping": Third()}
    history = fit(**run, epochs=10)
    assert history.epochs == 3 and history.validation_loss == values and "epoch 3" in history.stopped


def test_babysitting_reads_the_history():
    diagnose = reference_modules("babysitting.diagnose", ()).load("babysitting").diagnose
    good, high = set_up(), set_up() | {"schedule": lambda epoch: 1e9}
    with np.errstate(all="ignore"):
        words = [diagnose(vars(fit(**run, epochs=20))) for run in (good, high)]
    assert words == ["good", "high"]


def test_labels_that_are_not_integers_have_no_accuracy():
    class Squares:
        def forward(self, scores, targets):
            self.difference = scores - targets
            return float(np.mean(self.difference**2))

        def backward(self):
            return 2 * self.difference / self.difference.size

    images, _ = blobs()
    model = Sequential(Linear(4, 1, np.random.default_rng(0)))
    history = fit(model, Squares(), (images, images[:, :1], images, images[:, :1]), GradientDescent(model.parameters(), 0.02),
                  epochs=5, rng=np.random.default_rng(0), progress=False)  # fmt: skip
    assert history.train_loss[-1] < history.train_loss[0] and np.isnan(history.train_accuracy).all()
    assert "accuracy" not in repr(history)


def test_unfinished_code_shows_as_usual():
    class Unfinished(Layer):
        pass

    run = set_up() | {"model": Sequential(Unfinished())}
    with pytest.raises(NotImplementedError):
        fit(**run, epochs=1)


def test_progress_bar_shows_loss_and_accuracy(capsys, monkeypatch):
    from tqdm import tqdm

    monkeypatch.setattr(training, "tqdm", lambda **options: tqdm(**options, mininterval=0))
    fit(**(set_up() | {"progress": True}), epochs=2)
    shown = capsys.readouterr().err
    assert "epoch 2/2, loss " in shown and ", accuracy " in shown and ", validation " in shown and "20/20" in shown


@pytest.mark.parametrize(
    "change, words",
    [
        ({"data": (np.zeros((3, 4)), np.zeros(2, int))}, r"as many images as labels.*\[3, 2\]"),
        ({"data": (np.zeros((0, 4)), np.zeros(0, int))}, "no training images"),
        ({"data": blobs(), "early_stopping": Patience(1)}, "needs validation images"),
        ({"resume": True}, "which file"),
    ],
)
def test_arguments_that_cannot_be_right_are_an_error(change, words):
    with pytest.raises(ValueError, match=words):
        fit(**(set_up() | {"early_stopping": None} | change), epochs=1)


# --------------------------------------------------------------------------------------------------------- evaluation


def test_evaluation_in_batches_equals_all_at_once_and_leaves_the_mode():
    model, (images, labels) = network(), blobs()
    model.layers[1].running_mean += 0.5
    together = model.eval().forward(images)
    model.train()
    np.testing.assert_allclose(training.predict_in_batches(model, images, 64), together, rtol=1e-12)
    loss, share = training.evaluate(model, CrossEntropyLoss(), images, labels, 64)
    assert loss == pytest.approx(cross_entropy(together, labels)[0]) and share == np.mean(together.argmax(axis=1) == labels)
    assert model.training and model.layers[2].layers[0].training and model.layers[1].running_batches == 0
    training.predict_in_batches(model.eval(), images)
    assert not model.training


def test_predictions_do_not_change_when_a_model_uses_its_output_again():
    class Reusing(Layer):
        def forward(self, x):
            self.output = getattr(self, "output", np.empty(4))
            self.output[...] = x
            return self.output

    images = np.arange(12.0)
    np.testing.assert_array_equal(training.predict_in_batches(Reusing(), images, 4), images)


def test_accuracy_of_pixels():
    scores = np.zeros((2, 3, 4, 5))
    scores[:, 1] = 1
    labels = np.ones((2, 4, 5), int)
    labels[0, 0, 0] = 2
    assert training.accuracy(scores, labels) == 1 - 1 / 40


# ------------------------------------------------------------------------------------------------------------- stopping


class Breaks(Layer):
    """Passes on what it gets, and something else in one call."""

    def __init__(self, forward=None, backward=None, value=np.nan):
        self.calls, self.when, self.value = {"forward": 0, "backward": 0}, {"forward": forward, "backward": backward}, value

    def passed(self, x, direction):
        self.calls[direction] += 1
        x = x.copy()
        if self.when[direction] and self.calls[direction] >= self.when[direction]:
            x.flat[-1] = self.value
        return x

    def forward(self, x):
        return self.passed(x, "forward")

    def backward(self, gradient):
        return self.passed(gradient, "backward")


@pytest.mark.parametrize(
    "path, broken, word",
    [
        ("layers[1] (Breaks), forward", dict(forward=13), "loss is nan"),
        ("layers[1] (Breaks), backward", dict(backward=13), "gradient is not finite"),
        ("layers[1] (Breaks), backward", dict(backward=13, value=-np.inf), "gradient is not finite"),
        ("layers[2].layers[1] (Breaks), backward", dict(backward=13), "gradient is not finite"),
        ("layers[2].layers[1] (Breaks), forward", dict(forward=13), "loss is nan"),
    ],
)
def test_nan_stops_with_the_name_of_the_layer_and_the_weights_before(path, broken, word):
    run = set_up() | {"early_stopping": None, "data": blobs()}
    (run["model"].layers[2].layers if "[2]" in path else run["model"].layers).insert(1, Breaks(**broken))
    history = fit(**run, epochs=3)
    assert path in history.stopped and word in history.stopped and "in epoch 2, at step 13" in history.stopped
    assert len(history.losses) == len(history.learning_rates) == 13 and history.epochs == 1
    assert np.isfinite(history.losses[:12]).all() and np.isnan(history.losses[12]) == (word == "loss is nan")

    short = set_up() | {"early_stopping": None, "data": blobs()}  # the same run, ended after 12 steps

    def stop_after_12(epoch):
        if epoch > 1.15:
            raise RuntimeError
        return 0.05 * 0.9**epoch

    with pytest.raises(RuntimeError):
        fit(**(short | {"schedule": stop_after_12}), epochs=3)
    assert_same(weights(run["model"]), weights(short["model"]))
    noise, expected = (next(layer for layer in r["model"].layers if isinstance(layer, Noise)) for r in (run, short))
    np.testing.assert_array_equal(noise.running_mean, expected.running_mean)
    assert noise.running_batches == 12 and noise.rng.bit_generator.state == expected.rng.bit_generator.state
    assert all("forward" not in vars(layer) for _, layer in training.named_layers(run["model"]))


def test_nan_in_a_parameters_gradient_alone_names_its_layer():
    class Wrong(Linear):
        def backward(self, gradient):
            self.bias.grad += np.nan
            return super().backward(gradient)

    model = Sequential(Linear(4, 5, np.random.default_rng(0)), ReLU(), Wrong(5, 3, np.random.default_rng(0)))
    run = set_up() | {"model": model, "optimizer": GradientDescent(model.parameters(), 0.1)}
    assert "layers[2] (Wrong), backward" in fit(**run, epochs=1).stopped


def test_nan_from_loss_optimizer_and_images_is_named():
    class Wrong(CrossEntropyLoss):
        def backward(self):
            return np.nan * self.gradient

    assert "the loss (Wrong), backward" in fit(**(set_up() | {"loss": Wrong()}), epochs=1).stopped

    run = set_up()
    run["optimizer"].scale = np.inf
    with np.errstate(all="ignore"):
        assert "layers[0].weight, in the last step of the optimizer" in fit(**run, epochs=1).stopped

    images, labels = blobs()
    images[7] = np.nan
    assert "images of this batch" in fit(**(set_up() | {"data": (images, labels), "early_stopping": None}), epochs=1).stopped


def test_a_large_sum_of_finite_gradients_does_not_stop():
    assert training.is_finite(np.full(100, 3e38, np.float32))
    assert not training.is_finite(np.array([1.0, np.inf, -np.inf]))


def test_why_it_stopped_is_printed(capsys):
    run = set_up() | {"progress": True, "model": Sequential(Linear(4, 3, np.random.default_rng(0)), Breaks(forward=2))}
    history = fit(**run, epochs=1)
    assert capsys.readouterr().out == history.stopped + "\n"


def test_stop_button_keeps_what_was_learned():
    """A real signal, in a callback's place: after epoch 2, and again in the middle of a forward pass."""
    run, two = set_up(), set_up()
    fit(**two, epochs=2)

    def press(history):
        if history.epochs == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)

    history = fit(**run, epochs=50, callback=press)
    assert history.epochs == 2 and history.stopped.startswith("Interrupted in epoch 3, after 20 steps")
    assert_same(weights(run["model"]), weights(two["model"]))


def test_stop_button_in_the_forward_pass_leaves_no_trace_of_the_step():
    class Pressed(Layer):
        calls = 0

        def forward(self, x):
            self.calls += 1
            if self.calls == 4:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(1)
            return x

        def backward(self, gradient):
            return gradient

    run = set_up()
    run["model"].layers.append(Pressed())
    history = fit(**run, epochs=50)
    assert len(history.losses) == 3 and run["model"].layers[1].running_batches == 3 and run["optimizer"].steps == 3


def test_stop_button_waits_for_the_end_of_an_update():
    class Slow(Momentum):
        def step(self):
            if self.steps == 3:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)
            super().step()

    run = set_up()
    run["optimizer"] = Slow(run["model"].parameters(), 0.01)
    before = signal.getsignal(signal.SIGINT)
    history = fit(**run, epochs=50)
    assert history.stopped.startswith("Interrupted") and len(history.losses) == run["optimizer"].steps == 4
    assert run["model"].layers[1].running_batches == 4 and signal.getsignal(signal.SIGINT) is before


def test_stop_button_pressed_twice_ends_an_endless_update():
    def presses():
        for _ in range(2):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)

    class Endless(Momentum):
        def step(self):
            while True:
                time.sleep(0.01)

    run = set_up()
    run["optimizer"] = Endless(run["model"].parameters(), 0.01)
    thread = threading.Thread(target=presses)
    thread.start()
    history = fit(**run, epochs=50)
    thread.join()
    assert history.stopped.startswith("Interrupted") and history.losses == []


CELL = """
import sys
sys.path.insert(0, {tests!r})
from test_training import fit, set_up
run = set_up() | {{"early_stopping": None}}
history = fit(**run, epochs=10**6, callback=lambda history: print(history.epochs, flush=True))
"""


@pytest.mark.slow
def test_the_stop_button_of_a_notebook_ends_training_and_the_next_cell_has_what_was_learned():
    from jupyter_client.manager import start_new_kernel

    kernel, client = start_new_kernel(cwd=os.getcwd())
    try:
        client.execute(CELL.format(tests=os.path.dirname(__file__)))
        while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        kernel.interrupt_kernel()
        assert client.get_shell_msg(timeout=60)["content"]["status"] == "ok"
        answer = client.execute_interactive(
            "assert history.stopped.startswith('Interrupted') and run['optimizer'].steps == len(history.losses) > 0", timeout=60
        )
        assert answer["content"]["status"] == "ok", answer["content"]
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)


def test_training_works_in_another_thread():
    histories = []
    thread = threading.Thread(target=lambda: histories.append(fit(**set_up(), epochs=1)))
    thread.start()
    thread.join()
    assert histories[0].epochs == 1


# ---------------------------------------------------------------------------------------------------------- checkpoints


def test_a_resumed_run_equals_one_that_never_stopped(tmp_path):
    whole = set_up()
    expected = everything(whole, fit(**whole, epochs=6))
    first = set_up()
    fit(**first, epochs=2, checkpoint=tmp_path / "run.npz")
    second = set_up()
    assert everything(second, fit(**second, epochs=6, checkpoint=tmp_path / "run.npz", resume=True)) == expected
    third = set_up()
    assert everything(third, fit(**third, epochs=6, checkpoint=tmp_path / "run.npz", resume=True)) == expected


def test_a_run_that_stopped_early_stays_stopped(tmp_path):
    run = set_up() | {"early_stopping": Patience(0)}
    assert fit(**run, epochs=5, checkpoint=tmp_path / "run.npz").epochs == 1
    again = set_up() | {"early_stopping": Patience(0)}
    assert fit(**again, epochs=5, checkpoint=tmp_path / "run.npz", resume=True).epochs == 1


@pytest.mark.parametrize("optimizer", ["SGD", "Momentum", "AdaGrad", "RMSProp", "Adam"])
def test_the_courses_own_layers_and_optimizers_are_resumed_with_the_same_numbers(optimizer, tmp_path):
    """Batch normalization, dropout, early stopping: a checkpoint finds what each of them keeps."""
    load = reference_modules("babysitting.EarlyStopping", ()).load
    layers = load("layers")

    def course():
        rng = np.random.default_rng(0)
        model = layers.Sequential(
            layers.Linear(4, 8, rng), load("normalization").BatchNorm1d(8), layers.ReLU(), load("dropout").Dropout(0.3, rng),
            layers.Linear(8, 3, rng),
        )  # fmt: skip
        stopping = load("babysitting").EarlyStopping(3)
        steps = getattr(load("optimizers"), optimizer)(model.parameters(), 0.05)
        images, labels, *validation = (x.astype(np.float32) if x.ndim == 2 else x for x in data())
        return dict(model=model, loss=layers.CrossEntropyLoss(), data=(images, labels, *validation), optimizer=steps,
                    rng=np.random.default_rng(1), batch_size=16, early_stopping=stopping, progress=False)  # fmt: skip

    def numbers(run, history):
        batch_norm = run["model"].layers[1]
        arrays = [*weights(run["model"]), batch_norm.running_mean, batch_norm.running_var]
        return [each.tolist() for each in arrays], vars(history) | {"seconds": None}, vars(run["early_stopping"])

    whole = course()
    expected = numbers(whole, fit(**whole, epochs=12))
    fit(**course(), epochs=3, checkpoint=tmp_path / "run.npz")
    resumed = course()
    assert numbers(resumed, fit(**resumed, epochs=12, checkpoint=tmp_path / "run.npz", resume=True)) == expected
    assert expected[1]["train_loss"][-1] < expected[1]["train_loss"][0]


KILLED = """
import sys, time
sys.path.insert(0, {tests!r})
from test_training import fit, set_up
def tell(history):
    print(history.epochs, flush=True)
    time.sleep(0.05)
fit(**set_up(), epochs=1000, checkpoint={path!r}, callback=tell)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is for POSIX")
def test_a_killed_run_goes_on_with_the_same_numbers(tmp_path):
    path = tmp_path / "run.npz"
    code = KILLED.format(tests=os.path.dirname(__file__), path=str(path))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        while int(process.stdout.readline()) < 3:
            pass
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    resumed = set_up()
    history = fit(**resumed, epochs=8, checkpoint=path, resume=True)
    whole = set_up()
    assert everything(resumed, history) == everything(whole, fit(**whole, epochs=8))
    assert history.epochs == 8 and history.seconds[0] > 0


def test_a_write_that_fails_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    model = network()
    save_checkpoint(path, model)
    before = path.read_bytes()

    def fail(file, **arrays):
        file.write(b"half a file")
        raise OSError("the disk is full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="full"):
        save_checkpoint(path, network(1))
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["run.npz"]


def test_a_checkpoint_holds_no_pickle(tmp_path):
    fit(**set_up(), epochs=1, checkpoint=tmp_path / "run.npz")
    with zipfile.ZipFile(tmp_path / "run.npz") as file:
        for name in file.namelist():
            with file.open(name) as entry:
                np.lib.format.read_magic(entry)
                *_, dtype = np.lib.format.read_array_header_1_0(entry)
            assert not dtype.hasobject, name


def test_a_file_with_a_pickle_in_it_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    np.savez(tmp_path / "run.npz", text=np.array(Evil(), dtype=object))
    with pytest.raises(ValueError, match="not a checkpoint"):
        load_checkpoint(tmp_path / "run.npz", network())
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize("content", [b"", b"not a zip", None], ids=["empty", "text", "cut off"])
def test_a_damaged_file_is_an_error(tmp_path, content):
    path = tmp_path / "run.npz"
    save_checkpoint(path, network())
    path.write_bytes(path.read_bytes()[:-100] if content is None else content)
    with pytest.raises(ValueError, match="not a checkpoint"):
        load_checkpoint(path, network())


def test_a_checkpoint_of_another_model_names_both_shapes_and_changes_nothing(tmp_path):
    save_checkpoint(tmp_path / "run.npz", network(hidden=8))
    other = network(seed=1, hidden=9)
    before = weights(other)
    with pytest.raises(ValueError, match=r"layers\[0\]\.weight is \(8, 4\) float64 in the file and \(9, 4\) float64 in the model"):
        load_checkpoint(tmp_path / "run.npz", other)
    assert_same(weights(other), before)
    with pytest.raises(ValueError, match=r"layers\[2\]\.layers\[1\]\.bias is \(3,\) float64 in the file and missing in the model"):
        load_checkpoint(tmp_path / "run.npz", Sequential(*network().layers[:2]))


def test_a_checkpoint_without_what_is_asked_for_is_an_error(tmp_path):
    run = set_up()
    save_checkpoint(tmp_path / "run.npz", run["model"])
    with pytest.raises(ValueError, match="optimizer is missing in the file and Momentum here"):
        load_checkpoint(tmp_path / "run.npz", run["model"], run["optimizer"])
    save_checkpoint(tmp_path / "run.npz", run["model"], run["optimizer"], rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="optimizer is Momentum in the file and GradientDescent here"):
        load_checkpoint(tmp_path / "run.npz", run["model"], GradientDescent([], 0.1))
    with pytest.raises(ValueError, match="rng is PCG64 in the file and SFC64 here"):
        load_checkpoint(tmp_path / "run.npz", run["model"], rng=np.random.Generator(np.random.SFC64(0)))
    assert load_checkpoint(tmp_path / "run.npz", run["model"]).epochs == 0


@pytest.mark.parametrize("bits", ["PCG64", "PCG64DXSM", "SFC64", "MT19937", "Philox"])
def test_every_random_generator_comes_back(tmp_path, bits):
    rng, other = (np.random.Generator(getattr(np.random, bits)(seed)) for seed in (1, 2))
    rng.integers(10, dtype=np.int32)  # half of 64 random bits are kept for the next number
    save_checkpoint(tmp_path / "run.npz", Noise(2, rng), rng=rng)
    expected = rng.integers(10, size=5, dtype=np.int32).tolist()
    load_checkpoint(tmp_path / "run.npz", Noise(2, other), rng=other)
    assert other.integers(10, size=5, dtype=np.int32).tolist() == expected


def test_loading_is_in_place_so_that_views_stay_views(tmp_path):
    """A fast optimizer keeps all parameters in one buffer: they must still be in it after loading."""
    save_checkpoint(tmp_path / "run.npz", network(1))
    model = network(0)
    arrays = [parameter.value for parameter in model.parameters()]
    load_checkpoint(tmp_path / "run.npz", model)
    assert all(parameter.value is array for parameter, array in zip(model.parameters(), arrays, strict=True))
    assert_same(weights(model), weights(network(1)))


def test_a_parameter_or_layer_used_twice_is_found_once():
    shared = Linear(4, 4, np.random.default_rng(0))
    model = Sequential(shared, ReLU(), shared)
    assert [name for name, _ in training.named_parameters(model)] == ["layers[0].weight", "layers[0].bias"]


def test_history_of_nothing_has_a_text():
    assert repr(History()) == "<History: 0 epochs, 0 steps, 0.0 s>"
