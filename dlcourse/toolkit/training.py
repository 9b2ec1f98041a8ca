"""The training loop of the course, from Part IV to the end.

    optimizer = GradientDescent(model.parameters(), learning_rate=0.1)
    data = (train_images, train_labels, validation_images, validation_labels)
    history = fit(model, CrossEntropyLoss(), data, optimizer, epochs=10, rng=np.random.default_rng(0))

The model, the loss and the optimizer may be yours, the toolkit's or a mixture. A layer is whatever has `forward`, `backward` and
`parameters`; a parameter is whatever has `value` and `grad`. Both are found as attributes of layers, and in lists there.
"""

import json
import signal
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from numbers import Number
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from tqdm.auto import tqdm

from dlcourse.toolkit.storage import atomic_file


class GradientDescent:
    """The plainest optimizer: a step down the slope. Part VI writes better ones.

        value <- value - learning_rate * grad

    Args:
        parameters: list of parameters, such as `model.parameters()`.
        learning_rate: length of a step, as a multiple of the gradient.
    """

    def __init__(self, parameters, learning_rate):
        self.parameters, self.learning_rate = parameters, learning_rate

    def step(self):
        for parameter in self.parameters:
            parameter.value -= self.learning_rate * parameter.grad

    def zero_grad(self):
        for parameter in self.parameters:
            parameter.zero_grad()


@dataclass(repr=False)
class History:
    """What happened while a model was trained: lists with a number for each step or each epoch.

    Attributes:
        losses: of each step, on its batch, before the step; the last of them also if it was too bad to take the step.
        learning_rates: of each step.
        train_loss, train_accuracy: of each epoch, the mean over its batches, each before its step and in training mode.
        validation_loss, validation_accuracy: after each epoch, in evaluation mode; empty without validation images.
        seconds: of each epoch, validation included.
        stopped: why training ended before its last epoch, a sentence; None if it did not.

    An accuracy is NaN where the labels are not integers.
    """

    losses: list = field(default_factory=list)
    learning_rates: list = field(default_factory=list)
    train_loss: list = field(default_factory=list)
    train_accuracy: list = field(default_factory=list)
    validation_loss: list = field(default_factory=list)
    validation_accuracy: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    stopped: str | None = None

    @property
    def epochs(self):
        """How many epochs were completed."""
        return len(self.train_loss)

    def add_epoch(self, of_training, of_validation, seconds):
        """Add the numbers of an epoch: pairs (loss, accuracy), that of validation or None, and how long it took."""
        self.train_loss.append(of_training[0])
        self.train_accuracy.append(of_training[1])
        if of_validation is not None:
            self.validation_loss.append(of_validation[0])
            self.validation_accuracy.append(of_validation[1])
        self.seconds.append(seconds)

    def __repr__(self):
        text = f"{self.epochs} epochs, {len(self.losses)} steps, {sum(self.seconds):.1f} s"
        for kind, loss, accuracy in (
            ("training", self.train_loss, self.train_accuracy),
            ("validation", self.validation_loss, self.validation_accuracy),
        ):
            if loss:
                text += f"; {kind} loss {loss[-1]:.4f}" + percent(accuracy[-1], ", accuracy ")
        return f"<History: {text}{'. ' + self.stopped if self.stopped else ''}>"


def fit(
    model,
    loss,
    data,
    optimizer,
    *,
    epochs,
    rng,
    batch_size=64,
    transform=None,
    schedule=None,
    callback=None,
    early_stopping=None,
    checkpoint=None,
    resume=False,
    progress=True,
):
    """Train a model, and return the History.

    An epoch takes the training images in a new random order, in batches of nearly equal size, `batch_size` at most. The stop
    button of a notebook (Ctrl-C in a terminal) ends training between two steps: the model keeps what it has learned, and the
    history of it is returned. So does a loss or a gradient that is not a finite number; then `history.stopped` says in which
    layer the first such number appeared, and the parameters are those before that step.

    The same seeds give the same numbers, and a run that is resumed from a checkpoint those of a run that was never interrupted.

    Args:
        model: layer to train.
        loss: `forward(scores, labels)` returns the mean loss of a batch, `backward()` its gradient of the scores.
        data: (images, labels) or (images, labels, validation images, validation labels); arrays that go into the model as they
            are, a batch at a time.
        optimizer: `step()` and `zero_grad()`, for the parameters of the model.
        epochs: how often to see every training image, the epochs before a resumed checkpoint included.
        rng: np.random.Generator for the order of the images and for `transform`.
        batch_size: images in a batch.
        transform: function (images of a batch, rng) -> images, such as a random flip; for training images only.
        schedule: function of the epochs passed so far (a float, 2.5 is half-way through the third) -> learning rate.
        callback: function (history), called after each epoch, to film what the model does.
        early_stopping: `update(validation loss)` after each epoch says whether to stop.
        checkpoint: path of a file that is written after each epoch; None for none.
        resume: go on from `checkpoint`, if there is such a file.
        progress: show a progress bar, and why training stopped if it did.
    """
    require_usable(data, early_stopping, checkpoint, resume)
    images, labels, *validation = data
    history = History()
    saved = dict(model=model, optimizer=optimizer, rng=rng, early_stopping=early_stopping)
    if resume and Path(checkpoint).exists():
        history = load_checkpoint(checkpoint, **saved)
    num_batches = -(-len(images) // batch_size)
    bar = tqdm(total=epochs * num_batches, initial=history.epochs * num_batches, unit=" steps", leave=False, disable=not progress)
    step = Step(model, loss, optimizer, history)
    model.train()
    with bar:
        try:
            while history.epochs < epochs and not history.stopped:
                started, total_loss, total_right = time.perf_counter(), 0.0, 0.0
                step.start_epoch()
                for i, chosen in enumerate(np.array_split(rng.permutation(len(images)), num_batches)):
                    if schedule is not None:
                        optimizer.learning_rate = float(schedule(history.epochs + i / num_batches))
                    batch = images[chosen]
                    if transform is not None:
                        batch = transform(batch, rng)
                    value, right = step(batch, labels[chosen])
                    total_loss, total_right = total_loss + len(chosen) * value, total_right + len(chosen) * right
                    seen = f"epoch {history.epochs + 1}/{epochs}, loss {value:.3f}{percent(right, ', accuracy ')}"
                    bar.set_postfix_str(seen + percent(history.validation_accuracy, ", validation "), refresh=False)
                    bar.update()
                of_training = total_loss / len(images), total_right / len(images)
                of_validation = evaluate(model, loss, *validation, batch_size) if validation else None
                with uninterrupted():
                    history.add_epoch(of_training, of_validation, time.perf_counter() - started)
                if callback is not None:
                    callback(history)
                if early_stopping is not None and early_stopping.update(history.validation_loss[-1]):
                    history.stopped = f"Stopped early, after epoch {history.epochs}."
                if checkpoint is not None:
                    save_checkpoint(checkpoint, history=history, **saved)
        except KeyboardInterrupt:
            step.undo()
            history.stopped = f"Interrupted in epoch {history.epochs + 1}, after {len(history.losses)} steps in all."
        except NotFinite as error:
            history.stopped = f"Stopped in epoch {history.epochs + 1}, at step {len(history.losses)}: {error}"
    if progress and history.stopped:
        print(history.stopped)
    return history


def require_usable(data, early_stopping, checkpoint, resume):
    """Raise ValueError for arguments of `fit` that cannot be right."""
    lengths = [len(each) for each in data]
    if lengths[0::2] != lengths[1::2]:
        raise ValueError(f"there must be as many images as labels, but their numbers are {lengths}")
    if lengths[0] == 0:
        raise ValueError("there are no training images")
    if early_stopping is not None and len(data) < 4:
        raise ValueError("early_stopping needs validation images: data=(images, labels, validation images, validation labels)")
    if resume and checkpoint is None:
        raise ValueError("resume=True needs to know from which file: checkpoint=...")


class Step:
    """One step of training, as a whole or not at all, with its line in the history."""

    def __init__(self, model, loss, optimizer, history):
        self.model, self.loss, self.optimizer, self.history = model, loss, optimizer, history
        self.before = []

    def start_epoch(self):
        """Find once an epoch what has to be looked at in every step."""
        self.parameters = [parameter for _, parameter in named_parameters(self.model)]
        self.unlearned = [(layer, name) for _, layer in named_layers(self.model) for name in unlearned(layer)]

    def __call__(self, images, labels):
        """Return the loss and the accuracy on a batch, before the step."""
        self.before = [(layer, name, copied(getattr(layer, name))) for layer, name in self.unlearned]
        self.optimizer.zero_grad()
        scores = self.model.forward(images)
        value = float(self.loss.forward(scores, labels))
        right = accuracy(scores, labels)
        if np.isfinite(value):
            self.model.backward(self.loss.backward())
        if not np.isfinite(value) or not all(is_finite(each.grad) for each in self.parameters):
            self.undo()
            what = "a gradient is not finite" if np.isfinite(value) else f"the loss is {value}"
            where = first_not_finite(self.model, self.loss, self.optimizer, images, labels)
            self.undo()
            self.record(value)
            raise NotFinite(f"{what}. {where} The parameters are those before this step.")
        with uninterrupted():
            self.optimizer.step()
            self.record(value)
            self.before = []
        return value, right

    def record(self, value):
        self.history.losses.append(value)
        self.history.learning_rates.append(float(getattr(self.optimizer, "learning_rate", np.nan)))

    def undo(self):
        """Put back what forward changed in layers: running averages and random generators."""
        for layer, name, value in self.before:
            put(layer, name, copied(value))


class NotFinite(Exception):
    """A loss or a gradient is NaN or infinite; the message says which, and where the first such number appeared."""


@contextmanager
def uninterrupted():
    """Put off the stop button until the end of the block. Pressed a second time, it stops at once."""
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield  # the stop button cannot reach this thread, or nobody listens to it
        return
    presses = []

    def press(*arguments):
        presses.append(arguments)
        if len(presses) > 1:
            handler(*arguments)

    signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if presses:
        handler(*presses[0])


# ------------------------------------------------------------------------------------------------------- evaluation


def accuracy(scores, labels):
    """Return the share of the labels (N, ...) at which `scores` (N, C, ...) are highest; NaN if they are not integers."""
    if not np.issubdtype(np.asarray(labels).dtype, np.integer):
        return np.nan
    return float(np.mean(scores.argmax(axis=1) == labels))


def predict_in_batches(model, images, batch_size=256):
    """Return the output of a model in evaluation mode, computed a batch at a time so that memory suffices.

    Args:
        model: layer; in the mode it was in when the function returns.
        images: (N, ...) array, N >= 1.
        batch_size: images in a batch.
    """
    outputs = None
    with evaluating(model):
        for start in range(0, len(images), batch_size):
            output = model.forward(images[start : start + batch_size])
            if outputs is None:
                outputs = np.empty((len(images), *output.shape[1:]), output.dtype)
            outputs[start : start + batch_size] = output
    return outputs


def evaluate(model, loss, images, labels, batch_size=256):
    """Return the mean loss and the accuracy of a model in evaluation mode, computed a batch at a time.

    Args:
        model: layer; in the mode it was in when the function returns.
        loss: as in `fit`.
        images: (N, ...) array.
        labels: (N, ...) array.
        batch_size: images in a batch.
    """
    totals = np.zeros(2)
    with evaluating(model):
        for start in range(0, len(images), batch_size):
            expected = labels[start : start + batch_size]
            scores = model.forward(images[start : start + batch_size])
            totals += len(expected) * np.array([float(loss.forward(scores, expected)), accuracy(scores, expected)])
    mean_loss, share = totals / max(len(images), 1)
    return float(mean_loss), float(share)


@contextmanager
def evaluating(model):
    before = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(before)


def percent(values, words):
    """Return `words` and the last of `values`, or the only one, as a percentage; nothing if there is no such number."""
    last = values if isinstance(values, float) else values[-1] if values else np.nan
    return "" if np.isnan(last) else f"{words}{last:.1%}"


# ------------------------------------------------------------------------------------------------ what a model consists of


def is_layer(thing):
    methods = ("forward", "backward", "parameters")
    return not isinstance(thing, type) and all(callable(getattr(thing, name, None)) for name in methods)


def is_parameter(thing):
    return all(isinstance(getattr(thing, name, None), np.ndarray) for name in ("value", "grad"))


def named_layers(layer, path="", seen=None):
    """Yield (path, layer) of a model and of all layers in it, such as ("layers[2].shortcut", <Conv2d>), each layer once."""
    seen = set() if seen is None else seen
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield path, layer
    for name, part in parts(layer):
        if is_layer(part):
            yield from named_layers(part, joined(path, name), seen)


def named_parameters(model):
    """Yield (path, parameter) of a model, such as ("layers[0].weight", <Parameter>), each parameter once."""
    seen = set()
    for path, layer in named_layers(model):
        for name, part in parts(layer):
            if is_parameter(part) and id(part) not in seen:
                seen.add(id(part))
                yield joined(path, name), part


def parts(layer):
    """Yield (name, value) of each attribute, and of each entry of an attribute that is a list."""
    for name, value in vars(layer).items():
        if isinstance(value, list | tuple):
            yield from ((f"{name}[{i}]", entry) for i, entry in enumerate(value))
        else:
            yield name, value


def joined(path, name):
    return f"{path}.{name}" if path else name


def unlearned(layer):
    """Return the names of a layer's attributes that change in training but are not learned."""
    return [
        name
        for name, value in vars(layer).items()
        if isinstance(value, np.random.Generator) or (name.startswith("running_") and is_storable(value))
    ]


# ------------------------------------------------------------------------------------------ where NaN and infinity come from


def is_finite(array):
    """Return whether no number is NaN or infinite. The sum tells without a second array, unless it overflows."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(np.sum(array)) or np.isfinite(array).all())


class Found(Exception):
    """A number that is not finite came out of the layer that the message names."""


def first_not_finite(model, loss, optimizer, images, labels):
    """Return a sentence on where NaN or infinity first appears on a batch: look at every layer's output, in order."""
    if not is_finite(images):
        return "The images of this batch hold such a number."
    for path, parameter in named_parameters(model):
        if not is_finite(parameter.value):
            return f"It first appeared in {path}, in the last step of the optimizer."
    layers = list(named_layers(model))
    try:
        for path, layer in layers:
            watch(layer, f"{path or 'the model'} ({type(layer).__name__})")
        with np.errstate(all="ignore"):
            optimizer.zero_grad()
            scores = model.forward(images)
            look(f"the loss ({type(loss).__name__}), forward", loss.forward(scores, labels))
            gradient = loss.backward()
            look(f"the loss ({type(loss).__name__}), backward", gradient)
            model.backward(gradient)
    except Found as found:
        return f"It first appeared in {found}."
    finally:
        for _, layer in layers:
            vars(layer).pop("forward", None)
            vars(layer).pop("backward", None)
        optimizer.zero_grad()
    return "It did not appear again when the step was repeated."


def watch(layer, name):
    """Make a layer raise Found as soon as its output or a gradient of its own is not finite."""
    forward, backward = layer.forward, layer.backward

    def watched_forward(x):
        output = forward(x)
        look(f"{name}, forward", output)
        return output

    def watched_backward(gradient):
        output = backward(gradient)
        own = [part.grad for _, part in parts(layer) if is_parameter(part)]
        look(f"{name}, backward", *own, *([] if output is None else [output]))
        return output

    layer.forward, layer.backward = watched_forward, watched_backward


def look(name, *arrays):
    if not all(is_finite(array) for array in arrays):
        raise Found(name)


# -------------------------------------------------------------------------------------------------------------- checkpoints


def save_checkpoint(path, model, optimizer=None, history=None, rng=None, early_stopping=None):
    """Save a model, and what else is given, to an .npz file without pickle, which appears whole or not at all.

    Args:
        path: of the file.
        model: layer; its parameters, attributes called `running_...` and random generators are saved.
        optimizer, early_stopping: objects; their numbers, arrays, lists of arrays and random generators are saved.
        history: History.
        rng: np.random.Generator.
    """
    history = history or History()
    arrays = {f"history.{name}": np.array(value, float) for name, value in vars(history).items() if name != "stopped"}
    text = {"stopped": history.stopped, "state": {}}
    for kind, thing in {"optimizer": optimizer, "early_stopping": early_stopping, "rng": rng}.items():
        text[kind] = None if thing is None else kind_of(thing)
    for name, (owner, attribute) in state(model, optimizer, early_stopping, rng).items():
        value = copied(getattr(owner, attribute))
        if isinstance(value, list):
            text["state"][name] = [f"{name}[{i}]" for i in range(len(value))]
            arrays |= zip(text["state"][name], value, strict=True)
        elif isinstance(value, np.ndarray | np.generic):
            arrays[name] = value
        else:
            text["state"][name] = value
    with atomic_file(Path(path)) as file:
        np.savez(file, text=np.array(json.dumps(text, default=np.ndarray.tolist)), **arrays)


def load_checkpoint(path, model, optimizer=None, rng=None, early_stopping=None):
    """Put back what `save_checkpoint` saved, in place, and return the History.

    Args:
        path: of the file.
        model, optimizer, rng, early_stopping: made as those that were saved. What is None is left out.

    Raises:
        ValueError: if the file is no checkpoint, or does not fit; then nothing has changed.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            saved = dict(file)
        text = json.loads(str(saved.pop("text")))
        history = {name: saved.pop(f"history.{name}").tolist() for name in vars(History()) if name != "stopped"}
        for name, value in text["state"].items():
            saved[name] = [saved.pop(entry) for entry in value] if isinstance(value, list) else value
    except (ValueError, KeyError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a checkpoint, or it is damaged: {error}") from error
    things = {"optimizer": optimizer, "early_stopping": early_stopping, "rng": rng}
    owners = state(model, **things)
    require_fit(path, saved, text, owners, things)
    for name, value in saved.items():
        kind, _, attribute = name.partition(".")
        if name in owners:
            put(*owners[name], value)
        elif things.get(kind) is not None:  # an optimizer makes some of its arrays in its first step
            setattr(things[kind], attribute, value)
    return History(**history, stopped=text["stopped"])


def require_fit(path, saved, text, owners, things):
    """Raise ValueError unless the file holds what the model consists of, in the same shapes, and all `things` that are given."""
    problems = []
    for name in sorted(name for name in saved.keys() | owners.keys() if name.startswith("model.")):
        in_file = described(saved[name]) if name in saved else "missing"
        in_model = described(copied(getattr(*owners[name]))) if name in owners else "missing"
        if in_file != in_model:
            problems.append(f"{name.removeprefix('model.')} is {in_file} in the file and {in_model} in the model")
    for kind, thing in things.items():
        if thing is not None and kind_of(thing) != text[kind]:
            problems.append(f"{kind} is {text[kind] or 'missing'} in the file and {kind_of(thing)} here")
    if problems:
        raise ValueError(f"{path} does not fit: {'; '.join(problems)}")


def described(value):
    """Return in words what has to be the same in a file and in a model."""
    if isinstance(value, np.ndarray | np.generic):
        return f"{value.shape} {value.dtype}"
    if isinstance(value, list):
        return f"[{', '.join(described(entry) for entry in value)}]"
    return value["bit_generator"] if isinstance(value, dict) else "a number"


def kind_of(thing):
    return type(thing.bit_generator if isinstance(thing, np.random.Generator) else thing).__name__


def state(model, optimizer=None, early_stopping=None, rng=None):
    """Return {name: (owner, attribute)} of all that is needed to go on with the same numbers."""
    found = {f"model.{name}": (parameter, "value") for name, parameter in named_parameters(model)}
    for path, layer in named_layers(model):
        found |= {f"model.{joined(path, name)}": (layer, name) for name in unlearned(layer)}
    for kind, thing in (("optimizer", optimizer), ("early_stopping", early_stopping)):
        if thing is not None:
            found |= {f"{kind}.{name}": (thing, name) for name, value in vars(thing).items() if is_storable(value)}
    if rng is not None:
        found["rng"] = (SimpleNamespace(rng=rng), "rng")
    return found


def is_storable(value):
    if isinstance(value, list | tuple):
        return all(isinstance(entry, np.ndarray) for entry in value)
    return value is None or isinstance(value, Number | np.ndarray | np.generic | np.random.Generator)


def copied(value):
    """Return what `put` needs to bring a value back: a copy, and the state of a generator."""
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    if isinstance(value, list | tuple):
        return [entry.copy() for entry in value]
    return value.copy() if isinstance(value, np.ndarray) else value


def put(owner, attribute, value):
    """Set an attribute to what `copied` returned; in place where there is a generator, or are arrays of the same shapes."""
    current = getattr(owner, attribute, None)
    if isinstance(value, dict):
        current.bit_generator.state = value
    elif isinstance(value, list) and isinstance(current, list) and shapes(current) == shapes(value):
        for to, array in zip(current, value, strict=True):
            to[...] = array
    elif isinstance(current, np.ndarray) and shapes([current]) == shapes([value]):
        current[...] = value
    else:
        setattr(owner, attribute, value[()] if isinstance(value, np.ndarray) else value)


def shapes(arrays):
    return [(getattr(array, "shape", None), getattr(array, "dtype", None)) for array in arrays]
